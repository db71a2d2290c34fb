"""Runs a command-line module: turns the errors a user can mend into one line."""

import errno
import functools
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import NoReturn

from absl import app, flags, logging

import facedebias
from facedebias import streams
from facedebias.cli.parsing import flag_errors, flag_files, help_page, typed
from facedebias.errors import InputError
from facedebias.safekeeping import machine_errors, stopping
from facedebias.text import Screen, visible

# Conditions of the machine rather than of the program are worth a line, not a traceback. Of a place:
_PLACE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.EPERM}
_PLACE_ERRORS |= {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO}
_NO_MEMORY = "there is not enough memory for this; give it less at a time, or end other programs."
_HELP_FLAGS = {"-h", "-help", "--help", "--helpshort"}
_ABSL_HELP_FLAGS = {"--helpfull", "--helpxml"}  # every flag there is, and for machines
_VERSION_FLAG = "--version"


def run(main: Callable[[Sequence[str]], None]) -> NoReturn:
    """Parses the flags and calls `main(argv)`, then exits.

    The exit status is what `main` exits with, otherwise 0, 1 (bad input, or output that could not be
    written), 141 (nobody reads the output to its end), or 128 + n where signal n stopped it: 130 for Ctrl-C,
    143 for SIGTERM, 129 for SIGHUP.
    """
    # TensorFlow's notes on this machine's processor are nothing a user can act on.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # A picture beyond the limit is refused in our own words.
    warnings.filterwarnings("ignore", "Image size .* exceeds limit")
    output, errors = streams.guard()
    status: str | int | None = 0
    try:
        _answer_or_run(main)
    except SystemExit as exit_request:
        status = exit_request.code
    sys.exit(streams.finish(output, errors, status))


def _answer_or_run(main: Callable[[Sequence[str]], None]) -> None:
    words = sys.argv[1:]
    if not _HELP_FLAGS.isdisjoint(words):
        print(help_page.text(main, min(screen().width, Screen.width)))
    elif _VERSION_FLAG in words and _VERSION_FLAG.removeprefix("--") not in flags.FLAGS:
        print(f"{typed.PACKAGE} {facedebias.__version__}")
    elif not _ABSL_HELP_FLAGS.isdisjoint(words):
        _show_help_of(main)
    else:
        app.run(functools.partial(_guarded, main), flags_parser=functools.partial(_parse, main))


def _show_help_of(main: Callable[[Sequence[str]], None]) -> NoReturn:
    """Prints help as absl does, of the module that `main` is of, whatever script was started."""
    module = sys.modules[main.__module__]
    sys.modules["__main__"].__doc__ = module.__doc__
    for flag in flags.FLAGS.get_key_flags_for_module(module):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)
    try:
        app.run(main)
    except SystemExit:  # absl exits with 1, which a shell takes for a failure
        sys.exit(0)


def refuse_arguments(argv: Sequence[str]) -> None:
    """Raises InputError if there are words that belong to no flag, as after a stray space."""
    if len(argv) > 1:
        raise InputError(f"'{argv[1]}' belongs to no flag; see {typed.program()} --help.")


def screen() -> Screen:
    """What standard output shows: as wide as a terminal is, otherwise as text files mostly are."""
    encoding = sys.stdout.encoding or Screen.encoding
    if not sys.stdout.isatty():
        return Screen(encoding=encoding)
    return Screen(shutil.get_terminal_size((Screen.width, 24)).columns, encoding)


def _parse(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> list[str]:
    try:
        return flags.FLAGS(flag_files.expanded(argv))
    except InputError as error:
        _fail(str(error))
    except flags.Error as error:
        own = flags.FLAGS.get_key_flags_for_module(sys.modules[main.__module__])
        _fail(flag_errors.explained(error, [flag.name for flag in own]))


def _guarded(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> None:
    if not flags.FLAGS["verbosity"].present:
        # absl lets through every note of TensorFlow on how it saves; --verbosity=0 still does.
        logging.set_verbosity(logging.WARNING)
    try:
        with stopping.raised():
            main(argv)
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno == errno.ENOMEM:
            _fail(_NO_MEMORY)
        if (way := _way_out(error.errno)) is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}; {way} and run again.")
    except MemoryError:
        _fail(_NO_MEMORY)
    except stopping.Stopped as stop:
        if not stop.told:
            print("interrupted" if stop.number == signal.SIGINT else f"stopped by {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _way_out(number: int | None) -> str | None:
    """What to do about an error of the machine; None of another error."""
    if number in _PLACE_ERRORS:
        return "free or choose another place"
    told = machine_errors.TOLD.get(number or 0)
    if told is None:
        return None
    way = told.partition(". ")[2]
    return f"{way[0].lower()}{way[1:]},"


def _fail(message: str) -> NoReturn:
    print(f"error: {visible(message)}", file=sys.stderr)
    sys.exit(1)
