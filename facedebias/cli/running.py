"""Runs a command-line module: turns the errors a user can mend into one line."""

import errno
import functools
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from absl import app, flags, logging

from facedebias import streams
from facedebias.errors import InputError
from facedebias.text import Screen, visible

# Conditions of the machine rather than of the program: worth a line, not a traceback.
_MACHINE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.EPERM}
_MACHINE_ERRORS |= {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO, errno.EMFILE}
# absl hands on what Python says of a value.
_PLAIN_WORDS = {
    r"^flag (--\w+)=None: Flag \1 must have a value other than None": r"\1: is required",
    r"^flag (?=--)": "",
    r"Unknown command line flag '(.*?)'\.": r"--\1: no such flag.",
    r"Did you mean: (.*?) \?": r"Did you mean \1?",
    r"could not convert string to float: .*": "expected a number",
    r"invalid literal for int\(\) with base 10: .*": "expected a whole number",
    r"\('Non-boolean argument to boolean flag', .*\)": "expected true or false",
    r"value should be one of <(.*)>": r"expected one of \1",
}
_HELP_FLAGS = {"-h", "-help", "--help", "--helpshort", "--helpfull"}


def run(main: Callable[[Sequence[str]], None]) -> NoReturn:
    """Parses the flags and calls `main(argv)`, then exits.

    The exit status is what `main` exits with, otherwise 0, 1 (bad input, or output that could not be
    written), 130 (Ctrl-C) or 141 (nobody reads the output to its end).
    """
    # TensorFlow's notes on this machine's processor are nothing a user can act on.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    output, errors = streams.guard()
    asks_for_help = not _HELP_FLAGS.isdisjoint(sys.argv[1:])
    _show_help_of(main)
    status: str | int | None = 0
    try:
        app.run(functools.partial(_guarded, main), flags_parser=_parse)
    except SystemExit as exit_request:
        # absl prints the help and then exits with 1, which a shell takes for a failure.
        status = 0 if asks_for_help and exit_request.code == 1 else exit_request.code
    output.flush()
    if output.failure is not None:
        failed = _output_failed(output.failure)
        status = status or failed
    errors.flush()
    sys.exit(status)


def _show_help_of(main: Callable[[Sequence[str]], None]) -> None:
    """Makes --help speak of the module that `main` is of, whatever script was started."""
    module = sys.modules[main.__module__]
    sys.modules["__main__"].__doc__ = module.__doc__
    for flag in flags.FLAGS.get_key_flags_for_module(module):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)


def refuse_arguments(argv: Sequence[str]) -> None:
    """Raises InputError if there are words that belong to no flag, as after a stray space."""
    if len(argv) > 1:
        raise InputError(f"'{argv[1]}' belongs to no flag; see {_program()} --help.")


def screen() -> Screen:
    """What standard output shows: as wide as a terminal is, otherwise as text files mostly are."""
    encoding = sys.stdout.encoding or Screen.encoding
    if not sys.stdout.isatty():
        return Screen(encoding=encoding)
    return Screen(shutil.get_terminal_size((Screen.width, 24)).columns, encoding)


def _parse(argv: Sequence[str]) -> list[str]:
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        text = " ".join(str(error).splitlines())
        for pattern, words in _PLAIN_WORDS.items():
            text = re.sub(pattern, words, text)
        _fail(f"{text}{'' if text.endswith(('.', '?')) else '.'} See {_program()} --help.")


def _program() -> str:
    """This command as it is typed."""
    spec = sys.modules["__main__"].__spec__
    if spec is None or spec.name == "facedebias.__main__":
        return sys.argv[0]
    return f"python -m {spec.name}"


def _guarded(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> None:
    if not flags.FLAGS["verbosity"].present:
        # absl lets through every note of TensorFlow on how it saves; --verbosity=0 still does.
        logging.set_verbosity(logging.WARNING)
    try:
        main(argv)
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in _MACHINE_ERRORS:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}; free or choose another place and run again.")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _output_failed(error: OSError) -> int:
    """Exit status for output that could not be written; says why, unless its reader has left."""
    if error.errno == errno.EPIPE:
        return streams.BROKEN_PIPE
    why = "is closed" if error.errno == errno.EBADF else f"cannot be written ({error.strerror or error})"
    _say(f"standard output: {why}, so the text is lost; send it elsewhere.")
    return 1


def _fail(message: str) -> NoReturn:
    _say(message)
    sys.exit(1)


def _say(message: str) -> None:
    print(f"error: {visible(message)}", file=sys.stderr)
