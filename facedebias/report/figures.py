"""The picture of an audit: recall by group with intervals, models side by side."""

import math

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from facedebias.audit.audit import Audit, ModelResult

# Okabe and Ito's colours, told apart by colour-blind readers; yellow is too pale on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_PERCENT = 100.0
_DOTS_PER_INCH = 150
_LEGEND_WIDTH = 90  # characters that fit side by side


def recall_figure(audit: Audit) -> Figure:
    """Draws each group's recall and interval, the worst group on top.

    Dots rather than bars: a bar is read by its length, which means nothing unless the axis
    starts at 0, and from 0 the differences between good models cannot be seen.
    """
    num_models, num_groups = len(audit.models), len(audit.models[0].groups)
    height = 1.9 + num_groups * max(0.32, 0.16 * num_models)
    figure = Figure(figsize=(9.0, height), layout="constrained")
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
    figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
    return figure


def save(figure: Figure, path: str) -> None:
    """Writes a figure as PNG."""
    figure.savefig(path, dpi=_DOTS_PER_INCH)


def _draw_model(axes: Axes, model: ModelResult, order: list[int], index: int, num_models: int) -> None:
    colour, marker = _COLOURS[index % len(_COLOURS)], _MARKERS[index % len(_MARKERS)]
    step = min(0.22, 0.7 / num_models)
    offset = (index - (num_models - 1) / 2) * step
    recalls = [model.groups[group].recall for group in order]
    axes.errorbar(
        [recall.value * _PERCENT for recall in recalls],
        [place + offset for place in range(len(order))],
        xerr=[
            [(recall.value - recall.interval[0]) * _PERCENT for recall in recalls],
            [(recall.interval[1] - recall.value) * _PERCENT for recall in recalls],
        ],
        fmt=marker,
        color=colour,
        markersize=5,
        elinewidth=1.3,
        label=_legend_text(model),
    )
    axes.axvline(model.mean_recall.value * _PERCENT, color=colour, linestyle=":", linewidth=1, zorder=0)


def _legend_text(model: ModelResult) -> str:
    return f"{model.name} (mean {model.mean_recall.value:.1%})"


def _label_groups(axes: Axes, audit: Audit, order: list[int]) -> None:
    groups = audit.models[0].groups
    axes.set_yticks(range(len(order)), [f"{groups[i].name}  (n={groups[i].num_faces:,})" for i in order])
    axes.set_ylim(len(order) - 0.5, -0.5)
    for place in range(1, len(order), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="0.96", zorder=-1)


def _label_axis(axes: Axes, audit: Audit) -> None:
    lowest = min(group.recall.interval[0] for model in audit.models for group in model.groups)
    start = math.floor(lowest * 20) * 5  # the multiple of 5% below
    axes.set_xlim(start, 100 + (100 - start) * 0.02)
    where = f"the axis starts at {start}%; " if start else ""
    axes.set_xlabel(f"recall, % of the group's faces found ({where}dotted: mean of groups)", fontsize=9)
    axes.tick_params(labelsize=9)
    axes.grid(axis="x", color="0.85", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _worst_first(audit: Audit) -> list[int]:
    """Groups by their recall, averaged over the models."""
    num_groups = len(audit.models[0].groups)
    totals = [sum(model.groups[i].recall.value for model in audit.models) for i in range(num_groups)]
    return sorted(range(num_groups), key=totals.__getitem__)
