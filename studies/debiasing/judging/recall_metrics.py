"""Recall of groups from scores, metrics over groups, and how both vary with the pictures tested."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from facedebias.auditing.statistics.metrics import PERCENT_SQUARED
from facedebias.scoring.cutoffs import num_allowed, threshold_at_fpr

NUM_DRAWS = 2000
# Of recalls (..., num_groups): float64 (...). The variance is in %^2.
METRICS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda recalls: recalls.mean(axis=-1),
    "worst": lambda recalls: recalls.min(axis=-1),
    "variance": lambda recalls: PERCENT_SQUARED * recalls.var(axis=-1),
}
# The variance over groups without what chance gives to groups of this size: a method that is better
# for all alike has less variance, and no less of this.
EXCESS = "excess_variance"
FIXED_FPR = "fixed_threshold_fpr"
DARK = "dark faces"  # a union: all faces of dark groups together
# Contrasts: what is found more of the first than of the second.
SEXES = "women minus men"
WHITE_MINUS_BLACK = "White minus Black"


@dataclass(frozen=True)
class Scores:
    """One trained model's answers on a test set.

    Attributes:
        faces: float32 `(num_faces,)`, logits.
        nonfaces: float32 `(num_nonfaces,)`.
    """

    faces: np.ndarray
    nonfaces: np.ndarray


@dataclass
class Test:
    """The pictures that all were scored on.

    Attributes:
        groups: int `(num_faces,)`, each face's group, 0 to num_groups - 1.
        names: of the groups.
        fpr: false positive rate, 0 to 1, at which everything is compared.
        unions: name -> numbers of groups whose faces are looked at together, too.
        contrasts: name -> two such sets of groups; the recall of the first less that of the second.
        num_draws: of pictures.
    """

    groups: np.ndarray
    names: tuple[str, ...]
    fpr: float = 0.01
    unions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    contrasts: Mapping[str, tuple[Sequence[int], Sequence[int]]] = field(default_factory=dict)
    num_draws: int = NUM_DRAWS
    _draws: "_Draws | None" = field(default=None, repr=False)

    @property
    def figures(self) -> Sequence[str]:
        """Names of what `figures_of` gives but for groups."""
        return [*METRICS, EXCESS, *self.unions, *self.contrasts]

    @property
    def sizes(self) -> np.ndarray:
        """Faces of each group, int `(num_groups,)`."""
        return np.bincount(self.groups, minlength=len(self.names))

    def draws(self, num_nonfaces: int) -> "_Draws":
        """How often each picture is drawn, made once, so that all methods are judged on the same."""
        if self._draws is None:
            self._draws = _Draws.make(self.sizes, num_nonfaces, self.num_draws)
        return self._draws

    def recalls(self, scores: Scores) -> np.ndarray:
        """Recall of each group at the threshold for `fpr`, float64 `(num_groups,)`."""
        hits = scores.faces >= threshold_at_fpr(scores.nonfaces, self.fpr)
        return np.array([hits[self.groups == group].mean() for group in range(len(self.names))])

    def drawn_recalls(self, scores: Scores) -> np.ndarray:
        """The same in pictures drawn anew, float64 `(num_draws, num_groups)`.

        Faces are drawn within their groups and non-faces among themselves, with replacement;
        the threshold is set anew on the non-faces drawn.
        """
        draws = self.draws(len(scores.nonfaces))
        thresholds = _thresholds(scores.nonfaces, draws.nonfaces, self.fpr)
        recalls = np.empty((self.num_draws, len(self.names)))
        for group, weights in enumerate(draws.faces):
            values = scores.faces[self.groups == group]
            order = np.argsort(-values, kind="stable")
            # Faces at or above a threshold are the first so many in falling order.
            found = np.searchsorted(-values[order], -thresholds, side="right")
            totals = np.cumsum(weights[:, order], axis=1, dtype=np.int32)
            hits = np.take_along_axis(totals, np.maximum(found - 1, 0)[:, None], axis=1)[:, 0]
            recalls[:, group] = np.where(found > 0, hits, 0) / len(values)
        return recalls

    def figures_of(self, recalls: np.ndarray) -> dict[str, np.ndarray]:
        """Every figure, group, union and contrast of recalls `(..., num_groups)`."""
        found = {name: figure(recalls) for name, figure in METRICS.items()}
        found[EXCESS] = found["variance"] - self._by_chance(recalls)
        found |= {name: recalls[..., group] for group, name in enumerate(self.names)}
        for name, groups in self.unions.items():
            found[name] = self._together(recalls, groups)
        for name, (first, second) in self.contrasts.items():
            found[name] = self._together(recalls, first) - self._together(recalls, second)
        return found

    def _together(self, recalls: np.ndarray, groups: Sequence[int]) -> np.ndarray:
        """Recall of all faces of several groups, float64 `(...)`."""
        return np.average(recalls[..., list(groups)], axis=-1, weights=self.sizes[list(groups)])

    def _by_chance(self, recalls: np.ndarray) -> np.ndarray:
        """What each group's own chance adds to the variance over groups, in %^2: without bias.

        As `chance_variance`, but groups keep their recalls, and r (1 - r) / (n - 1) estimates the
        variance of a share.
        """
        spread = np.sum(recalls * (1 - recalls) / (self.sizes - 1), axis=-1)
        num_groups = len(self.names)
        return PERCENT_SQUARED * (1 - 1 / num_groups) * spread / num_groups


@dataclass(frozen=True)
class _Draws:
    """How often each picture was drawn."""

    faces: list[np.ndarray]  # a group: uint8 (num_draws, faces of the group)
    nonfaces: np.ndarray  # uint8 (num_draws, num_nonfaces)

    @classmethod
    def make(cls, sizes: np.ndarray, num_nonfaces: int, num_draws: int) -> "_Draws":
        rng = np.random.default_rng(0)

        def counts(size: int) -> np.ndarray:
            return rng.multinomial(size, np.full(size, 1 / size), num_draws).astype(np.uint8)

        return cls([counts(int(size)) for size in sizes], counts(num_nonfaces))


def _thresholds(nonfaces: np.ndarray, counts: np.ndarray, fpr: float) -> np.ndarray:
    """`threshold_at_fpr` of each drawn set of non-faces, of the scores' dtype `(num_draws,)`."""
    order = np.argsort(-nonfaces, kind="stable")
    totals = np.cumsum(counts[:, order], axis=1, dtype=np.int32)
    # The first in falling order with more than the allowed number at or above it is refused.
    is_beyond = totals > num_allowed(len(nonfaces), fpr)
    refused = nonfaces[order][np.argmax(is_beyond, axis=1)]
    return np.nextafter(refused, np.array(np.inf, nonfaces.dtype))


@dataclass(frozen=True)
class Measured:
    """One method's runs on one test.

    Attributes:
        recalls: float64 `(num_seeds, num_groups)`.
        values: figure, group, union or contrast -> float64 `(num_seeds,)`.
        drawn: the same in each draw of pictures: float64 `(num_draws, num_seeds)`.
    """

    recalls: np.ndarray
    values: Mapping[str, np.ndarray]
    drawn: Mapping[str, np.ndarray]


def measure(test: Test, runs: Sequence[Scores]) -> Measured:
    """Figures of one method, a run a seed, and their draws; `FIXED_FPR` is that at logit 0."""
    recalls = np.stack([test.recalls(scores) for scores in runs])
    drawn = np.stack([test.drawn_recalls(scores) for scores in runs], axis=1)
    values = test.figures_of(recalls)
    in_draws = test.figures_of(drawn)
    passing = np.stack([scores.nonfaces >= 0.0 for scores in runs])
    values[FIXED_FPR] = passing.mean(axis=1)
    num_nonfaces = passing.shape[1]
    in_draws[FIXED_FPR] = test.draws(num_nonfaces).nonfaces @ passing.T.astype(np.float32) / num_nonfaces
    return Measured(recalls, values, in_draws)
