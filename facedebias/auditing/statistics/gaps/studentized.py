"""The largest studentised difference between groups: what gaps are tested by.

The raw difference of the highest and the lowest group is a bad statistic where groups differ in
size: chance moves a group of 8 by more than the largest gap between groups of 1,000, and hides it.
Each difference is divided by its own standard error instead, and the largest of these counts.

A standard error alone is not enough for small groups with rates near 0 or 1: one miss of 8 at a
rate of 99% lies 3.3 standard errors away, and happens in one sample of 13. Rates are therefore
brought to a normal scale first, by the signed root of the power divergence with lambda = 2/3.

N. Cressie and T. Read, Multinomial Goodness-of-Fit Tests, J. R. Statist. Soc. B 1984: of its
family this member follows its limiting distribution most closely in small samples.
"""

import math

import numpy as np

_STEP = 2**0.125  # 1.09; standard errors this close count as one
_MOST_CLASSES = 12
_TINY = 1e-12


def signed_root(hits: np.ndarray, sizes: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """How far shares lie from rates, on a scale on which chance is about standard normal.

    sign(q - p) sqrt(1.8 n (q (q/p)^(2/3) + (1-q) ((1-q)/(1-p))^(2/3) - 1)) with q = hits / n.

    Args:
        hits: float `(...)`, from 0 to `sizes`.
        sizes: float `(...)`, above 0.
        rates: float `(...)`, in (0, 1).
    """
    shares = hits / sizes
    others = 1.0 - shares
    above = shares * np.square(np.cbrt(shares / rates))
    below = others * np.square(np.cbrt(others / (1.0 - rates)))
    return np.sign(shares - rates) * np.sqrt(np.maximum(1.8 * sizes * (above + below - 1.0), 0.0))


def largest(places: np.ndarray, errors: np.ndarray, gap: float) -> np.ndarray:
    """Max over pairs of groups of (|difference| - gap) / standard error of the difference.

    Groups whose standard errors differ by less than 9% share the mean of their variances: the maximum
    over pairs of thousands of draws then takes time for the groups, not for their pairs. There are at
    most 12 such classes, which are wider where errors differ by more than 2.6 times. Observed and drawn
    places are treated alike, so that a test by this remains exact.

    Args:
        places: float `(num_groups, num_draws)`, estimates; at least two groups.
        errors: float `(num_groups,)`, their standard errors, above 0.
        gap: subtracted from each difference.

    Returns:
        float `(num_draws,)`.
    """
    if len(errors) == 2:  # the case met most often
        apart = np.abs(places[0] - places[1])
        return (apart - gap) / math.hypot(errors[0], errors[1])
    classes = _classes(errors)
    tops = [places[members].max(0) for members in classes]
    bottoms = [places[members].min(0) for members in classes]
    variances = [float(np.mean(errors[members] ** 2)) for members in classes]
    best = np.full(places.shape[1], -np.inf)
    for i, top in enumerate(tops):
        if len(classes[i]) > 1:
            np.maximum(best, (top - bottoms[i] - gap) / math.sqrt(2 * variances[i]), out=best)
        for j in range(i):
            apart = np.maximum(top - bottoms[j], tops[j] - bottoms[i])
            np.maximum(best, (apart - gap) / math.sqrt(variances[i] + variances[j]), out=best)
    return best


def _classes(errors: np.ndarray) -> list[np.ndarray]:
    logs = np.log(np.maximum(errors, _TINY))
    step = max(np.log(_STEP), np.ptp(logs) / (_MOST_CLASSES - 1))
    members: dict[int, list[int]] = {}
    for group, number in enumerate(((logs - logs.min()) / step + 1e-9).astype(int).tolist()):
        members.setdefault(number, []).append(group)
    return [np.array(members[number]) for number in sorted(members)]


def tail_share(drawn: np.ndarray, observed: float) -> float:
    """Share of draws beyond the observed value, those equal to it by half: the mid-p value.

    (1/2 + #beyond + #equal / 2) / (1 + #draws), as the observed value counts as a draw of its own.
    Counts of rows are discrete, and a whole step of them beyond 5% would make a test of small groups
    reject far less often than it may.

    H. O. Lancaster, Significance Tests in Discrete Distributions, JASA 1961.
    """
    slack = 1e-9 * max(1.0, abs(observed))
    equal = np.sum(np.abs(drawn - observed) <= slack)
    return float((0.5 + np.sum(drawn > observed + slack) + 0.5 * equal) / (1 + np.size(drawn)))
