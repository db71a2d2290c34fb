"""The tutorial runs from top to bottom, and is stored without outputs."""

import re
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PATH = ROOT / "docs" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(PATH, as_version=4)


def text_of(notebook, kind):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_it_is_valid_and_holds_no_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(cell.execution_count is None and cell.outputs == [] for cell in code)
    # Nothing of the machine that wrote it.
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert all(cell.metadata == {} for cell in notebook.cells)


def test_every_exercise_has_a_hidden_answer(notebook):
    text = text_of(notebook, "markdown")
    numbers = [int(number) for number in re.findall(r"\*\*Exercise (\d+)\.\*\*", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert text.count("<details><summary>Answer</summary>") == text.count("</details>") == len(numbers)


def test_it_says_what_the_lab_gets_wrong(notebook):
    text = text_of(notebook, "markdown")
    faults = ("BGR", "`eval()`", "255", "masks the classification", "batch normalization", "non-faces, too")
    for fault in faults:
        assert fault in text, fault


def test_it_runs(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Pictures and epochs enough for every cell, not for a result.
    monkeypatch.setenv("FACEDEBIAS_TUTORIAL_FACES", "200")
    monkeypatch.setenv("FACEDEBIAS_TUTORIAL_EPOCHS", "2")
    options = {"timeout": 600, "kernel_name": "python3", "resources": {"metadata": {"path": str(tmp_path)}}}
    nbclient.NotebookClient(nbformat.from_dict(notebook), **options).execute()
    assert (tmp_path / "tutorial" / "report" / "report.html").exists()
    assert (tmp_path / "tutorial" / "dbvae" / "export").is_dir()
