"""What a user sees when a command is given wrongly; each command runs through `commands.run`."""

import subprocess
import sys

import pytest


def start(*arguments, **environment):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train.py"], "--data"),
        (["train.py", "--data=x", "--output=y", "--epochs=many"], "--epochs"),
        (["train.py", "--data=x", "--output=y", "--model=resnet"], "classifier|dbvae"),
        (["evaluate.py", "--data=x"], "--model"),
        (["evaluate.py", "--dta=x"], "dta"),
        (["evaluate.py", "--predictions"], "Missing value for flag --predictions. See evaluate.py --help."),
        (["-m", "facedebias.prepare"], "--output"),
        (["-m", "facedebias.dataset", "--nothing"], "nothing"),
        (["-m", "facedebias.detect", "photo.jpg"], "--model"),
        (["-m", "facedebias.detect", "--model=x", "--sizes=0.5", "--stride=wide", "photo.jpg"], "--stride"),
    ],
)
def test_a_wrong_flag_is_one_line_that_names_it_and_the_help(arguments, message):
    found = start(*arguments)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert found.stderr.startswith("error: ")
    assert message in found.stderr
    assert "--help" in found.stderr


@pytest.mark.parametrize(
    "command", [["train.py"], ["evaluate.py"], ["-m", "facedebias.prepare"], ["-m", "facedebias.detect"]]
)
def test_help_succeeds_and_names_units_and_defaults(command):
    found = start(*command, "--help")
    assert found.returncode == 0
    assert found.stderr == ""
    assert "default" in found.stdout


def test_a_fault_of_the_program_keeps_its_traceback():
    script = (
        "from facedebias import commands\n"
        "def main(argv): raise KeyError('bug')\n"
        "commands.run(main)"
    )  # fmt: skip
    found = start("-c", script)
    assert "Traceback" in found.stderr
    assert "KeyError: 'bug'" in found.stderr


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            "OSError(28, 'No space left on device', 'big.h5')",
            1,
            "error: big.h5: No space left on device; free",
        ),
        ("PermissionError(13, 'Permission denied', 'a.h5')", 1, "error: a.h5: Permission denied; free"),
        ("KeyboardInterrupt()", 130, "interrupted"),
    ],
)
def test_what_the_machine_or_the_user_stops_is_one_line(error, code, line):
    found = start("-c", f"from facedebias import commands\ndef main(argv): raise {error}\ncommands.run(main)")
    assert found.returncode == code
    assert found.stderr.startswith(line)
    assert found.stderr.count("\n") == 1
