"""Weights of rows, and how many equally weighted rows they are worth.

`weights` is float `(n,)`, above 0; only their ratios matter. None stands for rows that all count
the same.
"""

import numpy as np

_MOST_SPREAD = 1e9  # between the largest weight and the smallest
TOO_WIDE = (
    f"runs over more than {_MOST_SPREAD:.0e}-fold, so that some rows would count for nothing; expected "
    "weights nearer to each other."
)


def of_mean_one(weights: np.ndarray) -> np.ndarray | None:
    """Weights of mean 1, float64 `(n,)`; None if they spread too far, as `TOO_WIDE` says.

    Args:
        weights: float `(n,)`, finite and above 0.
    """
    weights = weights / weights.max()  # first, as sums of huge ones are infinite
    return None if weights.min() < 1 / _MOST_SPREAD else weights / weights.mean()


def relative(weights: np.ndarray | None) -> np.ndarray | None:
    """Weights as shares of the largest; None if all are equal, so that these change no digit."""
    if weights is None or not len(weights) or (weights == weights[0]).all():
        return None
    return weights / weights.max()


def part(weights: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    """Those of some rows; a mask or indices."""
    return None if weights is None else weights[rows]


def effective(weights: np.ndarray, codes: np.ndarray, num_groups: int) -> np.ndarray:
    """Weights scaled so that those of each group sum to its effective sample size.

    n_eff = (sum_i w_i)^2 / sum_i w_i^2, the number of equally weighted rows whose mean is as sure:
    L. Kish, Survey Sampling, 1965. Row i gets w_i n_eff / sum_j w_j, exactly 1 if all of its
    group's weights are equal.

    Args:
        weights: float `(n,)`, above 0.
        codes: int `(n,)`, groups, in [0, num_groups).
        num_groups: how many groups there are.

    Returns:
        float64 `(n,)`.
    """
    largest = np.zeros(num_groups)
    np.maximum.at(largest, codes, weights)
    shares = weights / largest[codes]  # 1 where all are equal: no rounding then
    sums = np.bincount(codes, shares, num_groups)
    squares = np.bincount(codes, shares**2, num_groups)
    scale = np.divide(sums, squares, out=np.zeros(num_groups), where=squares > 0)
    return shares * scale[codes]


def effective_size(weights: np.ndarray | None, rows: np.ndarray) -> float:
    """Effective sample size of some rows, as `effective` has it; their number without weights.

    Args:
        weights: float `(n,)`, or None.
        rows: bool `(n,)`.
    """
    size = int(np.count_nonzero(rows))
    if weights is None or not size:
        return size
    return float(effective(weights[rows], np.zeros(size, int), 1).sum())


def sentence(weights: np.ndarray) -> str:
    """What a reader must know of weights."""
    size, low, high = len(weights), weights.min() / weights.mean(), weights.max() / weights.mean()
    known = effective_size(weights, np.ones(size, bool))
    return (
        f"rows count by their weights ({low:.3g} to {high:.3g} times the mean); effective sample size "
        f"{known:,.0f} of {size:,} rows."
    )
