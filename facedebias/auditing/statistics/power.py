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
_NUM_HALVINGS = 12


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
    rows stays as it is. The smallest group is taken, in which a gap is hardest to see. The test is
    that of the largest studentised difference (studentized.py); its power is counted in samples.

    Args:
        rate: of all rows together.
        sizes: `(num_groups,)`, rows of each group, at least 2 groups.
        num_draws: samples.

    Returns:
        The gap, in the rate's own unit; None if not even the largest gap possible would do.
    """
    # The answer hardly depends on the third digit, and audits ask for many rates close together.
    rounded = round(rate, 3) if 0.01 < rate < 0.99 else float(f"{rate:.3g}")
    return _detectable(rounded, tuple(np.maximum(np.rint(sizes), 1).astype(int).tolist()), num_draws)


@functools.lru_cache(maxsize=4096)
def _detectable(rate: float, all_sizes: tuple[int, ...], num_draws: int) -> float | None:
    if not 0 < rate < 1:
        return None
    sizes = np.array(all_sizes)
    low = int(np.argmin(sizes))
    share = sizes[low] / sizes.sum()
    most = min(rate / (1 - share), (1 - rate) / share)  # one of the two rates is then 0 or 1
    spread = np.sqrt(rate * (1 - rate) / sizes)

    def statistics(gap: float) -> np.ndarray:
        rates = np.full(len(sizes), rate + gap * share)
        rates[low] -= gap
        rng = np.random.default_rng(_SEED)
        hits = rng.binomial(sizes, np.clip(rates, 0, 1), (num_draws, len(sizes))).T
        roots = studentized.signed_root(hits, sizes[:, None], np.full((len(sizes), 1), rate))
        return studentized.largest(spread[:, None] * roots, spread, 0.0)

    critical = float(np.quantile(statistics(0.0), 1 - LEVEL))

    def power(gap: float) -> float:
        return float(np.mean(statistics(gap) > critical))

    if power(most) < POWER:
        return None
    found, missed = most, 0.0
    for _ in range(_NUM_HALVINGS):
        middle = (found + missed) / 2
        found, missed = (middle, missed) if power(middle) >= POWER else (found, middle)
    return found
