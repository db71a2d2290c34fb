"""Names that hold newlines, escapes and wide letters, wherever a report shows them."""

import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from facedebias.auditing.thresholds import operating_points
from facedebias.report import tables, writer
from facedebias.report.shown import shown
from facedebias.text import Screen, columns
from tests.report.audits import make_audit, make_sample, make_scores

EVIL = "a\nb\x1b[31m\u202ec\u200b"
SEEN = r"a\nb\x1b[31m\u202ec\u200b"
LONG = "the-run-of-a-very-long-name-that-no-terminal-shows-whole/seed-"


@pytest.fixture(scope="module")
def evil_audit():
    sample = make_sample(skin=("dark", EVIL))
    return make_audit(sample=sample, models=[make_scores(sample, EVIL), make_scores(sample, "$x$ 女性|")])


@pytest.fixture(scope="module")
def report(evil_audit, tmp_path_factory):
    output = tmp_path_factory.mktemp("names") / "report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operating_points, "NUM_PLACES", 3)
        writer.write(evil_audit, output)
    return output


def test_no_file_for_people_holds_what_is_hidden(report):
    for path in report.iterdir():
        if path.suffix in {".md", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search("[\x1b\u202e\u200b]", text), path.name
            assert SEEN in text or path.name == "model_card_x_女性_.md", path.name
    lines = (report / "groups.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(list(csv.reader(lines)))
    page = (report / "report.html").read_text(encoding="utf-8")
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(data)["models"] == [SEEN, "$x$ 女性|"]
    assert SEEN in page.split("<script")[0]


def test_results_have_the_names_themselves(report):
    results = json.loads((report / "results.json").read_text())
    assert list(results["models"]) == [EVIL, "$x$ 女性|"]
    assert f"{EVIL} male" in results["models"][EVIL]["groups"]


def test_a_table_for_a_narrow_terminal_shortens_names_and_stays_aligned(evil_audit):
    sample = make_sample(skin=("dark", f"女性{LONG}"), nonfaces=150)
    models = [make_scores(sample, f"{LONG}{seed}", 1.0, seed) for seed in range(3)]
    audit = shown(make_audit(sample=sample, models=models))
    for width in (60, 80, 100, 140):
        text = tables.as_text(audit, Screen(width))
        header, *body = text.split("\n\n")
        lines = [part.splitlines() for part in body]
        assert max(columns(line) for part in lines for line in part) <= width
        # Every line of a table ends in the same column.
        assert all(len({columns(line) for line in part}) == 1 for part in lines)
        # Each model at the audit's own point and at its low one.
        assert sum(part[0].count("…") for part in lines) == 2 * 3
        assert [f"seed-{seed}" in text for seed in range(3)] == [True] * 3
        assert "threshold, score" in text
    assert LONG in tables.as_text(audit, Screen(400))


def test_names_that_would_become_the_same_stay_whole():
    names = [f"{'x' * 60}{middle}{'y' * 60}" for middle in "ab"]
    sample = make_sample()
    audit = make_audit(sample=sample, models=[make_scores(sample, name) for name in names])
    text = tables.as_text(audit, Screen(80))
    assert all(name in text for name in names)


def test_a_terminal_is_as_wide_as_it_says(tmp_path):
    lines = ["score,label,race"] + [f"0.{i % 10},{i % 2},{LONG}{i % 3}" for i in range(60)]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(lines))
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    command = [sys.executable, "evaluate.py", f"--predictions={path}", "--num_draws=100"]
    names = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(command, stdout=other, stderr=subprocess.PIPE, env=names)
    os.close(other)
    text = _read_all(main).replace("\r\n", "\n")
    assert (process.wait(), process.stderr.read()) == (0, b"")
    process.stderr.close()
    table = text.split("\n\n")[1].split("\n- ")[0]
    assert max(map(len, table.splitlines())) <= 60
    assert "seed-2" in table


def _read_all(terminal):
    parts = []
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", 0) as file:  # Linux ends with EIO
        while part := file.read(4096):
            parts.append(part)
    return b"".join(parts).decode()
