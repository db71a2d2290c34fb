"""What mitigations give and what they cost: a table, changes of every group, and a picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from facedebias.auditing.runs import Runs, Spread
from facedebias.report.formats import markdown
from facedebias.report.plots.figures import legend_label

ACCURACY = "accuracy"
_RATES = {"selection_rate": "selected", "true_positive_rate": "TPR", "false_positive_rate": "FPR"}
_LEVEL = 0.95
_UNDEFINED = "–"  # in some run, as a rate that nothing is shared out by
# Okabe and Ito's colours, which colour-blind readers can tell apart, and marks for those who cannot.
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#777777")
_MARKS = "osD^vPX"  # one fewer, so that 56 pairs differ


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its 95% interval (Student's t; says nothing of other test pictures)."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Mean":
        """From a value a seed, at least two."""
        mean, count = float(np.mean(values)), len(values)
        error = float(np.std(values, ddof=1)) / np.sqrt(count)
        reach = float(stats.t.ppf((1 + _LEVEL) / 2, count - 1)) * error
        return cls(mean, mean - reach, mean + reach)

    @classmethod
    def of_shares(cls, values: Sequence[float]) -> "Mean":
        """The same of values from 0 to 1, which the interval stays in."""
        mean = cls.of(values)
        return cls(mean.value, max(mean.low, 0.0), min(mean.high, 1.0))

    def text(self, sign: str = "") -> str:
        """In percent, or points: "12.3 (10.1 to 14.5)"."""
        value, low, high = (f"{100 * x:{sign}.1f}" for x in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"


def change(mine: Spread, plain: Spread) -> Mean:
    """Of a figure, paired by seed."""
    return Mean.of(np.subtract(mine.values, plain.values).tolist())


def pareto(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names of points (gap, accuracy) that no other beats in both, by falling gap."""
    best = [
        name
        for name, (gap, accuracy) in points.items()
        if not any(
            (g <= gap and a >= accuracy) and (g < gap or a > accuracy)
            for other, (g, a) in points.items()
            if other != name
        )
    ]
    return sorted(best, key=lambda name: -points[name][0])


def _points(runs: Mapping[str, Runs], gap: str) -> dict[str, tuple[float, float]]:
    return {
        name: (one.differences[gap].mean, one.overall[ACCURACY].mean)
        for name, one in runs.items()
        if gap in one.differences
    }


def _title(gap: str) -> str:
    return f"{gap.removesuffix('_difference').replace('_', ' ')} gap, points"


def table(runs: Mapping[str, Runs], plain: str, gaps: Sequence[str]) -> str:
    """Accuracy, gaps and worst group of each, and what changed against the plain one, in Markdown.

    Args:
        runs: of each mitigation, with the same seeds.
        plain: the one that the others are compared with.
        gaps: figures between groups by their names in results.json; the first makes the front.
    """
    front = pareto(_points(runs, gaps[0]))
    head = ["mitigation", "accuracy, %", "change, points"]
    for gap in gaps:
        head += [_title(gap), "change"]
    head += ["worst group's accuracy, %", f"on the front of the {_title(gaps[0]).partition(',')[0]}"]
    rows = [head]
    for name, one in runs.items():
        cells = [name]
        for figures in (
            {n: r.overall.get(ACCURACY) for n, r in runs.items()},
            *({n: r.differences.get(gap) for n, r in runs.items()} for gap in gaps),
        ):
            mine, theirs = figures[name], figures[plain]
            cells.append(Mean.of_shares(mine.values).text() if mine else _UNDEFINED)
            is_other = name != plain
            cells.append(change(mine, theirs).text("+") if is_other and mine and theirs else "")
        worst = one.worst.get(ACCURACY)  # none where no group has enough rows
        cells.append(Mean.of_shares(worst.values).text() if worst else _UNDEFINED)
        cells.append("yes" if name in front else "")
        rows.append(cells)
    return markdown.table(rows, num_left=1)


