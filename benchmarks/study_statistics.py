"""Compares methods that were trained with several seeds each and scored on the same pictures.

Two things make a figure uncertain: which seeds were run, and which pictures are in the test.

- Seeds are paired: the same seed holds out the same rows and starts from the same weights where
  the networks are alike. Their share of the squared standard error of a mean over n seeds
  is s^2 / n, s the deviation over the seeds run, of the paired differences where two are compared.
- Pictures are the same for all: their share is the variance of the mean over the seeds in pictures
  drawn anew (bootstrap), the same draws for all methods. Part of it is in s^2 already: that by which
  the same pictures move one seed otherwise than another. It is the variance of the seeds' draws
  around their mean, / (n (n - 1)), and is taken off.

Intervals and p-values are Student's t, which a percentile bootstrap of so few seeds falls short of;
degrees of freedom by Satterthwaite (An Approximate Distribution of Estimates of Variance
Components, Biometrics Bulletin 1946), seeds having n - 1 and pictures, with thousands of them, no
limit. Drawing anew shifts a worst group or a variance over groups; only its spread is used here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from facedebias.audit.metrics import PERCENT_SQUARED
from facedebias.audit.power import LEVEL, POWER, chance_variance
from facedebias.audit.significance import holm
from facedebias.audit.thresholds import num_allowed, threshold_at_fpr

NUM_DRAWS = 2000
# Of recalls (..., num_groups): float64 (...). The variance is in %^2.
FIGURES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda recalls: recalls.mean(axis=-1),
    "worst": lambda recalls: recalls.min(axis=-1),
    "variance": lambda recalls: PERCENT_SQUARED * recalls.var(axis=-1),
}
# The variance over groups without what chance gives to groups of this size: a method that is better
# for all alike has less variance, and no less of this.
EXCESS = "excess_variance"
FIXED_FPR = "fixed_threshold_fpr"
DARK = "dark faces"  # a union: all faces of dark groups together
SEXES = "women minus men"  # a contrast: what is found more of all women than of all men
_SIGNED = (EXCESS, SEXES)  # figures that may be below 0


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
        found = {name: figure(recalls) for name, figure in FIGURES.items()}
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
        values: figure, group or union -> float64 `(num_seeds,)`.
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


def join(methods: Sequence[Measured]) -> Measured:
    """What was measured of one method in several ways, as if all runs were its seeds."""
    first = methods[0]
    return Measured(
        np.concatenate([method.recalls for method in methods]),
        {name: np.concatenate([method.values[name] for method in methods]) for name in first.values},
        {name: np.concatenate([method.drawn[name] for method in methods], axis=1) for name in first.drawn},
    )


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its standard error and the degrees of freedom of that."""

    mean: float
    error: float
    freedom: float

    @classmethod
    def of(cls, values: np.ndarray, drawn: np.ndarray) -> "Estimate":
        """From the values of the seeds, and the same in pictures drawn anew.

        Args:
            values: float64 `(num_seeds,)`, at least two.
            drawn: float64 `(num_draws, num_seeds)`.
        """
        num_seeds = len(values)
        by_seeds = float(np.var(values, ddof=1)) / num_seeds
        means = drawn.mean(axis=1)
        apart = float(np.var(drawn - means[:, None], axis=0, ddof=1).sum())
        by_pictures = float(np.var(means, ddof=1)) - apart / (num_seeds * (num_seeds - 1))
        square = by_seeds + max(by_pictures, 0.0)
        freedom = (num_seeds - 1) * (square / by_seeds) ** 2 if by_seeds else np.inf
        return cls(float(np.mean(values)), float(np.sqrt(square)), freedom)

    def interval(self) -> list[float]:
        """The 95% interval."""
        reach = float(stats.t.ppf(1 - LEVEL / 2, self.freedom)) * self.error
        return [self.mean - reach, self.mean + reach]

    def p_value(self) -> float:
        """Two-sided, of "the true value is 0"."""
        if not self.error:
            return float(self.mean == 0)
        return float(2 * stats.t.sf(abs(self.mean) / self.error, self.freedom))

    def detectable(self, num_tests: int = 1) -> float:
        """The value that a study of this size finds in 80% of cases, in the first of Holm's steps."""
        quantiles = stats.t.ppf([1 - LEVEL / 2 / num_tests, POWER], self.freedom)
        return float(quantiles.sum() * self.error)


