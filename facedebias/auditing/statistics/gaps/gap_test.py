"""Test of "no gap" and 95% interval of a gap, from one procedure.

For every gap that is possible, a test asks whether the data speak against it: groups are placed as
the data have them but with that gap (nearest.py), samples are drawn from there, and their largest
studentised difference beyond the gap is held against the observed one. The interval holds the gaps
that are not refused at 5%. Its p-value for "no gap" is that of gap 0, where samples are drawn by
dealing the rows out to the groups anew. So the interval begins at 0 exactly if p is at least 0.05.

Why not the quantiles of the resampled gap: the difference of the best and the worst of many noisy
groups is larger than the truth before it is resampled, and larger again afterwards. With 14 groups
of 150 and equal truth the 95% interval of such a bootstrap never holds the truth
(benchmarks/auditing/interval_coverage.py).
"""

from collections.abc import Sequence

import numpy as np

from facedebias.auditing.statistics.gaps import nearest, studentized
from facedebias.auditing.statistics.gaps.estimates import Estimates

LEVEL = 0.05
_NUM_HALVINGS, _FEW_HALVINGS = 10, 5
_MOST_DRAWN = 30_000  # shares for each gap that is tried: of hundreds of groups 500 draws are enough
_FEW_DRAWS = 500  # whose own noise is larger than what more halvings would settle
_FAR = 5.0  # standard errors of the least known group that an interval rarely reaches
_NUM_DOUBLINGS = 16  # of that distance, where it is not enough and nothing else bounds a gap

Interval = tuple[float, float]


class GapTest:
    """Tests how far groups lie apart in a metric, or in the one of several where that is most.

    Args:
        metrics: each metric in the same groups.
        num_draws: permutations, and samples for each gap that is tried; fewer with many groups.
        seed: of the samples; the same for every gap.
    """

    def __init__(self, metrics: Sequence[Estimates], num_draws: int, seed: int):
        self._metrics, self._num_draws, self._seed = metrics, num_draws, seed
        most = max(_FEW_DRAWS, _MOST_DRAWN // len(metrics[0].places))
        self._draws_of_a_gap = min(num_draws, most)
        self._spans = [float(np.ptp(metric.places)) for metric in metrics]

    def p_of_no_gap(self) -> float:
        """Chance of so large a studentised difference if all groups are alike."""
        found = [m.equal(self._num_draws, self._rng(number)) for number, m in enumerate(self._metrics)]
        return _p_value(np.max(found, 0))

    def p_of(self, gap: float) -> float:
        """Two-sided p-value of a gap above 0: the data lie as far from it, on either side.

        The largest studentised difference beyond the gap lies above 0 where it is too small a gap, and
        below where it is too large a one.
        """
        found = []
        for number, (metric, places) in enumerate(zip(self._metrics, self.places(gap), strict=True)):
            samples = metric.observed_and_drawn(places, self._draws_of_a_gap, self._rng(number))
            found.append(studentized.largest(samples, metric.errors(places), gap))
        # Metrics of scores bring as many draws as they were resampled.
        fewest = min(map(len, found))
        return _p_value(np.abs(np.max([values[:fewest] for values in found], 0)))

    def interval(self, p_of_no_gap: float) -> Interval:
        """The gaps that are not refused.

        Args:
            p_of_no_gap: of the test of the same groups.
        """
        observed = max(self._spans)
        near = self._last_kept(0.0, observed) if p_of_no_gap < LEVEL else 0.0
        return near, self._last_kept(*self._far_ends(observed))

    def _far_ends(self, observed: float) -> tuple[float, float]:
        """A gap too large to be kept, or the largest there is, and one below it that is kept."""
        error = max(float(metric.errors(metric.places).max()) for metric in self._metrics)
        most = max(metric.limits[1] - metric.limits[0] for metric in self._metrics)
        kept = observed
        # Doubled: if all that is possible came next, halving it would pass over a gap of a few errors.
        for doubling in range(_NUM_DOUBLINGS):
            far = observed + _FAR * error * 2**doubling
            if far >= most or self.p_of(far) <= LEVEL:
                break
            kept = far
        return min(far, max(most, observed)), kept

    def _last_kept(self, refused: float, kept: float) -> float:
        """The gap nearest to one that is refused that is not, by halving."""
        for _ in range(_FEW_HALVINGS if self._num_draws < _FEW_DRAWS else _NUM_HALVINGS):
            middle = (refused + kept) / 2
            if self.p_of(middle) > LEVEL:
                kept = middle
            else:
                refused = middle
        return kept

    def places(self, gap: float) -> list[np.ndarray]:
        """The places of every metric's groups that fit best if the largest of their gaps is this.

        Args:
            gap: above 0.

        Returns:
            float `(num_groups,)` for each metric.
        """
        if max(self._spans) >= gap:
            pairs = zip(self._metrics, self._spans, strict=True)
            return [nearest.within(m, gap) if span > gap else m.places for m, span in pairs]
        wide = [nearest.apart(metric, gap) for metric in self._metrics]
        cheapest = int(np.argmin([cost for _, cost in wide]))
        return [wide[i][0] if i == cheapest else metric.places for i, metric in enumerate(self._metrics)]

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, number])


def _p_value(found: np.ndarray) -> float:
    """Of the first value among the others."""
    return studentized.tail_share(found[1:], float(found[0]))
