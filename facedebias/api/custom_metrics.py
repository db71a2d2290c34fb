"""Metrics of the caller's own, `f(y_true, y_pred)`, by group and with intervals."""

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.gaps.estimates import Scores
from facedebias.auditing.statistics.gaps.gap_test import GapTest
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.errors import InputError
from facedebias.text import visible

Metric = Callable[..., Any]

MOST_DRAWS = 500
"""Resamples a metric is computed on; Python calls it for every group of each."""

_TAKEN = {"n", "num_positives", "effective_rows"}  # columns of `by_group`
_LEAST_DEFINED = 0.5  # share of the resamples in which a metric must have a value, for an interval
_LEAST_COMPARED = 0.99  # the same to compare a group: about five rows that a ratio rests on
_TAKE_SCORES = {"y_score", "y_prob", "y_proba", "y_pred_proba"}
_ENDS = (0.025, 0.975)
_UNBOUNDED = (-np.inf, np.inf)


@dataclass(frozen=True)
class Answers:
    """What a metric is computed from.

    Attributes:
        y_true: int64 `(n,)`, 0 or 1.
        y_pred: int64 `(n,)`, decisions, 0 or 1.
        y_score: float `(n,)`, scores.
        weights: float `(n,)`; None if all rows count the same.
    """

    y_true: np.ndarray
    y_pred: np.ndarray
    y_score: np.ndarray
    weights: np.ndarray | None


@dataclass(frozen=True)
class CustomResult:
    """One metric of one model.

    Attributes:
        name: of the metric.
        overall: over all rows that count; None where it is undefined.
        groups: of each group.
        difference: largest less smallest, groups of fewer than `min_group` rows left out; None if
            fewer than two groups are left.
    """

    name: str
    overall: Estimate | None
    groups: tuple[Estimate | None, ...]
    difference: Between | None


def named_metrics(metrics: Any) -> dict[str, Metric]:
    """Metrics by name.

    Args:
        metrics: None, one function, several, or a mapping of names to functions.

    Raises:
        InputError: if one is no function, has no name, or has that of a metric that is computed anyway.
    """
    if metrics is None:
        return {}
    if isinstance(metrics, Mapping):
        pairs = [(str(name), function) for name, function in metrics.items()]
    else:
        functions = [metrics] if callable(metrics) else metrics
        if not isinstance(functions, Iterable) or isinstance(functions, str | bytes):
            raise InputError("metrics: expected functions f(y_true, y_pred), or names with such functions.")
        pairs = [(getattr(function, "__name__", "<unnamed>"), function) for function in functions]
    found: dict[str, Metric] = {}
    for name, function in pairs:
        shown = visible(name)
        if not callable(function):
            raise InputError(f"metrics: {shown} is no function; expected f(y_true, y_pred).")
        if name.startswith("<"):
            raise InputError('metrics: a function has no name; give it one, e.g. metrics={"my_metric": f}.')
        if name in found or name in METRICS or name in _TAKEN:
            raise InputError(f"metrics: {shown} names something else already; choose another name.")
        found[name] = function
    return found


def measure(
    name: str, metric: Metric, answers: Answers, groups: Groups, min_group: int, num_draws: int, seed: int
) -> CustomResult:
    """Computes a metric of every group, of all rows, and how far groups differ in it.

    Intervals are those of a bootstrap stratified by group: as many rows of each group are drawn with
    replacement as it has, each with its weight. Ends of a group and of all rows are the 2.5% and 97.5%
    quantiles of the drawn values (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 13). The difference has the interval and p-value of `GapTest`, as quantiles of a largest
    difference would be too large.

    Raises:
        InputError: if the metric fails, or gives something else than a number.
    """
    call = _Call(name, metric, answers)
    parts = [np.flatnonzero(groups.codes == group) for group in range(len(groups.names))]
    everyone = np.flatnonzero(groups.is_counted)
    rest = np.setdiff1d(everyone, np.concatenate(parts))  # rows that belong to no group and count overall
    values = np.array([call(rows, group) for rows, group in zip(parts, groups.names, strict=True)])
    overall = call(everyone, "all rows")
    drawn = _resampled(call, [*parts, rest], min(num_draws, MOST_DRAWS), seed)
    sizes = np.array([len(rows) for rows in parts])
    # Undefined in many draws, it rests on few rows, however many the group has.
    is_defined = np.isfinite(drawn[:, :-1]).mean(0) >= _LEAST_COMPARED
    kept = (sizes >= min_group) & np.isfinite(values) & is_defined
    return CustomResult(
        name,
        _estimate(overall, drawn[:, -1]),
        tuple(_estimate(value, drawn[:, group]) for group, value in enumerate(values)),
        _difference(values, drawn[:, :-1], sizes, kept, groups.names, seed),
    )


