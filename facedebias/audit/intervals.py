"""95% intervals of a recall and of figures over groups, in closed form.

What is estimated is the figure that unlimited faces of each group would give at the same
threshold; that the threshold was itself set on finitely many non-faces is left out.

Why not the bootstrap: a group with 5 of 5 right gives 5 of 5 in every resample, an interval of
no width; and the worst of many noisy recalls, their spread and their variance look worse than
the truth even before they are resampled, and worse again afterwards. In a simulation
(benchmarks/interval_coverage.py: 14 groups of 150 faces, 4 of 5, 4 of 300 and 2 of 200, with
recalls equal, spread and with one low; 2,000 data sets each) the truth was inside, in % of the
data sets, from the worst to the best case:

                                     mean recall    worst group    gap            variance
    percentile bootstrap             64.4 to 96.8   0 to 97.9      0 to 97.7      0 to 96.7
    draws from Beta(k+1/2, n-k+1/2)  75.2 to 95.2   0 to 96.6      0 to 97.2      0 to 95.7
    bias-corrected bootstrap         92.0 to 99.9   68.7 to 99.6   66.5 to 99.7   70.4 to 100
    the intervals below              93.7 to 99.8   91.8 to 99.3   96.0 to 100    91.3 to 99.9

Those below need no draws, are never of zero width, hold the estimate, and err on the wide
side: with many groups that of the gap is about twice as wide as a bootstrap's. Lowest are the
worst group where 4 groups of 5 are equal, and the variance where 1 of 14 groups is low.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from facedebias.audit.metrics import PERCENT_SQUARED, recall

Interval = tuple[float, float]  # low, high

_TAIL = 0.025  # probability that each end of an interval leaves out


def wilson(
    num_found: np.ndarray, num_faces: np.ndarray, tail: float = _TAIL
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of a share.

    (r + z^2 / 2n -+ z sqrt(r (1 - r) / n + z^2 / 4n^2)) / (1 + z^2 / n), where z is the normal
    quantile of 1 - tail. 5 of 5 gives 0.566 to 1.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.

    Args:
        num_found: int `(...)`, from 0 to `num_faces`.
        num_faces: int `(...)`, at least 1.
        tail: probability left out on each side.

    Returns:
        Low and high ends, float64 `(...)`, in [0, 1].
    """
    found, faces = np.asarray(num_found), np.asarray(num_faces)
    z, share = _normal_quantile(1 - tail), found / faces
    scale = 1 + z**2 / faces
    centre = (share + z**2 / (2 * faces)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / faces + z**2 / (4 * faces**2))
    # At 0 and 1 the end is exact, but for rounding, which would leave the estimate outside.
    return np.where(found == 0, 0.0, centre - half), np.where(found == faces, 1.0, centre + half)


def mean_recall(num_found: np.ndarray, num_faces: np.ndarray) -> Interval:
    """Interval of the unweighted mean recall: mean -+ z sqrt(sum_g v_g) / G.

    v_g = q (1 - q) / n with q = (k + 1/2) / (n + 1), the mean of the Jeffreys posterior, which
    is never 0 or 1, so that a group without errors does not pass for a certainty.
    """
    mean = float(np.mean(recall(num_found, num_faces)))
    error = math.sqrt(_sampling_variances(num_found, num_faces).sum()) / len(num_faces)
    half = _normal_quantile(1 - _TAIL) * error
    return max(0.0, mean - half), min(1.0, mean + half)


def worst_recall(num_found: np.ndarray, num_faces: np.ndarray) -> Interval:
    """Interval of the recall of the group that is worst in truth, whichever it is.

    Low end: min_g of the groups' Wilson low ends. It lies below that of the truly worst group,
    so it fails only if that one does, and needs no correction for the number of groups. High
    end: min_g of Wilson high ends that hold together, each with the tail 1 - (1 - 0.025)^(1/G)
    (Z. Sidak, Rectangular Confidence Regions for the Means of Multivariate Normal
    Distributions, JASA 1967).
    """
    low, _ = wilson(num_found, num_faces)
    _, high = wilson(num_found, num_faces, 1 - (1 - _TAIL) ** (1 / len(num_faces)))
    return float(low.min()), float(high.min())


