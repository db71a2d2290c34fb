"""Compares methods that were trained with several seeds each and scored on the same pictures.

Two things make a figure uncertain: which seeds were run, and which pictures are in the test. Both
are drawn anew at once, the same for all methods: seeds are paired, since the same seed holds out
the same rows and starts from the same weights where the networks are alike, and so are pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from statsmodels.stats.multitest import multipletests

from facedebias.audit.metrics import PERCENT_SQUARED
from facedebias.audit.power import chance_variance
from facedebias.audit.thresholds import threshold_at_fpr

NUM_DRAWS = 2000
_LEVEL = 0.05
# Standard errors of a difference that a 5% test finds in 80% of studies: z_0.975 + z_0.8.
_DETECTABLE = 1.959964 + 0.841621
FIGURES = ("mean", "worst", "variance")


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
        draws: drawn pictures, made once, so that all methods are judged on the same.
    """

    groups: np.ndarray
    names: tuple[str, ...]
    fpr: float = 0.01
    draws: "_Draws | None" = field(default=None, repr=False)

    def recalls(self, scores: Scores) -> np.ndarray:
        """Recall of each group at the threshold for `fpr`, float64 `(num_groups,)`."""
        hits = scores.faces >= threshold_at_fpr(scores.nonfaces, self.fpr)
        return np.array([hits[self.groups == group].mean() for group in range(len(self.names))])

    def drawn_recalls(self, scores: Scores, num_draws: int = NUM_DRAWS) -> np.ndarray:
        """The same in pictures drawn anew, float64 `(num_draws, num_groups)`.

        Faces are drawn within their groups and non-faces among themselves, with replacement;
        the threshold is set anew on the non-faces drawn.
        """
        if self.draws is None or len(self.draws.nonfaces) != num_draws:
            self.draws = _Draws.make(self.groups, len(self.names), len(scores.nonfaces), num_draws)
        thresholds = _thresholds(scores.nonfaces, self.draws.nonfaces, self.fpr)
        recalls = np.empty((num_draws, len(self.names)))
        for group, weights in enumerate(self.draws.faces):
            values = scores.faces[self.groups == group]
            order = np.argsort(-values, kind="stable")
            # Faces at or above a threshold are the first so many in falling order.
            found = np.searchsorted(-values[order], -thresholds, side="right")
            totals = np.cumsum(weights[:, order], axis=1, dtype=np.int32)
            hits = np.take_along_axis(totals, np.maximum(found - 1, 0)[:, None], axis=1)[:, 0]
            recalls[:, group] = np.where(found > 0, hits, 0) / len(values)
        return recalls


@dataclass(frozen=True)
class _Draws:
    """How often each picture was drawn."""

    faces: list[np.ndarray]  # a group: uint8 (num_draws, faces of the group)
    nonfaces: np.ndarray  # uint8 (num_draws, num_nonfaces)

    @classmethod
    def make(cls, groups: np.ndarray, num_groups: int, num_nonfaces: int, num_draws: int) -> "_Draws":
        rng = np.random.default_rng(0)

        def counts(size: int) -> np.ndarray:
            return rng.multinomial(size, np.full(size, 1 / size), num_draws).astype(np.uint8)

        return cls(
            [counts(int(np.sum(groups == group))) for group in range(num_groups)], counts(num_nonfaces)
        )


def _thresholds(nonfaces: np.ndarray, counts: np.ndarray, fpr: float) -> np.ndarray:
    """`threshold_at_fpr` of each drawn set of non-faces, of the scores' dtype `(num_draws,)`."""
    num_allowed = int(np.floor(fpr * len(nonfaces) + 1e-9))
    order = np.argsort(-nonfaces, kind="stable")
    totals = np.cumsum(counts[:, order], axis=1, dtype=np.int32)
    # The first in falling order with more than the allowed number at or above it is refused.
    refused = nonfaces[order][np.argmax(totals > num_allowed, axis=1)]
    return np.nextafter(refused, np.array(np.inf, nonfaces.dtype))


def figures_of(recalls: np.ndarray) -> dict[str, np.ndarray]:
    """Mean, worst group and variance over groups (%^2) of recalls `(..., num_groups)`."""
    return {
        "mean": recalls.mean(axis=-1),
        "worst": recalls.min(axis=-1),
        "variance": PERCENT_SQUARED * recalls.var(axis=-1),
    }


