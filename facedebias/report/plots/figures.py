"""The picture of an audit: recall by group with intervals, models side by side."""

import io
import math
import warnings
from typing import BinaryIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import ModelResult
from facedebias.text import Screen

# Okabe and Ito's colours, told apart by colour-blind readers; yellow is too pale on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_METRIC = "true_positive_rate"
_NOTHING = (float("nan"),) * 3
_PERCENT = 100.0
_DOTS_PER_INCH = 150
_LONGEST_NAME = 60
_LEGEND_WIDTH = 90  # characters that fit side by side


class ShownFigure(Figure):
    """A figure that notebooks show, whether or not they have loaded pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        save(self, buffer)
        return buffer.getvalue()


def recall_figure(audit: Audit) -> Figure:
    """Draws each group's recall and interval, the worst group on top.

    Dots rather than bars: a bar is read by its length, which means nothing unless the axis
    starts at 0, and from 0 the differences between good models cannot be seen.
    """
    num_models, num_groups = len(audit.models), len(audit.models[0].groups)
    height = 1.9 + num_groups * max(0.32, 0.16 * num_models)
    figure = ShownFigure(figsize=(9.0, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    order = _worst_first(audit)
    for index, model in enumerate(audit.models):
        _draw_model(axes, model, order, index, num_models)
    _label_groups(axes, audit, order)
    _label_axis(axes, audit)
    rule = audit.threshold_rule
    figure.suptitle(f"Recall by group, with 95% intervals\n{rule[0].upper() + rule[1:]}", fontsize=10)
    longest = max(len(_legend_text(model)) for model in audit.models)
    columns = min(num_models, max(1, _LEGEND_WIDTH // longest))
    legend = figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name may hold dollars
    return figure


def save(figure: Figure, path: str | BinaryIO) -> None:
    """Writes a figure as PNG."""
    with warnings.catch_warnings():
        # Of names in scripts that the font lacks; the page shows them with the reader's fonts.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(path, dpi=_DOTS_PER_INCH, format="png")


def _short(name: str) -> str:
    """A name that leaves room for what is drawn; the table has all of it."""
    return Screen().shortened(name, _LONGEST_NAME)


def legend_label(name: str) -> str:
    """A name that a legend shows: matplotlib leaves out those that begin with an underscore."""
    return f" {name}" if name.startswith("_") else name


def _draw_model(axes: Axes, model: ModelResult, order: list[int], index: int, num_models: int) -> None:
    colour, marker = _COLOURS[index % len(_COLOURS)], _MARKERS[index % len(_MARKERS)]
    step = min(0.22, 0.7 / num_models)
    offset = (index - (num_models - 1) / 2) * step
    points = [(place, *_recall(model, group)) for place, group in enumerate(order)]
    # A group without positives has no recall and no dot.
    places, values, lows, highs = np.array([p for p in points if np.isfinite(p[1])] or [(0, *_NOTHING)]).T
    axes.errorbar(
        values * _PERCENT,
        places + offset,
        xerr=[(values - lows) * _PERCENT, (highs - values) * _PERCENT],
        fmt=marker,
        color=colour,
        markersize=5,
        elinewidth=1.3,
        label=_legend_text(model),
    )
    if mean := model.main.means.get(_METRIC):
        axes.axvline(mean.value * _PERCENT, color=colour, linestyle=":", linewidth=1, zorder=0)


def _legend_text(model: ModelResult) -> str:
    mean = model.main.means.get(_METRIC)
    name = _short(model.name)
    return legend_label(f"{name} (mean {mean.value:.1%})" if mean else name)


def _recall(model: ModelResult, group: int) -> tuple[float, float, float]:
    """Value, low and high end; NaN where it is undefined."""
    recall = model.groups[group].metrics[_METRIC]
    return (recall.value, *(recall.interval or (np.nan, np.nan))) if recall else _NOTHING


def _label_groups(axes: Axes, audit: Audit, order: list[int]) -> None:
    groups = audit.models[0].groups
    names = [f"{_short(groups[i].name)}  (n={groups[i].num_rows:,})" for i in order]
    axes.set_yticks(range(len(order)), names, parse_math=False)
    axes.set_ylim(len(order) - 0.5, -0.5)
    for place in range(1, len(order), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="0.96", zorder=-1)


def _label_axis(axes: Axes, audit: Audit) -> None:
    lows = [_recall(model, group)[1] for model in audit.models for group in range(len(model.groups))]
    start = min(95, math.floor(np.nanmin([1.0, *lows]) * 20) * 5)  # the multiple of 5% below
    axes.set_xlim(start, 100 + (100 - start) * 0.02)
    where = f"the axis starts at {start}%; " if start else ""
    what = "faces" if audit.sample.is_detection else "positives"
    axes.set_xlabel(f"recall, % of the group's {what} found ({where}dotted: mean of groups)", fontsize=9)
    axes.tick_params(labelsize=9)
    axes.grid(axis="x", color="0.85", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _worst_first(audit: Audit) -> list[int]:
    """Groups by their recall, averaged over the models."""
    num_groups = len(audit.models[0].groups)
    totals = [np.nansum([_recall(model, i)[0] for model in audit.models]) for i in range(num_groups)]
    return sorted(range(num_groups), key=totals.__getitem__)
