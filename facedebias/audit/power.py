"""What these numbers of rows can show: the smallest gap they could detect, and chance's own share."""

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from facedebias.audit.metrics import PERCENT_SQUARED

POWER, LEVEL = 0.8, 0.05
_DRAWS, _SEED = 2000, 0


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


def detectable_gap(rate: float, sizes: np.ndarray) -> float | None:
    """The smallest gap that a 5% test of these groups finds in 80% of samples.

    The gap is that of one group that lies below all others, which are equal, while the rate
    of all rows stays as it is. With two groups, and z the normal quantiles, it solves

        d = z_0.975 sqrt(p (1-p) (1/n_1 + 1/n_2)) + z_0.8 sqrt(p_1 (1-p_1)/n_1 + p_2 (1-p_2)/n_2)

    (J. L. Fleiss, Statistical Methods for Rates and Proportions, chapter 4). With more, the
    first term becomes the 95% quantile of the difference of the best and the worst of all
    groups when all are equal, and power is counted in draws. The group that lies below is the
    one of median size.

    Args:
        rate: of all rows together.
        sizes: `(num_groups,)`, rows of each group, effective ones if weighted; at least 2 groups.

    Returns:
        The gap, in the rate's own unit; None if not even the largest gap possible would do.
    """
    sizes = np.asarray(sizes, float)
    low = int(np.argsort(sizes, kind="stable")[(len(sizes) - 1) // 2])
    share = sizes[low] / sizes.sum()
    most = min(rate / (1 - share), (1 - rate) / share)  # one of the two rates is then 0 or 1
    if not 0 < rate < 1:
        return None
    power = (_two_groups if len(sizes) == 2 else _many_groups)(rate, sizes, low)
    if power(most) < POWER:
        return None
    return float(optimize.brentq(lambda gap: power(gap) - POWER, 0.0, most, xtol=2e-4))


def _two_groups(rate: float, sizes: np.ndarray, low: int) -> Callable[[float], float]:
    first, second = sizes[low], sizes[1 - low]
    null = math.sqrt(rate * (1 - rate) * (1 / first + 1 / second))
    critical = stats.norm.ppf(1 - LEVEL / 2) * null

    def power(gap: float) -> float:
        below = rate - gap * second / (first + second)
        above = below + gap
        error = math.sqrt(max(below * (1 - below) / first + above * (1 - above) / second, 1e-12))
        return float(stats.norm.cdf((gap - critical) / error))

    return power


def _many_groups(rate: float, sizes: np.ndarray, low: int) -> Callable[[float], float]:
    # Draws beside each other in memory: a maximum over few groups is then several times faster.
    noise = np.asfortranarray(np.random.default_rng(_SEED).standard_normal((_DRAWS, len(sizes))))
    share = sizes[low] / sizes.sum()

    def gaps(gap: float) -> np.ndarray:
        rates = np.full(len(sizes), rate + gap * share)
        rates[low] -= gap
        errors = np.sqrt(np.clip(rates * (1 - rates), 0, None) / sizes)
        drawn = np.clip(rates + noise * errors, 0, 1)
        return drawn.max(1) - drawn.min(1)

    critical = np.quantile(gaps(0.0), 1 - LEVEL)
    return lambda gap: float(np.mean(gaps(gap) > critical))
