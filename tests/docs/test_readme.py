"""The README is short, says what the records say, and its notebook runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SNIPPET = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)


def rows(text):
    """Cells of all table rows of a Markdown text, by their first cell; of several the first."""
    lines = re.findall(r"^\|(.+)\|$", text, flags=re.MULTILINE)
    cells = [[cell.strip() for cell in line.split("|")] for line in lines if set(line) - set("|-: ")]
    return {row[0]: row[1:] for row in reversed(cells)}


def record(name):
    """The text of a record, which lies with the scripts that wrote it."""
    (path,) = [path for folder in ("benchmarks", "studies") for path in (ROOT / folder).rglob(name)]
    return path.read_text()


def section(text, heading):
    """What stands below a heading of the second level."""
    return text.split(f"## {heading}\n")[1].split("\n## ")[0]


def value_and_interval(cell):
    """From "+0.3 (-0.5 to +1.2)"."""
    return re.fullmatch(r"(\S+) \((\S+ to \S+)\)", cell).groups()


def test_it_is_short():
    assert len(README.splitlines()) <= 120
    assert len([line for line in SNIPPET.splitlines() if line]) == 6
    # Name, purpose and a picture are on the first screen.
    assert "docs/report.png" in "".join(README.splitlines()[:15])


@pytest.mark.parametrize(
    ("question", "method", "reference"),
    [
        ("gets wrong", "DB-VAE, expected and own loss", "DB-VAE, even draws"),
        ("rare latents", "DB-VAE, max", "DB-VAE, even draws"),
        ("training faces are balanced", "CNN of equal cost, balanced faces (FairFace)", "CNN of equal cost"),
    ],
)
def test_what_was_found_of_the_worst_group(question, method, reference):
    differences = section(record("study.md"), f"Differences from {reference} on fairface_large at 0.1%")
    value, interval = value_and_interval(rows(differences)[method][0].split(" [")[0])
    (answer,) = [row for words, row in rows(README).items() if question in words]
    assert f"{value} points" in answer[0]
    assert answer[1] == interval


def test_what_was_found_of_an_attribute():
    found = rows(record("attractive.md"))
    (plain,) = [row for words, row in rows(README).items() if '"attractive"' in words]
    gap, interval = value_and_interval(found["plain"][2])
    assert f"by {gap} points" in plain[0]
    assert plain[1] == interval
    (mitigated,) = [row for words, row in rows(README).items() if "group DRO" in words]
    left, interval = value_and_interval(found["group_dro_positive"][2])
    cost, _ = value_and_interval(found["group_dro_positive"][1])
    assert f"{left} points are left, for {cost.removeprefix('-')} of accuracy" in mitigated[0]
    assert mitigated[1] == interval


@pytest.mark.parametrize(
    "heading",
    [
        *(
            f"Differences from {reference} on fairface_large at 0.1%"
            for reference in (
                "CNN of equal cost",
                *(f"DB-VAE, {way}" for way in ("even draws", "max", "hard faces")),
            )
        ),
        "Evenness on fairface_large at 0.1%",
        "Differences from CNN of equal cost on fairface at 1%",
    ],
)
def test_the_tables_of_results_are_what_the_study_wrote(heading):
    table = section(record("study.md"), heading).strip()
    assert table in (ROOT / "docs" / "results.md").read_text()


def test_the_notebook_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--faces", "synthetic:200", "--nonfaces", "synthetic:200", "--split", "train"]
    command = [sys.executable, "-m", "facedebias", "prepare", *words, "--output", "data/train.h5"]
    subprocess.run(command, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)})
    rng = np.random.default_rng(0)
    y_true = np.repeat([0, 1], 200)
    people = pd.DataFrame({"race": np.tile(["a", "b"], 200), "gender": np.repeat(["f", "m"] * 2, 100)})
    names = {"y_true": y_true, "y_score": 0.4 * y_true + rng.uniform(0, 0.6, 400), "people": people}
    exec(SNIPPET, names)  # noqa: S102
    assert len(names["audit"].by_group) >= 4
    assert (tmp_path / "reports" / "test" / "report.html").exists()
    assert (tmp_path / "checkpoints" / "dbvae" / "export" / "saved_model.pb").exists()
