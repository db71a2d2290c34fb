"""Trade-offs: which points are on the front, and what changed by how much."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy import stats

from facedebias.auditing.runs import Runs, Spread
from facedebias.report.plots import tradeoff

GAP = "equal_opportunity_difference"


def spread(*values):
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)), values)


def a_run(name, accuracies, gaps, recall):
    groups = {
        group: {"true_positive_rate": spread(rate, rate), "selection_rate": spread(0.5, 0.5)}
        for group, rate in recall.items()
    }
    return Runs(
        name, ("0", "1"), {"accuracy": spread(*accuracies)}, groups, {"accuracy": spread(0.6, 0.6)},
        {GAP: spread(*gaps)},
    )  # fmt: skip


RUNS = {
    "plain": a_run("plain", (0.78, 0.80), (0.30, 0.34), {"women": 0.9, "men": 0.6}),
    "group": a_run("group", (0.77, 0.78), (0.10, 0.12), {"women": 0.8, "men": 0.75}),
    "bad": a_run("bad", (0.76, 0.77), (0.20, 0.20), {"women": 0.85, "men": 0.65}),
}


def test_the_front_is_what_no_other_beats_in_both():
    assert tradeoff.pareto({"a": (0.3, 0.8), "b": (0.1, 0.78), "c": (0.2, 0.77)}) == ["a", "b"]
    # The same accuracy at a smaller gap beats; equal points do not beat each other.
    assert tradeoff.pareto({"a": (0.3, 0.8), "b": (0.2, 0.8)}) == ["b"]
    assert tradeoff.pareto({"a": (0.2, 0.8), "b": (0.2, 0.8)}) == ["a", "b"]


def test_changes_are_paired_by_seed():
    found = tradeoff.change(RUNS["group"].overall["accuracy"], RUNS["plain"].overall["accuracy"])
    # 77 - 78 and 78 - 80: a mean of -1.5 points with a standard error of 0.5.
    assert found.value == pytest.approx(-0.015)
    assert found.high - found.value == pytest.approx(0.005 * stats.t.ppf(0.975, 1))


def test_the_table_has_the_changes_and_the_front():
    lines = tradeoff.table(RUNS, "plain", [GAP]).splitlines()
    assert "equal opportunity gap, points" in lines[0] and len(lines) == 5
    plain, group, bad = (line.split(" | ") for line in lines[2:])
    assert plain[2] == plain[4] == "" and plain[0] == "| plain"
    assert group[2].startswith("-1.5 (") and group[4].startswith("-21.0 (")
    assert [row[-1] for row in (plain, group, bad)] == ["yes |", "yes |", " |"]


def test_a_gap_that_is_undefined_in_a_run_leaves_a_dash_and_no_mark():
    broken = replace(RUNS["bad"], differences={})
    lines = tradeoff.table(RUNS | {"bad": broken}, "plain", [GAP]).splitlines()
    assert lines[4].split(" | ")[3:5] == ["–", ""]
    figure = tradeoff.draw(RUNS | {"bad": broken}, [GAP], "Attractive by Male")
    labels = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert labels == {"plain", "group", "Pareto front"}


def test_every_group_s_gain_and_loss_is_shown():
    lines = tradeoff.group_table(RUNS, "plain").splitlines()
    assert lines[0].startswith("| mitigation | women: selected | women: TPR | women: FPR | men: selected")
    # FPR is not known of these.
    assert lines[2] == "| plain | 50.0 | 90.0 | – | 50.0 | 60.0 | – |"
    assert lines[3] == "| group | +0.0 | -10.0 | – | +0.0 | +15.0 | – |"


def test_the_picture_has_a_mark_a_run_and_the_front():
    figure = tradeoff.draw(RUNS, [GAP], "Attractive by Male")
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert set(labels) == {"plain", "group", "bad", "Pareto front"}
    runs = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_alpha() == 0.3]
    assert sorted(np.concatenate([line.get_xdata() for line in runs])) == pytest.approx(
        [10, 12, 20, 20, 30, 34]
    )
    low, high = axes.get_xlim()
    assert low < 11 and high > 32


def test_several_gaps_have_a_column_and_a_panel_each():
    odds = "equalized_odds_difference"
    more = {odds: spread(0.4, 0.5)}
    runs = {name: replace(one, differences=one.differences | more) for name, one in RUNS.items()}
    lines = tradeoff.table(runs, "plain", [GAP, odds]).splitlines()
    assert "| equal opportunity gap, points | change | equalized odds gap, points | change |" in lines[0]
    assert lines[3].split(" | ")[5].startswith("45.0 (") and lines[3].split(" | ")[6].startswith("+0.0 (")
    assert len({line.count("|") for line in lines}) == 1
    figure = tradeoff.draw(runs, [GAP, odds], "Attractive by Male")
    FigureCanvasAgg(figure).draw()
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "equal opportunity gap, points",
        "equalized odds gap, points",
    ]
    (legend,) = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    assert len(legend.get_texts()) == 4


def test_what_is_undefined_leaves_its_panel_empty_and_the_others_whole():
    odds = "equalized_odds_difference"
    only_plain = RUNS | {
        "plain": replace(RUNS["plain"], differences=RUNS["plain"].differences | {odds: spread(0.4, 0.5)})
    }
    figure = tradeoff.draw(only_plain, [GAP, odds], "Attractive by Male")
    low, high = figure.axes[0].get_ylim()
    assert low < 76 and high > 80  # all runs of the first panel, though the second has one mitigation
    figure = tradeoff.draw(RUNS, [GAP, odds], "Attractive by Male")
    assert [text.get_text() for text in figure.axes[1].texts] == ["undefined"]


def test_no_worst_group_where_none_has_enough_rows_leaves_a_dash():
    small = {name: replace(run, worst={}) for name, run in RUNS.items()}
    lines = tradeoff.table(small, "plain", [GAP]).splitlines()
    assert [line.split(" | ")[-2] for line in lines[2:]] == ["–", "–", "–"]
