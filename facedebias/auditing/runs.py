"""Several runs of one model, trained with different seeds, as one: mean and spread."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.findings import ModelResult


@dataclass(frozen=True)
class Spread:
    """A figure over runs.

    Attributes:
        mean: over the runs.
        deviation: standard deviation over the runs, in the sample convention (1 / (R - 1)), as
            runs are a sample of those that could have been trained.
        values: of each run.
    """

    mean: float
    deviation: float
    values: tuple[float, ...]


@dataclass(frozen=True)
class Runs:
    """One model, trained several times.

    Attributes:
        name: of the model.
        models: names of its runs.
        overall: metric -> its spread.
        groups: group -> metric -> its spread.
        worst: metric -> spread of the worst group, whichever it is in each run.
        differences: figure between groups -> its spread.
    """

    name: str
    models: tuple[str, ...]
    overall: dict[str, Spread]
    groups: dict[str, dict[str, Spread]]
    worst: dict[str, Spread]
    differences: dict[str, Spread]


def summarize(name: str, results: Sequence[ModelResult]) -> Runs:
    """Mean and standard deviation of every figure over the runs of a model.

    Args:
        name: of the model.
        results: at least two runs on the same rows and groups.
    """
    per_group = zip(*(result.groups for result in results), strict=True)
    return Runs(
        name=name,
        models=tuple(result.name for result in results),
        overall=_spreads([_values(result.overall) for result in results]),
        groups={group[0].name: _spreads([_values(run.metrics) for run in group]) for group in per_group},
        worst=_spreads([{k: worst.value for k, worst in result.main.worst.items()} for result in results]),
        differences=_spreads([_values(result.main.differences) for result in results]),
    )


def _values(figures: Mapping[str, object]) -> dict[str, float]:
    found = {name: getattr(figure, "value", None) for name, figure in figures.items()}
    return {name: value for name, value in found.items() if value is not None}


def _spreads(runs: list[dict[str, float]]) -> dict[str, Spread]:
    """Of the figures that every run has."""
    columns: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for name, value in run.items():
            columns[name].append(value)
    return {
        name: Spread(float(np.mean(values)), float(np.std(values, ddof=1)), tuple(values))
        for name, values in columns.items()
        if len(values) == len(runs)
    }
