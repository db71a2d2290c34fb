"""What these numbers of rows can show: the smallest gap they could detect, and chance's own share."""

import functools

import numpy as np

from facedebias.auditing.statistics.gaps import studentized
from facedebias.auditing.statistics.gaps.gap_test import LEVEL
from facedebias.auditing.statistics.metrics import PERCENT_SQUARED

POWER = 0.8
MATTERS = 0.05
"""A gap that matters: rows that could not have shown one of five points show nothing by showing none."""

_SEED = 0
_NUM_HALVINGS = 9


def chance_variance(rate: float, sizes: np.ndarray) -> float:
    """Variance over groups in %^2 that chance alone gives if the rate is the same for all.

    (100^2 / G) (1 - 1/G) sum_g rate (1 - rate) / n_g, the mean of the variance (population
    convention) of independent binomial shares.

    Args:
        rate: of all rows together.
        sizes: `(num_groups,)`, rows of each group, effective ones if they are weighted.
    """
    num_groups = len(sizes)
    spread = float(np.sum(rate * (1 - rate) / np.asarray(sizes)))
    return PERCENT_SQUARED * (1 - 1 / num_groups) * spread / num_groups


def detectable_gap(rate: float, sizes: np.ndarray, num_draws: int = 2000) -> float | None:
    """The smallest gap that a 5% test of these groups finds in 80% of samples, whichever group it is in.

    The gap is that of one group that lies below all others, which are equal, while the rate of all
    rows stays as it is. Where a rate would leave 0 to 1 it stays at the end, and that of all rows moves.
    The smallest group is taken, in which a gap is hardest to see. The test is that of the largest
    studentised difference (studentized.py); its power is counted in samples.

    Args:
        rate: of all rows together.
        sizes: `(num_groups,)`, rows of each group, at least 2 groups.
        num_draws: samples.

    Returns:
        The gap, in the rate's own unit; None if not even that of 0 and 1 would do.
    """
    # The answer hardly depends on the third digit, and audits ask for many rates close together.
    rounded = _to_three_digits(rate) if rate < 0.5 else 1 - _to_three_digits(1 - rate)
    return _detectable(rounded, tuple(np.maximum(np.rint(sizes), 1).astype(int).tolist()), num_draws)


def _to_three_digits(rate: float) -> float:
    return round(rate, 3) if rate > 0.01 else float(f"{rate:.3g}")


@functools.lru_cache(maxsize=4096)
def _detectable(rate: float, all_sizes: tuple[int, ...], num_draws: int) -> float | None:
    sizes = np.array(all_sizes)
    low = int(np.argmin(sizes))

    def statistics(rates: np.ndarray) -> np.ndarray:
        pooled = float(np.sum(rates * sizes) / sizes.sum())
        spread = np.sqrt(pooled * (1 - pooled) / sizes)
        rng = np.random.default_rng(_SEED)
        hits = rng.binomial(sizes, rates, (num_draws, len(sizes))).T
        roots = studentized.signed_root(hits, sizes[:, None], np.full((len(sizes), 1), pooled))
        return studentized.largest(spread[:, None] * roots, spread, 0.0)

    @functools.cache
    def critical(pooled: float) -> float:
        return float(np.quantile(statistics(np.full(len(sizes), pooled)), 1 - LEVEL))

    def power(gap: float) -> float:
        others = float(np.clip(rate + gap * sizes[low] / sizes.sum(), gap, 1))
        rates = np.full(len(sizes), others)
        rates[low] = others - gap
        pooled = float(np.sum(rates * sizes) / sizes.sum())
        return float(np.mean(statistics(rates) > critical(round(pooled, 12))))

    # From about three standard errors on, up to twice as far each time.
    missed, found = 0.0, 3 * np.sqrt(rate * (1 - rate) / sizes[low]) + 1 / sizes[low]
    while power(min(found, 1.0)) < POWER:
        if found >= 1:
            return None
        missed, found = found, 2 * found
    found = min(found, 1.0)
    for _ in range(_NUM_HALVINGS):
        middle = (found + missed) / 2
        found, missed = (middle, missed) if power(middle) >= POWER else (found, middle)
    return float(found)
