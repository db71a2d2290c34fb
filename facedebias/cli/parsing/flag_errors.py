"""What absl says of wrong flags, in plain words."""

import difflib
import re
from collections.abc import Collection

from absl import flags

from facedebias.cli.parsing import typed
from facedebias.renamed import new_name

# absl hands on what Python says of a value.
_PLAIN_WORDS = {
    r"^flag (?=--)": "",
    r"^Missing value for flag (--\S+)": r"\1: expected a value, as \1=VALUE",
    r"could not convert string to float: .*": "expected a number",
    r"invalid literal for int\(\) with base 10: .*": "expected a whole number",
    r"\('Non-boolean argument to boolean flag', .*\)": "expected true or false",
    r"value should be one of <(.*)>": r"expected one of \1",
    r": \S+ is not an? (number|integer) in the range \[(.*), (.*)\]": r": expected a number from \2 to \3",
    r": \S+ is not an? (\S+) (number|integer)": r": expected a \1 \2",
    r": \S+ is not (number|integer) >= (.*)": r": expected a number of at least \2",
    r": \S+ is not (number|integer) <= (.*)": r": expected a number of at most \2",
}
_REQUIRED = re.compile(r"flag (--\w+)=None: Flag \1 must have a value other than None")


def explained(error: flags.Error, known: Collection[str]) -> str:
    """One sentence for an error of absl, and where the flags are listed.

    Args:
        error: what parsing the command line raised.
        known: names of the command's flags.
    """
    text = _said(error, known)
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {typed.program()} --help."


def _said(error: flags.Error, known: Collection[str]) -> str:
    if isinstance(error, flags.UnrecognizedFlagError):
        return _unknown(error.flagname, known)
    if missing := _REQUIRED.findall(str(error)):
        return f"{_and(missing)} {'is' if len(missing) == 1 else 'are'} required."
    text = " ".join(str(error).splitlines())
    for pattern, words in _PLAIN_WORDS.items():
        text = re.sub(pattern, words, text)
    return text


def _unknown(name: str, known: Collection[str]) -> str:
    if new := new_name(name, known):
        return f"--{name}: is called --{new} now."
    likely = difflib.get_close_matches(name, known, n=1)
    asks = f" Did you mean --{likely[0]}?" if likely else ""
    return f"--{name}: no such flag.{asks}"


def _and(words: Collection[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
