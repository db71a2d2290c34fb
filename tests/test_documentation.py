"""What the documents say is what there is."""

import json
from pathlib import Path

import pytest

from benchmarks import performance_table

ROOT = Path(__file__).parents[1]


STUDY = (
    "choice", "methods-fairface", "methods-utkface", "differences-fairface", "differences-from-cnn-matched",
    "differences-from-dbvae-uniform", "differences-from-cnn-few", "small", "poorer", "poorer-together",
    "search", "again",
)  # fmt: skip


@pytest.mark.parametrize("name", STUDY)
def test_the_tables_of_the_study_are_what_it_wrote(name):
    table = (ROOT / "benchmarks" / "results" / f"study-{name}.md").read_text().strip()
    assert table in (ROOT / "docs" / "study.md").read_text()


def test_the_tables_of_performance_are_what_the_benchmarks_wrote():
    for name, table in performance_table.tables().items():
        assert table == (ROOT / "benchmarks" / "results" / f"performance-{name}.md").read_text()
        assert table.strip() in (ROOT / "docs" / "performance.md").read_text()


def test_the_tables_of_intervals_are_what_the_benchmark_wrote():
    text = (ROOT / "benchmarks" / "results" / "interval_coverage.md").read_text()
    tables = text.strip().split("\n\n")
    beginnings = {
        "| gap in recall | interval holds it, % | before |": "metrics",  # of unequal groups first
        "| groups | detectable gap, points |": "metrics",
        "| interval in closed form |": "evaluation",
        "| TPR difference of two models, its change |": "evaluation",
    }
    for beginning, page in beginnings.items():
        table = next(table for table in tables if table.startswith(beginning))
        assert table in (ROOT / "docs" / f"{page}.md").read_text()


def test_the_tables_of_what_latents_know_are_what_the_benchmark_wrote():
    text = (ROOT / "benchmarks" / "results" / "study_inside.md").read_text()
    for table in text.strip().split("\n\n"):
        assert table in (ROOT / "docs" / "study.md").read_text()


def test_base_rates_are_what_the_benchmark_wrote():
    table = (ROOT / "benchmarks" / "results" / "base_rates.md").read_text().strip()
    assert table in (ROOT / "docs" / "choosing-a-metric.md").read_text()


def test_how_the_lab_s_rule_differs_is_what_the_benchmark_wrote():
    table = (ROOT / "benchmarks" / "results" / "lab_rule.md").read_text().strip()
    assert table in (ROOT / "docs" / "training.md").read_text()


def test_what_a_million_rows_cost_is_what_was_measured():
    figures = json.loads((ROOT / "benchmarks" / "results" / "million_rows.json").read_text())["figures"]
    text = " ".join((ROOT / "docs" / "performance.md").read_text().split())
    audit, report = (
        figures[f"million_rows_{name}_cpu_seconds"]["median"] for name in ("audit", "audit_and_report")
    )
    memory = figures["million_rows_audit_memory"]["median"]
    assert f"in {audit:.1f} CPU seconds and {memory:.1f} GiB, with the report in {report:.1f} s" in text
    # What was asked for of the audit.
    assert audit < 10
    assert memory < 1
