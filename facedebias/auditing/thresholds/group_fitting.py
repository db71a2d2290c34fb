"""Fits thresholds of groups with Fairlearn, so that a figure is equal between them."""

import warnings
from typing import Any

import numpy as np
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin

from facedebias.auditing.thresholds import relaxed_odds
from facedebias.errors import InputError
from facedebias.scoring.group_rule import GroupRule, Mixture

_THEIR_NAMES = {
    "demographic_parity": "demographic_parity",
    "equal_opportunity": "true_positive_rate_parity",
    "equalized_odds": "equalized_odds",
}
_LEAST_ROWS = 5  # of a label in a group; a handful decides on a whole group even so
OBJECTIVES = {"accuracy": "accuracy_score", "balanced_accuracy": "balanced_accuracy_score"}


def fit(
    scores: np.ndarray,
    labels: np.ndarray,
    names: np.ndarray,
    attributes: tuple[str, ...],
    constraint: str,
    objective: str,
    fitted_on: str,
    tolerance: float = 0.0,
) -> GroupRule:
    """The rule with the best objective among those that keep the constraint on these rows.

    Fairlearn's `ThresholdOptimizer` on a grid of 1,000 points, see there for how it searches; and
    `relaxed_odds` for equalized odds up to a tolerance.

    Args:
        scores: float `(n,)`.
        labels: bool `(n,)`.
        names: str `(n,)`, the group of each row.
        attributes: whose values the names are.
        constraint: one of `CONSTRAINTS`.
        objective: a key of `OBJECTIVES`.
        fitted_on: what the rows are, in words.
        tolerance: difference between two groups that is let pass, a fraction.

    Raises:
        InputError: if a group has fewer than 5 positives or negatives.
    """
    _check_sizes(labels, names, fitted_on)
    if constraint == "equalized_odds" and tolerance > 0:
        worth = relaxed_odds.values(objective, labels)
        relaxed = relaxed_odds.fit(np.asarray(scores, float), labels, names, worth, tolerance)
        return GroupRule(constraint, attributes, relaxed, fitted_on, tolerance)
    optimizer = ThresholdOptimizer(
        estimator=_Scores(),
        constraints=_THEIR_NAMES[constraint],
        objective=OBJECTIVES[objective],
        prefit=True,
        predict_method="predict",
        tol=tolerance or None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pandas, about Fairlearn's own code
        optimizer.fit(np.asarray(scores, float)[:, None], labels.astype(int), sensitive_features=names)
    found = optimizer.interpolated_thresholder_.interpolation_dict
    groups = {str(name): _mixture(entry) for name, entry in sorted(found.items())}
    return GroupRule(constraint, attributes, groups, fitted_on, tolerance)


def _check_sizes(labels: np.ndarray, names: np.ndarray, fitted_on: str) -> None:
    for name in np.unique(names):
        own = labels[names == name]
        for is_positive, what in ((True, "positives"), (False, "negatives")):
            if (size := int(np.sum(own == is_positive))) < _LEAST_ROWS:
                raise InputError(
                    f"{fitted_on}: the group {name!r} has {size} {what}; expected at least {_LEAST_ROWS} for "
                    "a threshold of its own. Fit on more data, or on fewer --groups."
                )


def _mixture(entry: Any) -> Mixture:
    operations = [entry["operation0"], entry["operation1"]]
    # Without `flip` Fairlearn only asks whether scores are larger.
    return Mixture(
        (float(operations[0].threshold), float(operations[1].threshold)),
        (float(entry["p0"]), float(entry["p1"])),
        float(entry.get("p_ignore", 0.0)),
        float(entry.get("prediction_constant", 0.0)),
    )


class _Scores(ClassifierMixin, BaseEstimator):
    """An estimator, for Fairlearn, whose scores are its only feature."""

    def fit(self, features: np.ndarray, labels: np.ndarray) -> "_Scores":
        """There is nothing to learn."""
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The scores."""
        return features[:, 0]

    def __sklearn_is_fitted__(self) -> bool:
        """They are what they are."""
        return True
