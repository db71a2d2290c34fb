"""Figures over groups, from the number of faces in each and the number found.

`num_found` and `num_faces` are int `(num_groups,)`, `num_faces` at least 1. A group's recall is
r_g = num_found_g / num_faces_g; every group counts the same in the figures over groups,
however many faces it has.
"""

import numpy as np

# Variances are published in squared percentage points, 28.8 rather than 0.00288.
PERCENT_SQUARED = 100.0**2


def count_groups(codes: np.ndarray, found: np.ndarray, num_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts the faces of each group.

    Args:
        codes: int `(num_faces,)`, each in [0, num_groups).
        found: bool `(num_faces,)`, whether the face was taken for one.
        num_groups: how many groups there are.

    Returns:
        `num_found` and `num_faces`, int64 `(num_groups,)`.
    """
    return np.bincount(codes[found], minlength=num_groups), np.bincount(codes, minlength=num_groups)


def recall(num_found: np.ndarray, num_faces: np.ndarray) -> np.ndarray:
    """Recall of each group, r_g."""
    return np.asarray(num_found) / np.asarray(num_faces)


def mean_recall(recalls: np.ndarray) -> float:
    """Unweighted mean over groups, (1 / G) sum_g r_g."""
    return float(np.mean(recalls))


def gap(recalls: np.ndarray) -> float:
    """Best minus worst group, max_g r_g - min_g r_g."""
    return float(np.max(recalls) - np.min(recalls))


def variance(recalls: np.ndarray) -> float:
    """Variance over groups in %^2, (100^2 / G) sum_g (r_g - mean)^2.

    The population convention (1 / G, not 1 / (G - 1)), as the groups are all there are, of
    recalls in percent: the measure of A. Amini et al., Uncovering and Mitigating Algorithmic
    Bias through Learned Latent Structure, AIES 2019.
    """
    return float(np.var(recalls)) * PERCENT_SQUARED
