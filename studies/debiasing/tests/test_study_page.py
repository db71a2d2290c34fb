"""docs/study.md and its tables say what the record says."""

import json
import re
from pathlib import Path

import pytest

from studies.debiasing import choosing, outcome, run_records, study, tested_groups
from studies.debiasing.design import METHODS, POORER
from studies.debiasing.inside import latent_tables
from studies.debiasing.judging.markdown_tables import tables
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of

STUDY = Path(__file__).parents[1]
PAGE = (STUDY.parents[1] / "docs" / "study.md").read_text()
PLAIN_SETTINGS = {"0.1"}  # false positive rates, in percent


@pytest.fixture(scope="module")
def from_record():
    """All tables, made anew from the record alone."""
    records = RecordFile(STUDY / "records.jsonl")
    main, poorer = (
        run_records.load_all(runs_of(methods, range(seeds), Path("nowhere"), records))
        for methods, seeds in ((METHODS, 8), (POORER, 4))
    )
    sha256 = {line["name"]: line["sha256"] for line in records.of_kind("test")}
    found = outcome.compare_all(main, poorer, tested_groups.load(records), sha256)
    judged = choosing.judge(main)
    return {"Recall on validation": choosing.choice_table(judged), **tables(found)}


def test_tables_are_what_the_record_says(from_record):
    assert study.as_markdown(from_record) == (STUDY / "results" / "study.md").read_text()
    inside = json.loads((STUDY / "results" / "inside.json").read_text())
    assert latent_tables.table(inside) == (STUDY / "results" / "inside.md").read_text()


def test_every_figure_of_the_page_is_in_a_table(from_record):
    """A figure is a number with a decimal point."""
    known = study.as_markdown(from_record) + (STUDY / "results" / "inside.md").read_text()
    unknown = figures_in(PAGE) - figures_in(known) - PLAIN_SETTINGS
    assert not unknown


def figures_in(text):
    return set(re.findall(r"\d+\.\d+", text))


def test_rows_of_methods_are_those_of_the_table(from_record):
    rows = from_record["Recall on fairface"].splitlines()[2:]
    assert all(row in PAGE for row in rows)


def test_the_record_stays_small():
    assert (STUDY / "records.jsonl").stat().st_size < 300_000
