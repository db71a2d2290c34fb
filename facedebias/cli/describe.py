"""Prints what face files hold: facedebias describe FILE..."""

from collections.abc import Sequence

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError


def main(argv: Sequence[str]) -> None:
    """Describes each file named on the command line."""
    if len(argv) < 2:
        raise InputError("no file named; expected `facedebias describe FILE...`.")
    for path in argv[1:]:
        print(FaceDataset(path).describe())
