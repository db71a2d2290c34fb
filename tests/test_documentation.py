"""What the documents say is what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


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


def test_base_rates_are_what_the_benchmark_wrote():
    table = (ROOT / "studies" / "attributes" / "results" / "base_rates.md").read_text().strip()
    assert table in (ROOT / "docs" / "choosing-a-metric.md").read_text()


def test_the_tables_of_mitigations_are_what_was_written():
    documents = (ROOT / "README.md").read_text() + (ROOT / "docs" / "mitigation.md").read_text()
    for name in ("blond_hair", "attractive", "attractive-val"):
        text = (ROOT / "studies" / "attributes" / "results" / f"{name}.md").read_text()
        first, *others = [part.strip() for part in text.split("\n\n") if part.startswith("|")]
        assert first in documents
        assert name == "attractive-val" or all(table in documents for table in others)


def test_how_the_lab_s_rule_differs_is_what_the_benchmark_wrote():
    table = (ROOT / "studies" / "training" / "results" / "lab_rule.md").read_text().strip()
    assert table in (ROOT / "docs" / "training.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r'(?<!")\]\(([^)#]+)[^)]*\)', document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_flags_named_in_the_documents_exist():
    folders = ("facedebias/cli", "benchmarks", "studies", "docs")
    sources = [path for folder in folders for path in ROOT.joinpath(folder).rglob("*.py")]
    defined = {flag for path in sources for flag in re.findall(r'DEFINE_\w+\(\s*"(\w+)"', path.read_text())}
    for document in DOCUMENTS:
        named = set(re.findall(r"(?<![\w-])--([a-z_]+)", document.read_text())) - {"help", "logdir"}
        assert named <= defined, f"{document.name}: {named - defined}"
