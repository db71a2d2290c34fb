"""docs/performance.md shows what the benchmarks measured."""

import re
from pathlib import Path

import pytest

from benchmarks import performance_table
from benchmarks.performance_figures import FIGURES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "performance.md").read_text()
RESULTS = ROOT / "benchmarks" / "results"
VERSIONS = {"2.21"}  # of TensorFlow


@pytest.mark.parametrize("title", performance_table.tables())
def test_tables_of_the_page_are_those_of_the_result_files(title):
    table = performance_table.tables()[title]
    assert table in (RESULTS / "performance.md").read_text()
    assert table in PAGE


def test_every_figure_of_the_page_is_in_a_table():
    """A figure is a number with a decimal point."""
    known = (RESULTS / "performance.md").read_text()
    known += (ROOT / "studies" / "training" / "results" / "batch_size_recall.md").read_text()
    assert figures_in(PAGE) - figures_in(known) <= VERSIONS


def figures_in(text):
    return set(re.findall(r"\d+\.\d+", text))


def test_tables_are_short_and_narrow():
    for table in performance_table.tables().values():
        lines = table.splitlines()
        assert len(lines) - 2 <= 10 and lines[0].count("|") - 1 <= 7


def test_what_was_asked_for_is_reached_but_where_the_page_says_less():
    below = set()
    for files in FIGURES.values():
        for name, figures in files.items():
            found = performance_table._read(name)["figures"]
            for figure, (_, target) in figures.items():
                if number := re.search(r"[\d.]+", target):
                    wanted, median = float(number[0]), found[figure]["median"]
                    is_most = "at most" in target or "below" in target or "," in target
                    if median > wanted if is_most else median < wanted:
                        below.add(figure)
    # By 0.4 points of a rate that varies by 25, by 5.5 MB, and by the default DB-VAE's second look at faces.
    assert below == {
        "dbvae_end_to_end_vs_bare_step",
        "anonymous_memory_growth_mb",
        "default_dbvae_vs_bare",
        "default_dbvae_vs_lab",
        "default_cnn_vs_bare",
    }
