"""Where a result comes from: the command as it was typed, and the commit of this source only."""

import shutil
import subprocess
import sys

import pytest

from facedebias import provenance


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        (["/venv/bin/python3", "train.py", "--data", "a b.h5"], "python train.py --data 'a b.h5'"),
        (["python", "-m", "facedebias", "train"], "python -m facedebias train"),
        (
            ["/venv/bin/python", "/venv/bin/facedebias", "train", "--data=d.h5"],
            "facedebias train --data=d.h5",
        ),
        (["python"], "python"),
    ],
)
def test_the_command_is_what_was_typed(monkeypatch, started, typed):
    monkeypatch.setattr(sys, "orig_argv", started)
    assert provenance.typed_command() == typed


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_revision_is_of_the_repository_that_holds_the_source(tmp_path, monkeypatch):
    def git(*words):
        names = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run([shutil.which("git"), *names, *words], cwd=tmp_path, check=True, capture_output=True)

    source = tmp_path / "environment" / "provenance.py"
    source.parent.mkdir()
    source.write_text("")
    monkeypatch.setattr(provenance, "__file__", str(source))
    assert provenance.git_revision() is None  # no repository
    git("init")
    git("commit", "--allow-empty", "-m", "somebody else's")
    assert provenance.git_revision() is None  # a repository around an environment
    git("add", "environment/provenance.py")
    git("commit", "-m", "the source")
    assert len(provenance.git_revision()) == 40
    (tmp_path / "environment" / "provenance.py").write_text("changed")
    assert provenance.git_revision().endswith("-dirty")
