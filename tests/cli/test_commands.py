"""The command `facedebias`: its list of commands, its answers to wrong words, and each command's help."""

import os
import subprocess
import sys

import pytest

import facedebias
from facedebias.cli import commands


def start(*words, **options):
    options = {"capture_output": True, "text": True, "check": False} | options
    return subprocess.run([sys.executable, "-m", "facedebias", *words], **options)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], []])
def test_the_commands_are_listed_with_a_line_each(words):
    found = start(*words)
    assert (found.returncode, found.stderr) == (0, "")
    for name, text in commands.COMMANDS.items():
        assert f"  {name:<12}{text}" in found.stdout.splitlines()
    assert list(commands.COMMANDS) == [
        "prepare", "describe", "train", "evaluate", "export", "compare", "detect", "thresholds",
    ]  # fmt: skip


def test_the_list_is_quick_since_it_loads_nothing():
    # As the installed script does it; what is imported decides how long it takes.
    program = (
        "import sys; sys.argv = ['facedebias', '--help']\n"
        "from facedebias.cli.commands import main\n"
        "try: main()\n"
        "except SystemExit: print(' '.join(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(found.stdout.splitlines()[-1].split())
    assert "facedebias.cli.commands" in loaded
    assert not loaded & {"tensorflow", "keras", "absl", "numpy", "pandas", "h5py", "matplotlib", "difflib"}


@pytest.mark.parametrize(
    "words", [["--version"], ["train", "--version"], ["evaluate", "--data=x", "--version"]]
)
def test_the_version(words):
    found = start(*words)
    assert (found.returncode, found.stdout, found.stderr) == (0, f"facedebias {facedebias.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["eval"], "eval: no such command. Did you mean evaluate?"),
        (["trian"], "trian: no such command. Did you mean train?"),
        (["dataset"], "dataset: no such command. Did you mean describe?"),
        (["threshold_groups"], "threshold_groups: no such command. Did you mean thresholds?"),
        (["help", "prepar"], "prepar: no such command. Did you mean prepare?"),
        (
            ["xyzzy"],
            "xyzzy: no such command; expected one of prepare, describe, train, evaluate, export, comp",
        ),
        (["--data=x", "train"], "--data=x: stands before the command; expected facedebias COMMAND --data=x."),
        (["x\ny"], "x\\ny: no such command"),
    ],
)
def test_a_wrong_command_is_one_line_with_the_likely_one(words, line):
    found = start(*words)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith(f"error: {line}")
    assert found.stderr.endswith(" See facedebias --help.\n")
    assert found.stderr.count("\n") == 1


def test_the_list_may_be_read_by_its_head():
    read, write = os.pipe()
    os.close(read)
    found = start("--help", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (found.returncode, found.stderr) == (141, "")


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_each_command_has_help_of_its_own(name):
    found = start(name, "--help")
    assert (found.returncode, found.stderr) == (0, "")
    assert f"usage: python -m facedebias {name}" in found.stdout
    # Nothing of absl's own, and no path or repr of Python.
    for foreign in ("--verbosity", "--helpfull", "logging", "['", "None", "repeat this option"):
        assert foreign not in found.stdout
    widest = max(found.stdout.splitlines(), key=len)
    assert len(widest) <= 100 or widest.startswith("  python -m"), widest
    examples = [line for line in found.stdout.splitlines() if line.startswith("  python -m facedebias")]
    assert examples and all(line.startswith(f"  python -m facedebias {name} ") for line in examples)


def test_help_of_a_command_by_the_word_help():
    assert start("help", "describe").stdout == start("describe", "--help").stdout


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["train.py"], "python train.py"),
        (["evaluate.py"], "python evaluate.py"),
        (["-m", "facedebias.prepare"], "python -m facedebias.prepare"),
        (["-m", "facedebias.compare"], "python -m facedebias.compare"),
        (["-m", "facedebias.detect"], "python -m facedebias.detect"),
        (["-c", "from facedebias.cli.commands import main; main()", "train"], "facedebias train"),
    ],
)
def test_a_command_is_named_as_it_was_typed(typed, shown):
    found = subprocess.run([sys.executable, *typed, "--help"], capture_output=True, text=True, check=True)
    assert f"usage: {shown} " in found.stdout
    wrong = subprocess.run([sys.executable, *typed, "--xyzzy"], capture_output=True, text=True, check=False)
    assert wrong.stderr == f"error: --xyzzy: no such flag. See {shown} --help.\n"
