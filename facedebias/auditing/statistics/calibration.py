"""How well probabilities agree with what they predict."""

import numpy as np

from facedebias.scoring import weights as row_weights

NUM_BINS = 10


def calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Expected calibration error: sum_b (n_b / n) |share of positives_b - mean probability_b|.

    Ten bins of equal width. M. P. Naeini, G. Cooper, M. Hauskrecht, Obtaining Well Calibrated
    Probabilities Using Bayesian Binning, AAAI 2015.
    """
    table = reliability(labels, probabilities, weights)
    gaps = np.abs(table[:, 1] - table[:, 2])
    return float(np.sum(table[:, 0] * gaps) / np.sum(table[:, 0]))


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Rows of each bin that has any, with their mean probability and share of positives, `(b, 3)`.

    With weights the rows' sum of weights, and weighted means.
    """
    worth = row_weights.relative(weights)
    weighed = 1.0 if worth is None else worth
    bins = np.minimum((probabilities * NUM_BINS).astype(int), NUM_BINS - 1)
    sizes = np.bincount(bins, worth, NUM_BINS)
    means = np.bincount(bins, probabilities * weighed, NUM_BINS)
    positives = np.bincount(bins, labels * weighed, NUM_BINS)
    held = sizes > 0
    return np.stack([sizes[held], means[held] / sizes[held], positives[held] / sizes[held]], 1)
