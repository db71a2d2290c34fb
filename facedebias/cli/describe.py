"""Prints what face files hold: how many pictures of what, in which parts, with which attributes.

facedebias describe data/train.h5 data/test.h5
"""

from collections.abc import Sequence

from facedebias.cli.parsing import typed
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError

ARGUMENTS = "FILE..."


def main(argv: Sequence[str]) -> None:
    """Describes each file named on the command line."""
    if len(argv) < 2:
        raise InputError(f"no file named; expected `{typed.program()} {ARGUMENTS}`.")
    for path in argv[1:]:
        print(FaceDataset(path).describe())
