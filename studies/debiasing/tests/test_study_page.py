"""docs/study.md and its tables say what the record says."""

import json
import re
from pathlib import Path

import pytest

from studies.debiasing import choosing, outcome, run_records, study, tested_groups
from studies.debiasing.datasets import CHOOSING, FPRS
from studies.debiasing.design import ASIDE, METHODS
from studies.debiasing.inside import latent_tables
from studies.debiasing.judging.markdown_tables import tables
from studies.debiasing.outcome import PLACES
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of

STUDY = Path(__file__).parents[1]
PAGE = (STUDY.parents[1] / "docs" / "study.md").read_text()
PLAIN_SETTINGS = {"0.1"}  # false positive rates, in percent


@pytest.fixture(scope="module")
def from_record():
    """All tables, made anew from the record alone."""
    records = RecordFile(STUDY / "records.jsonl")
    main, aside = (runs_of(methods, range(8), Path("nowhere"), records) for methods in (METHODS, ASIDE))
    main, aside = map(run_records.load_all, (main, study.whole(aside)))
    tests = {fpr: tested_groups.load(records, fpr) for fpr in FPRS}
    sha256 = {line["name"]: line["sha256"] for line in records.of_kind("test")}
    found = outcome.compare_all(main, aside, tests, sha256)
    judged = choosing.judge(main, tests[min(FPRS)][CHOOSING])
    return {"Recall on the choosing set": choosing.choice_table(judged), **tables(found)}


def test_tables_are_what_the_record_says(from_record):
    assert study.as_markdown(from_record) == (STUDY / "results" / "study.md").read_text()
    inside = json.loads((STUDY / "results" / "inside.json").read_text())
    assert latent_tables.table(inside) == (STUDY / "results" / "inside.md").read_text()


def test_every_figure_of_the_page_is_in_a_table():
    """A figure is a number with a decimal point."""
    known = "".join((STUDY / "results" / name).read_text() for name in ("study.md", "inside.md"))
    unknown = figures_in(PAGE) - figures_in(known) - PLAIN_SETTINGS
    assert not unknown


def figures_in(text):
    return set(re.findall(r"\d+\.\d+", text))


def test_rows_of_methods_are_those_of_the_table(from_record):
    rows = from_record[f"Recall on {PLACES[0]}"].splitlines()[2:]
    assert all(row in PAGE for row in rows)


def test_records_stay_small():
    for path in STUDY.glob("*.jsonl"):
        assert path.stat().st_size < 1_500_000