class _Call:
    """A metric that is given what its parameters ask for."""

    def __init__(self, name: str, metric: Metric, answers: Answers):
        self._name, self._metric = visible(name), metric
        parameters = _parameters(metric)
        takes_scores = len(parameters) > 1 and parameters[1] in _TAKE_SCORES
        self._columns = answers.y_true, answers.y_score if takes_scores else answers.y_pred
        self._weights = answers.weights if "sample_weight" in parameters else None

    def __call__(self, rows: np.ndarray, where: str) -> float:
        """The metric of some rows; `where` names them in messages."""
        try:
            value = self._of(rows)
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"metrics: {self._name} fails on {visible(where)} ({reason}).") from error
        if not np.isscalar(value) and np.shape(value) != ():
            raise InputError(f"metrics: {self._name} gives {np.size(value)} values; expected one number.")
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"metrics: {self._name} gives no number; expected one.") from error

    def drawn(self, rows: np.ndarray) -> float:
        """The metric of resampled rows; NaN where it is undefined, as without a positive."""
        try:
            return float(self._of(rows))
        except (ArithmeticError, ValueError, LookupError, TypeError):
            return float("nan")

    def _of(self, rows: np.ndarray) -> Any:
        also = {} if self._weights is None else {"sample_weight": self._weights[rows]}
        return self._metric(*(column[rows] for column in self._columns), **also)


def _parameters(metric: Metric) -> list[str]:
    try:
        return list(inspect.signature(metric).parameters)
    except (TypeError, ValueError):  # of functions in C
        return []


def _resampled(call: _Call, parts: list[np.ndarray], num_draws: int, seed: int) -> np.ndarray:
    """Values of each group but the last part, and of all rows, float64 `(num_draws, num_groups + 1)`."""
    rng, found = np.random.default_rng(seed), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a resample may lack a class
        for _ in range(num_draws):
            chosen = [rows[rng.integers(0, len(rows), len(rows))] for rows in parts]
            own = [call.drawn(rows) for rows in chosen[:-1]]
            is_all = len(own) == 1 and not len(parts[-1])
            found.append([*own, own[0] if is_all else call.drawn(np.concatenate(chosen))])
    return np.array(found)


def _estimate(value: float, drawn: np.ndarray) -> Estimate | None:
    if not np.isfinite(value):
        return None
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < _LEAST_DEFINED * len(drawn):
        return Estimate(value, None)
    low, high = np.quantile(defined, _ENDS)
    return Estimate(value, (min(float(low), value), max(float(high), value)))


def _difference(
    values: np.ndarray,
    drawn: np.ndarray,
    sizes: np.ndarray,
    kept: np.ndarray,
    names: tuple[str, ...],
    seed: int,
) -> Between | None:
    if len(names) < 2:
        return None
    left_out = tuple(name for name, keep in zip(names, kept, strict=True) if not keep)
    if kept.sum() < 2:
        return Between(None, left_out=left_out)
    values, drawn = values[kept], drawn[:, kept]
    errors = np.where(np.isfinite(drawn), drawn - values, 0.0)
    test = GapTest([Scores(values, errors, sizes[kept], _UNBOUNDED, False)], len(errors), seed)
    p_value, observed = test.p_of_no_gap(), float(np.ptp(values))
    low, high = test.interval(p_value)
    compared = [name for name in names if name not in left_out]
    return Between(
        value=observed,
        interval=(min(low, observed), max(high, observed)),
        p_value=p_value,
        highest=compared[int(np.argmax(values))],
        lowest=compared[int(np.argmin(values))],
        left_out=left_out,
    )
