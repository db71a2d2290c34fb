"""Figures between groups with their intervals and tests."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from facedebias.audit import bootstrap, power, significance
from facedebias.audit.bootstrap import Interval
from facedebias.audit.disparities import DISPARITIES, Disparity
from facedebias.audit.metrics import RATES, Counts
from facedebias.audit.ranking import ScoreFigures


@dataclass(frozen=True)
class Between:
    """A figure between groups.

    Attributes:
        value: the figure; None if fewer than two groups have the metric.
        interval: 95%, by bootstrap.
        p_value: of "no disparity".
        highest: group with the largest value of the metric; None for two metrics.
        lowest: group with the smallest.
        detectable: smallest difference that these rows would show with 80% power; None for
            other figures than differences of one rate, or if there is none.
        chance: for a variance of a rate, what chance alone gives; else None.
        left_out: groups in which the metric is undefined.
    """

    value: float | None
    interval: Interval | None = None
    p_value: float | None = None
    highest: str | None = None
    lowest: str | None = None
    detectable: float | None = None
    chance: float | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resampling:
    """How much is drawn.

    Attributes:
        num_draws: resampled tables, and permutations.
        seed: of the draws.
    """

    num_draws: int = 2000
    seed: int = 0


class BetweenGroups:
    """Computes figures between the groups of one model.

    Args:
        names: of the groups compared.
        counts: int `(num_groups,)`, theirs.
        scores: their score metrics; None if no figure of them is asked.
        resampling: how much is drawn.
    """

    def __init__(
        self, names: tuple[str, ...], counts: Counts, scores: ScoreFigures | None, resampling: Resampling
    ):
        self._names, self._counts, self._scores, self._resampling = names, counts, scores, resampling
        self._values = {name: rate(counts) for name, rate in RATES.items()} | (
            scores.values if scores else {}
        )
        rng = np.random.default_rng(resampling.seed)
        self._source, self._tables = bootstrap.resample(counts, resampling.num_draws, rng)
        self._permuted: dict[tuple[str, bytes], np.ndarray] = {}

    def figures(self, names: Iterable[str] = DISPARITIES) -> dict[str, Between]:
        """The figures of these names that can be computed."""
        return {
            name: self._figure(DISPARITIES[name])
            for name in names
            if set(DISPARITIES[name].metrics) <= set(self._values)
        }

    def _figure(self, disparity: Disparity) -> Between:
        values = np.stack([self._values[name] for name in disparity.metrics])
        kept = np.isfinite(values).all(0)
        left_out = tuple(name for name, keep in zip(self._names, kept, strict=True) if not keep)
        if kept.sum() < 2 or not np.isfinite(disparity.figure(values[:, kept])):
            return Between(None, left_out=left_out)
        values = values[:, kept]
        names = [name for name, keep in zip(self._names, kept, strict=True) if keep]
        is_rate = disparity.metrics[0] in RATES
        interval, p_value = (self._of_rates if is_rate else self._of_scores)(disparity, values, kept)
        is_single = len(disparity.metrics) == 1
        return Between(
            value=float(disparity.figure(values)),
            interval=interval,
            p_value=p_value,
            highest=names[int(np.argmax(values[0]))] if is_single else None,
            lowest=names[int(np.argmin(values[0]))] if is_single else None,
            left_out=left_out,
            **self._what_counts_show(disparity, kept),
        )

    def _of_rates(self, disparity: Disparity, values: np.ndarray, kept: np.ndarray) -> tuple[Interval, float]:
        source, tables = self._source.take(kept), self._tables.take(kept)
        pairs = [bootstrap.residuals(name, source, tables) for name in disparity.metrics]
        errors, centres = (np.stack(part) for part in zip(*pairs, strict=True))
        counts = self._counts.take(kept)
        sizes = np.stack([RATES[name].denominator(counts) for name in disparity.metrics])
        interval = bootstrap.interval(disparity, values, errors, centres, sizes)
        permuted = np.stack([self._permute(name, kept) for name in disparity.metrics])
        return interval, significance.permutation_p_value(disparity, values, permuted)

    def _of_scores(
        self, disparity: Disparity, values: np.ndarray, kept: np.ndarray
    ) -> tuple[Interval, float]:
        if self._scores is None:
            raise ValueError(f"{disparity.name}: needs scores, which were not given.")
        errors = np.stack([self._scores.errors[name][:, kept] for name in disparity.metrics])
        limits = self._scores.limits if disparity.metrics == ("mean_score",) else (0.0, 1.0)
        return (
            bootstrap.interval(disparity, values, errors, limits=limits),
            bootstrap.p_value(disparity, values, errors),
        )

    def _permute(self, name: str, kept: np.ndarray) -> np.ndarray:
        """Permutations of a rate among some groups; drawn once, as several figures ask for them."""
        if name == "false_negative_rate":  # the same permutations, so that the two never disagree
            return 1.0 - self._permute("true_positive_rate", kept)
        key = name, kept.tobytes()
        if key not in self._permuted:
            rng = np.random.default_rng([self._resampling.seed, list(RATES).index(name)])
            counts = self._counts.take(kept)
            self._permuted[key] = significance.permute(counts, RATES[name], self._resampling.num_draws, rng)
        return self._permuted[key]

    def _what_counts_show(self, disparity: Disparity, kept: np.ndarray) -> dict[str, float | None]:
        name = disparity.metrics[0]
        if len(disparity.metrics) > 1 or name not in RATES or disparity.is_ratio:
            return {}
        counts = self._counts.take(kept)
        pooled = float(RATES[name](counts.pooled())[0])
        sizes = np.asarray(RATES[name].denominator(counts))
        if disparity.name.endswith("_variance"):
            return {"chance": power.chance_variance(pooled, sizes)}
        # The group that stands out does so on the side that is worse.
        is_worse_above = RATES[name].higher_is_better is False
        return {"detectable": power.detectable_gap(1 - pooled if is_worse_above else pooled, sizes)}
