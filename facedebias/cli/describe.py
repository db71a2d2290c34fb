"""Prints what face files hold: how many pictures of what, in which parts, with which attributes.

facedebias describe data/train.h5 data/test.h5
facedebias describe --verify data/train.h5
"""

import sys
from collections.abc import Sequence

from absl import flags

from facedebias.cli.parsing import typed
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.text import visible

_VERIFY = flags.DEFINE_boolean(
    "verify", False, "Read each file whole and hold it against its checksums; exit with 1 if one is damaged."
)
ARGUMENTS = "FILE..."


def main(argv: Sequence[str]) -> None:
    """Describes each file named on the command line."""
    if len(argv) < 2:
        raise InputError(f"no file named; expected `{typed.program()} {ARGUMENTS}`.")
    if not _VERIFY.value:
        for path in argv[1:]:
            print(FaceDataset(path).describe())
        return
    damaged = [path for path in argv[1:] if not _is_whole(path)]
    if damaged:
        sys.exit(1)


def _is_whole(path: str) -> bool:
    """Describes a file and verifies it; says what is wrong with it, so that the next can follow."""
    try:
        dataset = FaceDataset(path)
        print(dataset.describe())
        dataset.verify(show_progress=True)
    except InputError as error:
        print(f"error: {visible(str(error))}", file=sys.stderr)
        return False
    print("  verified: everything is as it was written")
    return True
