"""The study's pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.study_figures import DARK
from benchmarks.study_methods import POORER_TITLES, REFERENCE
from facedebias.auditing.statistics.power import LEVEL

_TEST = "fairface"
# Okabe and Ito's colours, which colour-blind readers can tell apart.
_BLUE, _ORANGE, _GREY, _GREEN = "#0072B2", "#D55E00", "#777777", "#009E73"
# Of methods on poorer sets, by what their names start with.
_KINDS = {"cnn": _GREY, "cnn-loss": _GREEN, "dbvae-uniform": _BLUE, "dbvae-latent": _ORANGE}


@dataclass(frozen=True)
class _Row:
    """A mean in a picture: with its 95% interval, and the seeds it is of, if they are shown."""

    mean: float
    interval: tuple[float, float]
    colour: str
    seeds: tuple[float, ...] = ()
    is_filled: bool = True

    @classmethod
    def of(cls, scale: float, mean: float, interval: Sequence[float], *args: Any, **fields: Any) -> Self:
        low, high = (scale * end for end in interval)
        return cls(scale * mean, (low, high), *args, **fields)

    @property
    def ends(self) -> tuple[float, ...]:
        """All that is to be seen."""
        return (*self.interval, *self.seeds)


def draw(record: Mapping[str, Any], folder: Path) -> None:
    """Writes `study-recall.png`, `study-differences.png`, `study-groups.png` and `study-poorer.png`.

    The last one if any training set with few dark faces is in the record.
    """
    pictures = {"recall": _recall, "differences": _differences, "groups": _groups}
    if record["poorer"]:
        pictures["poorer"] = _poorer
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        for name, make in pictures.items():
            figure = Figure(layout="constrained", dpi=130)
            make(figure, record)
            figure.savefig(folder / f"study-{name}.png")


def _colour(name: str) -> str:
    """By family: classifiers, the DB-VAE without and with resampling."""
    if name.startswith("cnn"):
        return _GREY
    return _BLUE if name.startswith("dbvae-uniform") else _ORANGE


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
                fontweight="bold" if row.is_filled else "normal",
                color=row.colour,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )
            continue
        axes.plot(row.interval, [place, place], color=row.colour, linewidth=1.6)
        axes.plot(row.seeds, np.full(len(row.seeds), place), ".", color=row.colour, alpha=0.35, markersize=5)
        face = row.colour if row.is_filled else "white"
        axes.plot(row.mean, place, "o", color=row.colour, markerfacecolor=face, markersize=5.5)


def _recall(figure: Figure, record: Mapping[str, Any]) -> None:
    """Worst group and mean of every method; small points are seeds."""
    methods = record["methods"]
    figure.set_size_inches(7.5, 0.32 * len(methods) + 1.4)
    axes = figure.subplots(1, 2, sharey=True)
    for panel, what in zip(axes, ("worst", "mean"), strict=True):
        rows = []
        for name, entry in methods.items():
            found = entry["tests"][_TEST][what]
            seeds = tuple(100 * value for value in found["seeds"])
            rows.append(_Row.of(100.0, found["mean"], found["interval"], _colour(name), seeds))
        _draw_rows(panel, rows)
        _label_rows(panel, [entry["title"] for entry in methods.values()])
    axes[0].set_xlabel("recall of the worst of 14 groups, %")
    axes[1].set_xlabel("mean recall of the groups, %")
    figure.suptitle(
        f"FairFace val at 1% false positives: {len(record['seeds'])} seeds (points), mean and 95% interval",
        fontsize=9,
    )


def _differences(figure: Figure, record: Mapping[str, Any]) -> None:
    """What every method has more than the CNN; filled where significant after Holm."""
    against = record["against"][_TEST][REFERENCE]
    figure.set_size_inches(8.5, 0.32 * len(against) + 1.4)
    axes = figure.subplots(1, 3, sharey=True)
    panels = (("worst", 100.0, "worst group, points"), ("mean", 100.0, "mean, points"))
    for panel, (what, scale, label) in zip(axes, (*panels, ("variance", 1.0, "variance, %²")), strict=True):
        rows = []
        for name, found in against.items():
            one = found[what]
            is_significant = one.get("holm", 1.0) < LEVEL
            rows.append(
                _Row.of(scale, one["difference"], one["interval"], _colour(name), is_filled=is_significant)
            )
        _draw_rows(panel, rows)
        panel.axvline(0, color="black", linewidth=0.8)
        panel.set_xlabel(label)
        _label_rows(panel, [record["methods"][name]["title"] for name in against])
    figure.suptitle(
        "Difference from the CNN, 95% intervals (seeds, pictures); filled or bold: significant after Holm",
        fontsize=9,
    )


def _groups(figure: Figure, record: Mapping[str, Any]) -> None:
    """Recall of every group by every method."""
    methods = record["methods"]
    groups = list(next(iter(methods.values()))["tests"][_TEST]["groups"])
    values = np.array(
        [
            [100 * entry["tests"][_TEST]["groups"][group]["mean"] for group in groups]
            for entry in methods.values()
        ]
    )
    figure.set_size_inches(9.5, 0.32 * len(methods) + 2.2)
    axes = figure.subplots()
    # Colours are for telling methods apart; what is far below the rest would take all of them.
    low = values[~_is_far(values.mean(axis=1))].min()
    image = axes.imshow(values, cmap="cividis", aspect="auto", vmin=low)
    middle = (low + values.max()) / 2
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value < middle else "black"
        axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_yticks(range(len(methods)), [entry["title"] for entry in methods.values()])
    axes.set_xticks(range(len(groups)), groups, rotation=40, ha="right")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, label="recall, %", pad=0.01)


def _poorer(figure: Figure, record: Mapping[str, Any]) -> None:
    """Recall of dark faces against the share of dark faces in training; a panel a source of faces."""
    titles = {
        "celeba": "CelebA, dark by ITA",
        "fairface": "FairFace, Black by label",
        "synthetic": "drawn faces",
    }
    poorer = record["poorer"].values()
    sources = [name for name in titles if any(entry["data"].startswith(name) for entry in poorer)]
    figure.set_size_inches(9.5, 3.6)
    widths = [1.4 if name == "synthetic" else 3.0 for name in sources]
    panels = figure.subplots(1, len(sources), squeeze=False, width_ratios=widths)[0]
    for panel, name in zip(panels, sources, strict=True):
        # Drawn faces have a scale of their own.
        if name != "synthetic" and panel is not panels[0]:
            panel.sharey(panels[0])
        _draw_source(panel, record["poorer"], name)
        panel.set_title(titles[name], fontsize=9)
    figure.supxlabel("dark faces among the training faces, %", fontsize=9)
    panels[0].set_ylabel("recall of dark faces, %")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize=8)


def _draw_source(panel: Axes, poorer: Mapping[str, Any], source: str) -> None:
    for place, (kind, colour) in enumerate(_KINDS.items()):
        found = [
            (float(entry["data"].partition("-dark-")[2] or 0.02), next(iter(entry["tests"].values()))[DARK])
            for key, entry in poorer.items()
            if key.startswith(f"{kind}-{source}")
        ]
        shares = [100 * share * 1.07 ** (place - 1.5) for share, _ in found]
        for share, (_, dark) in zip(shares, found, strict=True):
            panel.plot([share] * 2, [100 * end for end in dark["interval"]], color=colour, linewidth=1)
        means = [100 * dark["mean"] for _, dark in found]
        panel.plot(shares, means, "o-", color=colour, label=POORER_TITLES[kind], markersize=4)
    panel.set_xscale("log")
    panel.set_xlim((1.5, 2.7) if source == "synthetic" else (0.8, 12.5))
    panel.set_xticks([2] if source == "synthetic" else [1, 3, 10], labels=None)
    panel.xaxis.set_major_formatter("{x:g}")
    panel.minorticks_off()
    panel.grid(color="#dddddd", linewidth=0.6)
