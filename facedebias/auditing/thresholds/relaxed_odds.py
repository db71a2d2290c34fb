"""Equalized odds up to a tolerance, as a linear program."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog
from sklearn.metrics import roc_curve

from facedebias.scoring.group_rule import Mixture

_NO_WEIGHT = 1e-9  # what the solver leaves of a weight of 0


def fit(
    scores: np.ndarray,
    labels: np.ndarray,
    names: np.ndarray,
    value_of: tuple[float, float],
    tolerance: float,
) -> dict[str, Mixture]:
    """The best thresholds of groups whose true, and false, positive rates are within a tolerance.

    M. Hardt, E. Price, N. Srebro 2016, section 4.2, with inequalities: a group may use any mixture of
    the points on its ROC curve, and rates are linear in how the points are mixed. (Fairlearn's
    `ThresholdOptimizer` knows tolerances for every constraint but this one.)

    Args:
        scores: float `(n,)`.
        labels: bool `(n,)`.
        names: str `(n,)`, the group of each row.
        value_of: what a positive that is selected, and a negative that is not, are worth.
        tolerance: most difference between two groups, a fraction.

    Returns:
        The group -> how it is decided on.
    """
    curves = {str(name): _points(scores[names == name], labels[names == name]) for name in np.unique(names)}
    sizes = [len(thresholds) for _, _, thresholds in curves.values()]
    starts = np.cumsum([0, *sizes])
    # Unknowns: how much of each point each group uses, then the least rate of either kind.
    num_unknowns = starts[-1] + 2
    costs = np.zeros(num_unknowns)
    sums = np.zeros((len(curves), num_unknowns))
    limits, bounds = [], []
    for place, (name, (false_rates, true_rates, _)) in enumerate(curves.items()):
        own = slice(starts[place], starts[place + 1])
        num_positive = np.sum((names == name) & labels)
        num_negative = np.sum((names == name) & ~labels)
        costs[own] = value_of[1] * num_negative * false_rates - value_of[0] * num_positive * true_rates
        sums[place, own] = 1.0
        for kind, rates in enumerate((false_rates, true_rates)):
            for sign, bound in ((1.0, tolerance), (-1.0, 0.0)):
                # least <= rate <= least + tolerance
                row = np.zeros(num_unknowns)
                row[own], row[starts[-1] + kind] = sign * rates, -sign
                limits.append(row)
                bounds.append(bound)
    found = linprog(costs, np.array(limits), bounds, sums, np.ones(len(curves)), bounds=(0, 1)).x
    return {
        name: _mixture(found[starts[place] : starts[place + 1]], curve[2])
        for place, (name, curve) in enumerate(curves.items())
    }


def _points(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False and true positive rates, and the thresholds above which scores are selected."""
    false_rates, true_rates, least = roc_curve(labels, scores)  # least: the lowest that is selected
    values = np.unique(scores)
    # Half way to the next lower score, so that rounding decides nothing.
    below = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2.0])
    thresholds = np.full(len(least), np.inf)
    is_finite = np.isfinite(least)
    thresholds[is_finite] = below[np.searchsorted(values, least[is_finite])]
    return false_rates, true_rates, thresholds


def _mixture(weights: np.ndarray, thresholds: np.ndarray) -> Mixture:
    used = np.flatnonzero(weights > _NO_WEIGHT)
    shares = weights[used] / weights[used].sum()
    return Mixture(tuple(map(float, thresholds[used])), tuple(map(float, shares)))


def values(objective: str, labels: np.ndarray) -> tuple[float, float]:
    """What a positive that is selected, and a negative that is not, add to an objective."""
    worth: Mapping[str, tuple[float, float]] = {
        "accuracy": (1.0, 1.0),
        "balanced_accuracy": (0.5 / np.mean(labels), 0.5 / np.mean(~labels)),
    }
    return worth[objective]
