"""The record of the runs on blond hair, and the table that is made of it."""

from pathlib import Path

from studies.attributes import blond_records
from studies.attributes.cross_validation import as_markdown
from studies.harness.record_file import RecordFile

FOLDER = Path(__file__).parents[1]
METHODS = ("plain", "group", "group_dro", "loss")


def test_the_table_is_that_of_the_record():
    records = RecordFile(FOLDER / "blond_hair.jsonl")
    table = blond_records.compare_recorded(records, METHODS, num_seeds=1)
    assert as_markdown(table, blond_records.CELLS) == (FOLDER / "results" / "blond_hair.md").read_text()


def test_blond_men_are_as_few_as_is_said_and_everybody_is_tested_once():
    records = RecordFile(FOLDER / "blond_hair.jsonl")
    (pictures,) = records.of_kind("pictures")
    assert len(pictures["cells"]) == 10_000 and pictures["cells"].count("3") == 81
    for method in METHODS:
        tested = [records.run(method, fold)["num_tested"] for fold in range(5)]
        assert sum(tested) == 10_000
