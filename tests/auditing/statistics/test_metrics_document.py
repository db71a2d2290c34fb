"""docs/metrics.md and docs/intervals.md define every number by the name that the code gives it."""

import re
from pathlib import Path

import numpy as np
import pytest

from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import ALIASES, METRICS
from facedebias.auditing.statistics.power import chance_variance

DOCS = Path(__file__).parents[3] / "docs"
TEXT, INTERVALS = ((DOCS / f"{name}.md").read_text() for name in ("metrics", "intervals"))
BETTER = {True: "higher", False: "lower", None: "neither"}


@pytest.mark.parametrize("name", [*METRICS, *DISPARITIES, *ALIASES, "worst_group_accuracy", "mean_of_groups"])
def test_every_metric_is_defined(name):
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", ["chance", "detectable", "p_value", "p_value_holm", "leveled_down"])
def test_every_number_of_a_test_is_defined(name):
    assert f"`{name}`" in INTERVALS


@pytest.mark.parametrize("name", METRICS)
def test_the_better_end_is_as_in_the_code(name):
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{name}`"))
    cells = [cell.strip() for cell in row.split(" | ")]
    assert any(cell.strip(" |") == BETTER[METRICS[name].higher_is_better] for cell in cells)


@pytest.mark.parametrize("name", METRICS)
def test_figures_between_groups_stand_beside_their_metric(name):
    table = TEXT.partition("| metric | difference | ratio | variance |")[2]
    row = next(line for line in table.splitlines() if line.startswith(f"| `{name}`"))
    figures = [key for key, disparity in DISPARITIES.items() if disparity.metrics == (name,)]
    assert re.findall(r"`(\w+)`", row) == [name, *figures]


def test_the_example_of_chance_is_right():
    # (100^2 / 14) (13 / 14) x 14 x .95 x .05 / 150 = 2.94.
    assert f"chance = {chance_variance(0.95, np.full(14, 150)):.1f} %²" in INTERVALS
