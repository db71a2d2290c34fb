"""What a user sees when a command is given wrongly; each command runs through `running.run`."""

import os
import subprocess
import sys

import pytest


def start(*arguments, **options):
    options = {"capture_output": True, "text": True, "check": False} | options
    return subprocess.run([sys.executable, *arguments], **options)


def script(body):
    """A command of one function, as an argument of Python."""
    return f"import sys\nfrom facedebias.cli import running\ndef main(argv):\n    {body}\nrunning.run(main)"


def environment(**names):
    return {**os.environ, **names}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train.py"], "--data"),
        (["train.py", "--data=x", "--output=y", "--epochs=many"], "--epochs"),
        (["train.py", "--data=x", "--output=y", "--model=resnet"], "classifier|dbvae"),
        (["evaluate.py", "--data=x"], "--model"),
        (["evaluate.py", "--dta=x"], "dta"),
        (["evaluate.py", "--predictions"], "--predictions: expected a value, as --predictions=VALUE."),
        (["-m", "facedebias.prepare"], "--output"),
        (["-m", "facedebias", "describe", "--nothing"], "nothing"),
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
    ("flag", "words"),
    [
        ("--fpr=abc", "--fpr=abc: expected a number."),
        ("--seed=1.5", "--seed=1.5: expected a whole number."),
        ("--per_group=maybe", "--per_group=maybe: expected true or false."),
        ("--group=race", "--group: no such flag. Did you mean --groups?"),
        ("--foo", "--foo: no such flag."),
        ("--threshold=0.5,low", "--threshold=low: expected a number."),
        ("--output_kind=x", "--output_kind=x: expected one of logit|probability|percent|score."),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(flag, words):
    assert start("evaluate.py", flag).stderr == f"error: {words} See python evaluate.py --help.\n"


def test_a_module_is_named_as_it_is_called():
    found = start("-m", "facedebias.prepare")
    assert found.stderr == "error: --output is required. See python -m facedebias.prepare --help.\n"


def test_all_missing_flags_are_named_at_once():
    needs = "--data, --target, --groups and --output are required."
    assert start("-m", "facedebias", "compare").stderr.startswith(f"error: {needs} See ")
    assert start("-m", "facedebias", "train").stderr.startswith(
        "error: --data and --output are required. See "
    )


@pytest.mark.parametrize(
    ("command", "old", "new"),
    [
        ("compare", "--gap=equalized_odds", "--gap: is called --max_gap now."),
        ("compare", "--workdir=runs", "--workdir: is called --runs now."),
        ("train", "--protected=race", "--protected: is called --groups now."),
        ("train", "--soften=0.1", "--soften: is called --blur now."),
        ("train", "--nostandardized", "--nostandardized: is called --nostandardize now."),
        ("train", "--workdir=run", "--workdir: is called --output now."),
        ("evaluate", "--protected=race", "--protected: is called --groups now."),
        ("prepare", "--gap=1", "--gap: no such flag."),
    ],
)
def test_the_error_for_an_old_name_says_the_new_one(command, old, new):
    found = start("-m", "facedebias", command, old)
    assert found.stderr == f"error: {new} See python -m facedebias {command} --help.\n"


def test_a_fault_of_the_program_keeps_its_traceback():
    script = (
        "from facedebias.cli import running\n"
        "def main(argv): raise KeyError('bug')\n"
        "running.run(main)"
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
        (
            "OSError(24, 'Too many open files')",
            1,
            "error: Too many open files; have the limit raised, and run",
        ),
        (
            "OSError(116, 'Stale file handle', 'a.h5')",
            1,
            "error: a.h5: Stale file handle; mount the disk again",
        ),
        ("OSError(12, 'Cannot allocate memory')", 1, "error: there is not enough memory for this"),
        ("MemoryError()", 1, "error: there is not enough memory for this"),
        ("KeyboardInterrupt()", 130, "interrupted"),
    ],
)
def test_what_the_machine_or_the_user_stops_is_one_line(error, code, line):
    found = start(
        "-c", f"from facedebias.cli import running\ndef main(argv): raise {error}\nrunning.run(main)"
    )
    assert found.returncode == code
    assert found.stderr.startswith(line)
    assert found.stderr.count("\n") == 1