def group_table(runs: Mapping[str, Runs], plain: str) -> str:
    """What each group gained and lost: rates of the plain model, and changes in points, in Markdown."""
    groups = list(runs[plain].groups)
    head = [f"{group}: {short}" for group in groups for short in _RATES.values()]
    rows = [["mitigation", *head]]
    for name, one in runs.items():
        cells = []
        for group in groups:
            for rate in _RATES:
                mine, theirs = one.groups[group].get(rate), runs[plain].groups[group].get(rate)
                if mine is None or theirs is None:
                    cells.append(_UNDEFINED)
                elif name == plain:
                    cells.append(f"{100 * mine.mean:.1f}")
                else:
                    cells.append(f"{100 * (mine.mean - theirs.mean):+.1f}")
        rows.append([name, *cells])
    return markdown.table(rows, num_left=1)


def draw(runs: Mapping[str, Runs], gaps: Sequence[str], what: str) -> Figure:
    """Accuracy against each gap: a small mark a run, a large one the mean with its interval, the front.

    Args:
        runs: of each mitigation.
        gaps: as in `table`; a panel each.
        what: target, groups and seeds, for the title.
    """
    styles = {
        name: (_COLOURS[number % len(_COLOURS)], _MARKS[number % len(_MARKS)])
        for number, name in enumerate(runs)
    }
    with mpl.rc_context(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.parse_math": False,  # a name may hold dollars
        }
    ):
        figure = Figure(figsize=(4.0 + 4.0 * len(gaps), 4.6), layout="constrained", dpi=130)
        panels = figure.subplots(1, len(gaps), sharey=True, squeeze=False)[0]
        for axes, gap in zip(panels, gaps, strict=True):
            _draw_panel(axes, runs, gap, styles)
        drawn = {name for gap in gaps for name in _points(runs, gap)}
        _limit(panels[0].set_ylim, [runs[name].overall[ACCURACY] for name in drawn])
        panels[0].set_ylabel("accuracy, %")
        figure.suptitle(f"{what}; bars: 95% over seeds", fontsize=9, x=0.01, ha="left")
        handles = {
            label: handle
            for axes in panels
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        panels[-1].legend(
            handles.values(), handles, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5)
        )
    return figure


def _draw_panel(
    axes: Axes, runs: Mapping[str, Runs], gap: str, styles: Mapping[str, tuple[str, str]]
) -> None:
    axes.set_xlabel(_title(gap))
    points = _points(runs, gap)
    if not points:
        axes.text(0.5, 0.5, "undefined", transform=axes.transAxes, ha="center")
        return
    for name in points:
        colour, mark = styles[name]
        gaps, accuracies = runs[name].differences[gap].values, runs[name].overall[ACCURACY].values
        x, y = Mean.of_shares(gaps), Mean.of_shares(accuracies)
        axes.plot(100 * np.array(gaps), 100 * np.array(accuracies), mark, color=colour, alpha=0.3, ms=4)
        axes.errorbar(
            100 * x.value,
            100 * y.value,
            xerr=[[100 * (x.value - x.low)], [100 * (x.high - x.value)]],
            yerr=[[100 * (y.value - y.low)], [100 * (y.high - y.value)]],
            fmt=mark,
            color=colour,
            ms=7,
            elinewidth=0.8,
            label=legend_label(name),
        )
    front = np.array([points[name] for name in pareto(points)])
    axes.plot(*(100 * front.T), "--", color="#777777", linewidth=1, zorder=0, label="Pareto front")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    _limit(axes.set_xlim, [runs[name].differences[gap] for name in points])


def _limit(setter: Callable[[float, float], object], figures: Sequence[Spread]) -> None:
    """Shows all runs. Intervals of few seeds are wide: they do not decide what is shown."""
    if not figures:
        return
    values = 100 * np.array([figure.values for figure in figures])
    margin = max(0.1 * float(np.ptp(values)), 1.0)
    setter(max(values.min() - margin, -1.0), min(values.max() + margin, 101.0))
