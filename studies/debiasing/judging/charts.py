"""The study's picture: recall of the worst group and mean recall of every method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from studies.debiasing.datasets import FPRS, MAIN_TESTS

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#777777"


@dataclass(frozen=True)
class _Row:
    """A mean in a picture: with its 95% interval, and the seeds it is of, if they are shown."""

    mean: float
    interval: tuple[float, float]
    colour: str
    seeds: tuple[float, ...] = ()

    @classmethod
    def of(cls, scale: float, mean: float, interval: Sequence[float], *args: Any, **fields: Any) -> Self:
        low, high = (scale * end for end in interval)
        return cls(scale * mean, (low, high), *args, **fields)

    @property
    def ends(self) -> tuple[float, ...]:
        """All that is to be seen."""
        return (*self.interval, *self.seeds)


def draw(outcome: Mapping[str, Any], num_seeds: int, folder: Path) -> None:
    """Writes `study-recall.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(layout="constrained", dpi=130)
        _recall(figure, outcome["methods"], num_seeds)
        figure.savefig(folder / "study-recall.png")


def _colour(name: str) -> str:
    """By family: classifiers, the DB-VAE without and with resampling."""
    if name.startswith("cnn"):
        return _GREY
    return _BLUE if name.startswith("dbvae-even") else _ORANGE


def _label_rows(axes: Axes, titles: list[str]) -> None:
    axes.set_yticks(range(len(titles)), titles)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _is_far(values: np.ndarray) -> np.ndarray:
    """Which are so far from the rest that on one scale nothing could be told of the rest.

    Tukey's outer fences, Exploratory Data Analysis 1977.
    """
    lower, upper = np.quantile(values, [0.25, 0.75])
    reach = 3 * (upper - lower)
    return (values < lower - reach) | (values > upper + reach)


def _draw_rows(axes: Axes, rows: Sequence[_Row]) -> None:
    """Means with their intervals; of what is far from the rest an arrow and the numbers."""
    means = np.array([row.mean for row in rows])
    is_far = _is_far(means)
    near = [end for row, far in zip(rows, is_far, strict=True) if not far for end in row.ends]
    margin = 0.04 * (max(near) - min(near)) or 1.0
    low, high = min(near) - margin, max(near) + margin
    axes.set_xlim(low, high)
    for place, (row, far) in enumerate(zip(rows, is_far, strict=True)):
        if far:
            is_left = row.mean < np.median(means)
            text = f"{row.mean:.1f} ({row.interval[0]:.1f} to {row.interval[1]:.1f})"
            axes.text(
                low if is_left else high,
                place,
                f" ◂ {text}" if is_left else f"{text} ▸ ",
                ha="left" if is_left else "right",
                va="center",
                fontsize=7.5,
                color=row.colour,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )
            continue
        axes.plot(row.interval, [place, place], color=row.colour, linewidth=1.6)
        axes.plot(row.seeds, np.full(len(row.seeds), place), ".", color=row.colour, alpha=0.35, markersize=5)
        axes.plot(row.mean, place, "o", color=row.colour, markersize=5.5)


def _recall(figure: Figure, methods: Mapping[str, Any], num_seeds: int) -> None:
    """A panel each for the worst group and the mean; small points are seeds."""
    place = f"{MAIN_TESTS[0]} at {100 * FPRS[0]:g}%"
    figure.set_size_inches(7.5, 0.32 * len(methods) + 1.4)
    axes = figure.subplots(1, 2, sharey=True)
    for panel, what in zip(axes, ("worst", "mean"), strict=True):
        rows = []
        for name, entry in methods.items():
            found = entry["tests"][place][what]
            seeds = tuple(100 * value for value in found["seeds"])
            rows.append(_Row.of(100.0, found["mean"], found["interval"], _colour(name), seeds))
        _draw_rows(panel, rows)
        _label_rows(panel, [entry["title"] for entry in methods.values()])
    axes[0].set_xlabel("recall of the worst of 14 groups, %")
    axes[1].set_xlabel("mean recall of the groups, %")
    where = f"FairFace at {100 * FPRS[0]:g}% false positives"
    title = f"{where}: {num_seeds} seeds (points), mean and 95% interval"
    figure.suptitle(title, fontsize=9)