SPEAKS = "print('x' * 100_000)"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (SPEAKS, 141),  # 128 + SIGPIPE, as of a command that the signal ends
        (f"{SPEAKS}; sys.exit(3)", 3),
        ("raise SystemExit(0)", 0),
    ],
)
def test_a_closed_pipe_is_quiet_and_keeps_the_exit_status(body, status, unbuffered):
    read, write = os.pipe()
    os.close(read)
    names = environment(PYTHONUNBUFFERED=unbuffered)
    options = {"capture_output": False, "stdout": write, "stderr": subprocess.PIPE, "env": names}
    found = start("-c", script(body), **options)
    os.close(write)
    assert (found.returncode, found.stderr) == (status, "")


def test_everything_is_done_although_nobody_reads(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = tmp_path / "done"
    body = f"{SPEAKS}; sys.stdout.flush(); open({str(done)!r}, 'w').close()"
    options = {"capture_output": False, "stdout": write, "stderr": write}
    assert start("-c", script(body), **options).returncode == 141
    os.close(write)
    assert done.exists()


def test_help_may_be_read_by_its_head():
    read, write = os.pipe()
    os.close(read)
    options = {"capture_output": False, "stdout": write, "stderr": subprocess.PIPE}
    found = start("evaluate.py", "--help", **options)
    os.close(write)
    assert (found.returncode, found.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, as Linux has it")
@pytest.mark.parametrize(("body", "status"), [(SPEAKS, 1), (f"{SPEAKS}; sys.exit(3)", 3)])
def test_a_full_device_is_one_line(body, status):
    with open("/dev/full", "w") as full:
        options = {"capture_output": False, "stdout": full, "stderr": subprocess.PIPE}
        found = start("-c", script(body), **options)
    expected = "error: standard output: cannot be written (No space left on device), so the text is lost; "
    assert (found.returncode, found.stderr) == (status, f"{expected}send it elsewhere.\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed, tmp_path):
    # What is opened next must not get the number of a closed stream, and the text with it.
    kept = tmp_path / "kept"
    said = "print('text'); print('text', file=sys.stderr)"
    body = f"f = open({str(kept)!r}, 'w'); {said}; f.write('own'); f.close()"
    command = f'exec {sys.executable} -c "$0" {closed}'
    found = subprocess.run(
        ["/bin/sh", "-c", command, script(body)], capture_output=True, text=True, check=False
    )
    is_lost = ">&-" in closed.split()
    assert found.returncode == is_lost
    assert kept.read_text() == "own"
    if is_lost:
        line = "error: standard output: is closed, so the text is lost; send it elsewhere.\n"
        assert found.stderr == ("" if "2>&-" in closed else f"text\n{line}")
    else:
        assert found.stdout == "text\n"


@pytest.mark.parametrize(
    "names",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_characters_that_a_terminal_lacks_are_escaped(names):
    body = "print(chr(0x5973)); print(chr(0x5973), file=sys.stderr)"
    found = start("-c", script(body), env=environment(**names))
    assert (found.returncode, found.stdout, found.stderr) == (0, "\\u5973\n", "\\u5973\n")


def test_an_error_is_one_line_whatever_the_name_holds():
    found = start("evaluate.py", "--predictions=no\nsuch\x1b[31m\u202efile.csv")
    assert found.returncode == 1
    assert found.stderr.startswith(r"error: no\nsuch\x1b[31m\u202efile.csv: cannot be read")
    assert found.stderr.count("\n") == 1
    stray = start("evaluate.py", "stray\nword")
    assert stray.stderr == "error: 'stray\\nword' belongs to no flag; see python evaluate.py --help.\n"


def test_a_name_that_is_too_long_for_the_disk_is_one_line():
    found = start("-m", "facedebias", "describe", "x" * 300)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