@dataclass(frozen=True)
class Method:
    """One method's runs on one test.

    Attributes:
        recalls: float64 `(num_seeds, num_groups)`.
        drawn: the same in each draw of pictures and seeds, averaged over the seeds drawn:
            figure name or group name -> float64 `(num_draws,)`.
        fixed_fpr: false positive rate of each seed at logit 0.
    """

    recalls: np.ndarray
    drawn: Mapping[str, np.ndarray]
    fixed_fpr: np.ndarray


def measure(test: Test, runs: Mapping[int, Scores], seeds: list[int], num_draws: int = NUM_DRAWS) -> Method:
    """Recalls and their draws of one method.

    Args:
        test: the test.
        runs: seed -> scores.
        seeds: those that count, the same list for every method that is to be compared.
        num_draws: of pictures and seeds.
    """
    rng = np.random.default_rng(1)  # the same seeds are drawn for every method
    chosen = rng.integers(len(seeds), size=(num_draws, len(seeds)))
    drawn = np.stack([test.drawn_recalls(runs[seed], num_draws) for seed in seeds], axis=1)
    drawn = np.take_along_axis(drawn, chosen[:, :, None], axis=1)
    names = {name: values.mean(axis=1) for name, values in figures_of(drawn).items()}
    names |= {name: drawn[:, :, group].mean(axis=1) for group, name in enumerate(test.names)}
    return Method(
        np.stack([test.recalls(runs[seed]) for seed in seeds]),
        names,
        np.array([np.mean(runs[seed].nonfaces >= 0.0) for seed in seeds]),
    )


def summarize(test: Test, method: Method) -> dict[str, Any]:
    """A method's figures: mean over seeds, deviation (n - 1), 95% interval over seeds and pictures."""
    figures = figures_of(method.recalls)
    sizes = np.bincount(test.groups, minlength=len(test.names))
    overall = float(np.average(method.recalls.mean(axis=0), weights=sizes))
    return {
        **{name: _estimate(values, method.drawn[name]) for name, values in figures.items()},
        "chance_variance": chance_variance(overall, sizes),
        "fixed_threshold_fpr": _estimate(method.fixed_fpr, None),
        "groups": {
            name: _estimate(method.recalls[:, group], method.drawn[name])
            for group, name in enumerate(test.names)
        },
    }


def _estimate(values: np.ndarray, drawn: np.ndarray | None) -> dict[str, Any]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    found = {"mean": float(np.mean(values)), "deviation": deviation, "seeds": [float(v) for v in values]}
    return found if drawn is None else {**found, "interval": _interval(drawn)}


def _interval(drawn: np.ndarray) -> list[float]:
    return [float(end) for end in np.quantile(drawn, [_LEVEL / 2, 1 - _LEVEL / 2])]


def differences(test: Test, method: Method, reference: Method) -> dict[str, dict[str, Any]]:
    """What a method has more than the reference, for each figure and group.

    `difference` of the means over seeds, its 95% `interval` and two-sided `p_value` by the
    paired bootstrap, and `detectable`: the difference that a study of this size would have
    found in 80% of cases (2.8 standard errors).
    """
    mine, theirs = figures_of(method.recalls), figures_of(reference.recalls)
    means = {name: float(mine[name].mean() - theirs[name].mean()) for name in FIGURES}
    change = (method.recalls - reference.recalls).mean(axis=0)
    means |= {name: float(change[group]) for group, name in enumerate(test.names)}
    found = {}
    for name, difference in means.items():
        drawn = method.drawn[name] - reference.drawn[name]
        found[name] = {
            "difference": difference,
            "interval": _interval(drawn),
            "p_value": p_value(drawn),
            "detectable": float(_DETECTABLE * np.std(drawn, ddof=1)),
        }
    return found


def p_value(drawn: np.ndarray) -> float:
    """Two-sided p-value of "no difference": twice the smaller share of draws beyond 0, plus one of each."""
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    return float(min(1.0, 2 * (tail + 1) / (len(drawn) + 1)))


def correct(comparisons: Mapping[str, dict[str, dict[str, Any]]], names: tuple[str, ...]) -> None:
    """Adds `holm` to every difference: its p-value corrected for all methods compared in that figure.

    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
    Statistics 1979.

    Args:
        comparisons: method -> what `differences` found; changed in place.
        names: figures; each is a family of its own.
    """
    for name in names:
        values = [found[name]["p_value"] for found in comparisons.values()]
        corrected = multipletests(values, method="holm")[1]
        for found, value in zip(comparisons.values(), corrected, strict=True):
            found[name]["holm"] = float(value)