def summarize(test: Test, measured: Measured) -> dict[str, Any]:
    """A method's figures: mean over seeds, deviation (n - 1), 95% interval over seeds and pictures.

    There is, besides, what the variance and the worst group would be on average if all groups had the
    same recall (`chance_variance`, `chance_worst`); and the groups' `sizes`.
    """
    entries = {name: _entry(name, values, measured.drawn[name]) for name, values in measured.values.items()}
    overall = float(np.average(measured.recalls.mean(axis=0), weights=test.sizes))
    return {
        **{name: entry for name, entry in entries.items() if name not in test.names},
        "chance_variance": chance_variance(overall, test.sizes),
        "chance_worst": chance_worst(overall, test.sizes),
        "sizes": dict(zip(test.names, map(int, test.sizes), strict=True)),
        "groups": {name: entries[name] for name in test.names},
    }


def chance_worst(rate: float, sizes: np.ndarray) -> float:
    """The lowest share of several groups, on average, if the rate is the same for all.

    The mean of the least of independent binomial shares, as the area above its distribution.

    Args:
        rate: of all rows together.
        sizes: int `(num_groups,)`, rows of each group.
    """
    steps = np.unique(np.concatenate([np.arange(size + 1) / size for size in sizes]))
    # P(every share is at least the step): of those whose count is at least size * step.
    counts = np.ceil(np.outer(sizes, steps[1:]) - 1e-9)
    reached = stats.binom.sf(counts - 1, np.asarray(sizes)[:, None], rate).prod(axis=0)
    return float(np.sum(np.diff(steps) * reached))


def _entry(name: str, values: np.ndarray, drawn: np.ndarray) -> dict[str, Any]:
    low, high = Estimate.of(values, drawn).interval()
    return {
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)),
        "seeds": [float(value) for value in values],
        "interval": [
            low if name in _SIGNED else max(low, 0.0),
            high if name in ("variance", *_SIGNED) else min(high, 1.0),
        ],
    }


def differences(method: Measured, reference: Measured) -> dict[str, dict[str, Any]]:
    """What a method has more than the reference, for each figure, group and union.

    `difference` of the means over seeds, its 95% `interval`, two-sided `p_value`, and
    `detectable`: the difference that a study of this size finds in 80% of cases.
    """
    found = {}
    for name, values in method.values.items():
        paired = values - reference.values[name]
        estimate = Estimate.of(paired, method.drawn[name] - reference.drawn[name])
        found[name] = {
            "difference": estimate.mean,
            "interval": estimate.interval(),
            "p_value": estimate.p_value(),
            "detectable": estimate.detectable(),
            "standard_error": estimate.error,
            "freedom": estimate.freedom if np.isfinite(estimate.freedom) else None,
        }
    return found


def correct(comparisons: Mapping[str, dict[str, dict[str, Any]]], names: Collection[str]) -> None:
    """Adds `holm` to differences: p-values corrected for all methods compared in a figure.

    `detectable_holm` is what 80% of such studies find even as the first of Holm's steps.

    Args:
        comparisons: method -> what `differences` found; changed in place.
        names: figures; each is a family of its own.
    """
    for name in names:
        family = [found[name] for found in comparisons.values()]
        corrected = holm(np.array([one["p_value"] for one in family]))
        for one, value in zip(family, corrected, strict=True):
            freedom = np.inf if one["freedom"] is None else one["freedom"]
            estimate = Estimate(one["difference"], one["standard_error"], freedom)
            one["holm"] = float(value)
            one["detectable_holm"] = estimate.detectable(len(family))