def gap(num_found: np.ndarray, num_faces: np.ndarray) -> Interval:
    """Interval of best minus worst recall in truth, whichever groups these are.

    From Newcombe's intervals of the differences r_i - r_j of all ordered pairs of groups. High
    end: the largest of their high ends, which fails only if that of the truly best and worst
    group does. Low end: the largest of their low ends, with the tail 0.025 / (G (G - 1)), so
    that all of them hold together (Bonferroni); or 2 sqrt(variance) at the low end of the
    variance, if that is more, as no gap is smaller (T. Popoviciu, 1935).

    R. G. Newcombe, Interval Estimation for the Difference between Independent Proportions,
    Statistics in Medicine 1998, method 10.
    """
    num_groups = len(num_faces)
    _, high = _differences(num_found, num_faces, _TAIL)
    low, _ = _differences(num_found, num_faces, _TAIL / (num_groups * (num_groups - 1)))
    from_variance = 2 * math.sqrt(variance(num_found, num_faces)[0] / PERCENT_SQUARED)
    return max(from_variance, float(low.max())), min(1.0, float(high.max()))


def variance(num_found: np.ndarray, num_faces: np.ndarray) -> Interval:
    """Interval of the variance over groups in %^2, without the part that chance adds to it.

    S = sum_g (r_g - mean)^2 is chance and truth together. At a true sum of squares x it has
    the mean tr M + x and the variance 2 tr M^2 + 4 x v, where M is the covariance of the
    centred recalls, diag(v_g) centred on both sides, and v the mean of v_g in the direction
    of r - mean; a multiple of a chi-square has the same two moments (P. B. Patnaik, The
    Non-central chi^2- and F-Distributions, Biometrika 1949). The ends are those x for which the
    observed S is the 97.5% and the 2.5% quantile. An S below tr M, less than chance alone would
    give, counts as tr M in the high end: it is no sign of less than no difference.
    """
    recalls = recall(num_found, num_faces)
    num_groups, deviations = len(recalls), recalls - recalls.mean()
    variances = _sampling_variances(num_found, num_faces)
    centring = np.eye(num_groups) - 1 / num_groups
    covariance = centring * variances @ centring
    chance, observed = float(np.trace(covariance)), float(deviations @ deviations)
    along = deviations**2 @ variances / observed if observed > 0 else variances.mean()

    def quantile(x: float, z: float) -> float:
        mean, spread = chance + x, 2 * np.sum(covariance**2) + 4 * x * along
        return mean * _chi_square_ratio(2 * mean**2 / spread, z)

    z, most = _normal_quantile(1 - _TAIL), num_groups / 4
    low = _solve(lambda x: quantile(x, z), observed, most)
    high = _solve(lambda x: quantile(x, -z), max(observed, chance), most)
    scale = PERCENT_SQUARED / num_groups
    # With very many groups even the high end can come to lie below the raw estimate.
    return low * scale, max(high, observed) * scale


def _normal_quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def _sampling_variances(num_found: np.ndarray, num_faces: np.ndarray) -> np.ndarray:
    smoothed = (np.asarray(num_found) + 0.5) / (np.asarray(num_faces) + 1)
    return smoothed * (1 - smoothed) / num_faces


def _differences(num_found: np.ndarray, num_faces: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """Low and high ends of r_i - r_j, `(num_groups, num_groups)`, without the pairs i = j."""
    recalls = recall(num_found, num_faces)
    low, high = wilson(num_found, num_faces, tail)
    below, above = (recalls - low) ** 2, (high - recalls) ** 2
    differences = recalls[:, None] - recalls
    pairs = ~np.eye(len(recalls), dtype=bool)
    low_ends = differences - np.sqrt(below[:, None] + above)
    high_ends = differences + np.sqrt(above[:, None] + below)
    return low_ends[pairs], high_ends[pairs]


def _chi_square_ratio(freedom: float, z: float) -> float:
    """Quantile of a chi-square over its mean (E. B. Wilson and M. M. Hilferty, PNAS 1931)."""
    step = 2 / (9 * freedom)
    return max(0.0, 1 - step + z * math.sqrt(step)) ** 3


def _solve(function: Callable[[float], float], value: float, most: float) -> float:
    """The x in [0, most] at which the function reaches the value, or the nearer end."""
    if function(0.0) >= value:
        return 0.0
    low, high = 0.0, most
    for _ in range(60):  # halvings, down to the last bit
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < value else (low, middle)
    return high
