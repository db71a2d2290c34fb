"""Conditions that a model must meet, for machines that build and release it."""

from collections.abc import Sequence
from dataclasses import dataclass

from facedebias.auditing.conditions import MAX_GAP, Condition
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import METRICS


@dataclass(frozen=True)
class Verdict:
    """Whether a model meets a condition, and the sentence that says why."""

    condition: Condition
    model: str
    passed: bool
    sentence: str


def judge(
    conditions: Sequence[Condition], models: Sequence[ModelResult], confident: bool
) -> tuple[Verdict, ...]:
    """Holds every model to every condition.

    Args:
        conditions: of the gate.
        models: results.
        confident: take the end of the 95% interval that speaks against the model in place
            of the estimate: the gap could not well be larger, the worst group not well be
            worse.
    """
    return tuple(_judge(condition, model, confident) for model in models for condition in conditions)


def _judge(condition: Condition, model: ModelResult, confident: bool) -> Verdict:
    is_gap = condition.flag == MAX_GAP
    figure = (model.main.differences if is_gap else model.main.worst).get(condition.figure)
    label = (DISPARITIES if is_gap else METRICS)[condition.figure].label
    if figure is None or figure.value is None or (confident and figure.interval is None):
        what = "has no interval" if figure is not None and figure.value is not None else "cannot be computed"
        sentence = f"{model.name}: {label} {what} here, so {condition} cannot be met."
        return Verdict(condition, model.name, False, sentence)
    is_least = not is_gap and METRICS[condition.figure].higher_is_better is not False
    # The gate fails on what speaks against the model: a large gap, a low worst group.
    end = figure.value
    if confident and figure.interval is not None:
        end = figure.interval[0 if is_least else 1]
    passed = end >= condition.limit if is_least else end <= condition.limit
    whose = f" ({figure.name})" if not is_gap and hasattr(figure, "name") else ""
    subject = label if is_gap else f"worst group's {label}{whose}"
    bound = f", 95% interval {_interval(figure.interval)}" if figure.interval else ""
    sentence = (
        f"{model.name}: {subject} is {figure.value:.4g}{bound}; "
        f"{'its end ' + format(end, '.4g') + ' ' if confident else ''}"
        f"{'meets' if passed else 'fails'} {'at least' if is_least else 'at most'} {condition.limit:g}."
    )
    return Verdict(condition, model.name, passed, sentence)


def _interval(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4g} to {interval[1]:.4g}"
