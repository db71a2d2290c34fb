"""Figures between groups with their intervals and tests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from facedebias.auditing.statistics import bootstrap, power, support
from facedebias.auditing.statistics.bootstrap import Interval
from facedebias.auditing.statistics.disparities import DISPARITIES, Disparity, is_spread
from facedebias.auditing.statistics.gaps.estimates import LOGARITHMIC, PLAIN, Estimates, Scores, Shares
from facedebias.auditing.statistics.gaps.gap_test import LEVEL, GapTest
from facedebias.auditing.statistics.gaps.pairs import PairDifference, compare_pairs
from facedebias.auditing.statistics.metrics import PERCENT_SQUARED, RATES, Counts
from facedebias.auditing.statistics.ranking import ScoreFigures

# Gaps in misses are those in what is found, and are tested by the same draws.
_MIRRORED = {"false_negative_rate": "true_positive_rate"}


@dataclass(frozen=True)
class Between:
    """A figure between groups.

    Attributes:
        value: the figure; None if fewer than two groups have enough rows for the metric.
        interval: 95%; it holds "no disparity" exactly if the p-value is at least 0.05.
        p_value: of "no disparity".
        highest: group with the largest value of the metric; None for two metrics.
        lowest: group with the smallest.
        detectable: smallest difference that these rows would show with 80% power, whichever
            group it is in; None for other figures than differences of one rate, or if there is none.
        detectable_in: the group in which it is hardest to see, that with the fewest rows for the
            rate; None for other figures than differences of one rate.
        chance: for a variance of a rate, what chance alone gives; else None.
        left_out: groups with too few rows for the metric, or none.
        pairs: every two groups, the clearest difference first; of a rate's difference only.
    """

    value: float | None
    interval: Interval | None = None
    p_value: float | None = None
    highest: str | None = None
    lowest: str | None = None
    detectable: float | None = None
    detectable_in: str | None = None
    chance: float | None = None
    left_out: tuple[str, ...] = ()
    pairs: tuple[PairDifference, ...] = ()


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
        names: of the groups.
        counts: `(num_groups,)`, theirs.
        scores: their score metrics; None if no figure of them is asked.
        min_group: rows that a metric of a group must rest on to be compared.
        resampling: how much is drawn.
        paired: rates of which every two groups are compared.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        counts: Counts,
        scores: ScoreFigures | None,
        min_group: int,
        resampling: Resampling,
        paired: Sequence[str] = (),
    ):
        self._names, self._counts, self._scores, self._resampling = names, counts, scores, resampling
        self._paired = paired
        self._values = {name: rate(counts) for name, rate in RATES.items()} | (
            scores.values if scores else {}
        )
        sizes = support.sizes(counts, scores)
        self._kept = {
            name: support.large_enough(sizes[name], min_group) & np.isfinite(values)
            for name, values in self._values.items()
        }
        self._p_values: dict[tuple[tuple[str, ...], bytes], float] = {}
        self._gaps: dict[tuple[tuple[str, ...], bytes, bool], Interval] = {}

    def figures(self, names: Iterable[str] = DISPARITIES) -> dict[str, Between]:
        """The figures of these names that can be computed."""
        return {
            name: self._figure(DISPARITIES[name])
            for name in names
            if set(DISPARITIES[name].metrics) <= set(self._values)
        }

    def compared(self) -> dict[str, tuple[str, ...]]:
        """Metric -> groups with enough rows for it."""
        return {
            metric: tuple(name for name, keep in zip(self._names, kept, strict=True) if keep)
            for metric, kept in self._kept.items()
        }

    def _figure(self, disparity: Disparity) -> Between:
        kept = np.logical_and.reduce([self._kept[name] for name in disparity.metrics])
        left_out = tuple(name for name, keep in zip(self._names, kept, strict=True) if not keep)
        values = np.stack([self._values[name] for name in disparity.metrics])[:, kept]
        if kept.sum() < 2 or not np.isfinite(disparity.figure(values)):
            return Between(None, left_out=left_out)
        names = [name for name, keep in zip(self._names, kept, strict=True) if keep]
        is_single = len(disparity.metrics) == 1
        p_value = self._p_value(disparity.metrics, kept)
        return Between(
            value=float(disparity.figure(values)),
            interval=self._interval(disparity, values, kept, p_value),
            p_value=p_value,
            highest=names[int(np.argmax(values[0]))] if is_single else None,
            lowest=names[int(np.argmin(values[0]))] if is_single else None,
            left_out=left_out,
            pairs=self._pairs(disparity, names, kept),
            **self._what_counts_show(disparity, names, kept),
        )

    def _p_value(self, metrics: tuple[str, ...], kept: np.ndarray) -> float:
        """Of "all groups are alike in these metrics", the same for every figure of them."""
        metrics = tuple(_MIRRORED.get(name, name) for name in metrics)
        key = metrics, kept.tobytes()
        if key not in self._p_values:
            self._p_values[key] = self._test(metrics, kept, is_ratio=False).p_of_no_gap()
        return self._p_values[key]

    def _interval(
        self, disparity: Disparity, values: np.ndarray, kept: np.ndarray, p_value: float
    ) -> Interval:
        value = float(disparity.figure(values))
        if is_spread(disparity):
            low, high = self._spread_interval(disparity, values, kept, p_value)
        else:
            low, high = self._gap(disparity.metrics, disparity.is_ratio, kept, p_value)
            if disparity.is_ratio:
                # A ratio that far from 1 is one that rows could not tell from 0.
                low, high = float(np.exp(-high)), float(np.exp(-low))
        return min(low, value), max(high, value)

    def _gap(self, metrics: tuple[str, ...], is_ratio: bool, kept: np.ndarray, p_value: float) -> Interval:
        """Interval of the largest difference of any of these metrics, of their logarithms for ratios."""
        if not is_ratio:
            metrics = tuple(_MIRRORED.get(name, name) for name in metrics)
        key = metrics, kept.tobytes(), is_ratio
        if key not in self._gaps:
            test = self._test(metrics, kept, is_ratio)
            self._gaps[key] = test.interval(p_value)
        return self._gaps[key]

    def _spread_interval(
        self, disparity: Disparity, values: np.ndarray, kept: np.ndarray, p_value: float
    ) -> Interval:
        """Interval of a variance or a sum of differences, which no single pair of groups decides.

        It begins at 0 exactly if the groups may all be alike. The ends of the gap bound it, too: groups
        that lie d apart have a variance of d^2 / 2G or more, and where a small group may lie far from
        the others, the bootstrap, which follows the observed shape, does not see how far.
        """
        low, high = self._family(disparity, values, kept)
        near, far = self._gap(disparity.metrics, False, kept, p_value)
        test = self._test(tuple(_MIRRORED.get(name, name) for name in disparity.metrics), kept, False)
        farthest = max(high, float(disparity.figure(np.stack(test.places(far)))))
        if p_value >= LEVEL:
            return 0.0, farthest
        least = near
        if len(disparity.metrics) == 1:
            least = PERCENT_SQUARED * near**2 / (2 * values.shape[-1])
        return max(low, least), max(farthest, least)

    def _family(self, disparity: Disparity, values: np.ndarray, kept: np.ndarray) -> Interval:
        seed, num_draws = self._resampling.seed, self._resampling.num_draws
        if disparity.metrics[0] not in RATES:
            errors = np.stack([self._errors(name)[:, kept] for name in disparity.metrics])
            return bootstrap.interval(disparity, values, errors, limits=self._limits(disparity.metrics[0]))
        drawn = []
        for name in disparity.metrics:
            sizes, hits = (part[kept] for part in RATES[name].asked(self._counts))
            rng = np.random.default_rng([seed, list(RATES).index(name)])
            drawn.append((*bootstrap.resample(hits, sizes, num_draws, rng), sizes))
        errors, centres, sizes = (np.stack(part) for part in zip(*drawn, strict=True))
        return bootstrap.interval(disparity, values, errors, centres, sizes)

    def _test(self, metrics: tuple[str, ...], kept: np.ndarray, is_ratio: bool) -> GapTest:
        known = [self._estimates(name, kept, is_ratio) for name in metrics]
        return GapTest(known, self._resampling.num_draws, self._resampling.seed)

    def _estimates(self, name: str, kept: np.ndarray, is_ratio: bool) -> Estimates:
        if name in RATES:
            sizes, hits = (part[kept] for part in RATES[name].asked(self._counts))
            return Shares(hits, sizes, LOGARITHMIC if is_ratio else PLAIN)
        sizes = support.sizes(self._counts, self._scores)[name][kept]
        errors = self._errors(name)[:, kept]
        return Scores(self._values[name][kept], errors, sizes, self._limits(name), is_ratio)

    def _errors(self, name: str) -> np.ndarray:
        if self._scores is None:
            raise ValueError(f"{name}: needs scores, which were not given.")
        return self._scores.errors[name]

    def _limits(self, name: str) -> tuple[float, float]:
        return self._scores.limits if self._scores and name == "mean_score" else (0.0, 1.0)

    def _pairs(
        self, disparity: Disparity, names: Sequence[str], kept: np.ndarray
    ) -> tuple[PairDifference, ...]:
        name = disparity.metrics[0]
        if not _is_difference_of_rate(disparity) or name not in self._paired:
            return ()
        sizes, hits = (part[kept] for part in RATES[name].asked(self._counts))
        return compare_pairs(names, hits, sizes)

    def _what_counts_show(
        self, disparity: Disparity, names: Sequence[str], kept: np.ndarray
    ) -> dict[str, Any]:
        name = disparity.metrics[0]
        if len(disparity.metrics) > 1 or name not in RATES or disparity.is_ratio:
            return {}
        sizes, hits = (part[kept] for part in RATES[name].asked(self._counts))
        pooled = float(hits.sum() / sizes.sum())
        if is_spread(disparity):
            return {"chance": power.chance_variance(pooled, sizes)}
        # The group that stands out does so on the side that is worse.
        is_worse_above = RATES[name].higher_is_better is False
        rate = 1 - pooled if is_worse_above else pooled
        gap = power.detectable_gap(rate, sizes, self._resampling.num_draws)
        return {"detectable": gap, "detectable_in": names[int(np.argmin(sizes))]}


def _is_difference_of_rate(disparity: Disparity) -> bool:
    return (
        len(disparity.metrics) == 1
        and disparity.metrics[0] in RATES
        and not (disparity.is_ratio or is_spread(disparity))
    )
