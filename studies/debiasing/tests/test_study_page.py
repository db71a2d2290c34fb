"""docs/study.md and its tables say what the record says."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from studies.debiasing import choosing, run_records, tested_groups
from studies.debiasing.datasets import CHOOSING, FPRS
from studies.debiasing.design import DEBIASED, METHODS
from studies.debiasing.inside import latent_tables
from studies.debiasing.judging.recall_metrics import DARK
from studies.debiasing.outcome import PLACES
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of

STUDY = Path(__file__).parents[1]
PAGE = (STUDY.parents[1] / "docs" / "study.md").read_text()
PLAIN_SETTINGS = {"0.1"}  # false positive rates, in percent


@pytest.fixture(scope="module")
def records():
    return RecordFile(STUDY / "records.jsonl.xz")


@pytest.fixture(scope="module")
def main(records):
    return run_records.load_all(runs_of(METHODS, range(8), Path("nowhere"), records))


def section(title):
    """What stands below a heading of the tables."""
    return (STUDY / "results" / "study.md").read_text().split(f"## {title}\n\n")[1].split("\n## ")[0]


def test_the_choice_is_what_the_record_says(records, main):
    judged = choosing.judge(main, tested_groups.load(records, min(FPRS))[CHOOSING])
    assert choosing.choice_table(judged).strip() == section("Recall on the choosing set").strip()
    assert choosing.chosen(judged) == DEBIASED


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_recalls_are_what_the_record_says(records, main, place):
    """Means over seeds; their intervals take minutes, and `test_outcome` holds how these are made."""
    test = tested_groups.load(records, place.fpr)[place.test]
    table = {line.split(" | ")[0][2:]: line for line in section(f"Recall on {place}").splitlines()[2:]}
    for name, method in METHODS.items():
        own = [test.figures_of(test.recalls(run.scores(place.test))) for run in main if run.run.name == name]
        cells = [cell.split(" ")[0] for cell in table[method.title].split(" | ")[1:]]
        assert cells == [
            f"{100 * np.mean([one[what] for one in own]):.1f}" for what in ("mean", "worst", DARK)
        ]


def test_the_look_inside_is_what_the_record_says():
    inside = json.loads((STUDY / "results" / "inside.json").read_text())
    assert latent_tables.table(inside) == (STUDY / "results" / "inside.md").read_text()


def test_every_figure_of_the_page_is_in_a_table():
    """A figure is a number with a decimal point."""
    known = "".join((STUDY / "results" / name).read_text() for name in ("study.md", "inside.md"))
    unknown = figures_in(PAGE) - figures_in(known) - PLAIN_SETTINGS
    assert not unknown


def figures_in(text):
    return set(re.findall(r"\d+\.\d+", text))


def test_rows_of_methods_are_those_of_the_table():
    rows = section(f"Recall on {PLACES[0]}").strip().splitlines()[2:]
    assert len(rows) == len(METHODS) and all(row in PAGE for row in rows)


def test_records_stay_small():
    for path in STUDY.glob("*.jsonl*"):
        assert path.stat().st_size < 900_000
