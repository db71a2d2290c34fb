"""What the documents say is what there is."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import performance_table

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


STUDY = (
    "choice", "methods-fairface", "methods-utkface", "differences-fairface", "differences-from-cnn-matched",
    "differences-from-dbvae-uniform", "differences-from-cnn-few", "small", "poorer", "poorer-together",
    "search", "again",
)  # fmt: skip


@pytest.mark.parametrize("name", STUDY)
def test_the_tables_of_the_study_are_what_it_wrote(name):
    table = (ROOT / "benchmarks" / "results" / f"study-{name}.md").read_text().strip()
    assert table in (ROOT / "docs" / "study.md").read_text()


def test_the_table_of_the_readme_is_the_study_s():
    table = (ROOT / "benchmarks" / "results" / "study-short.md").read_text().strip()
    assert table in (ROOT / "README.md").read_text()


def test_the_tables_of_performance_are_what_the_benchmarks_wrote():
    for name, table in performance_table.tables().items():
        assert table == (ROOT / "benchmarks" / "results" / f"performance-{name}.md").read_text()
        assert table.strip() in (ROOT / "docs" / "performance.md").read_text()


def test_the_tables_of_what_latents_know_are_what_the_benchmark_wrote():
    text = (ROOT / "benchmarks" / "results" / "study_inside.md").read_text()
    for table in text.strip().split("\n\n"):
        assert table in (ROOT / "docs" / "study.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r'(?<!")\]\(([^)#]+)[^)]*\)', document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_flags_named_in_the_documents_exist():
    sources = [*ROOT.glob("facedebias/cli/*.py"), *ROOT.glob("benchmarks/*.py")]
    defined = {flag for path in sources for flag in re.findall(r'DEFINE_\w+\(\s*"(\w+)"', path.read_text())}
    for document in DOCUMENTS:
        text = document.read_text()
        if document.name == "CHANGELOG.md":  # tables say what flags were called before
            text = re.sub(r"^\| [^|]* \|", "", text, flags=re.MULTILINE)
        named = set(re.findall(r"(?<![\w-])--([a-z_]+)", text)) - {"help", "logdir"}
        assert named <= defined, f"{document.name}: {named - defined}"


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
