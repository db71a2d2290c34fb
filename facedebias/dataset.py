"""Prints what face files hold: python -m facedebias.dataset FILE..."""

from collections.abc import Sequence

from facedebias import commands
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError


def main(argv: Sequence[str]) -> None:
    """Describes each file named on the command line."""
    if len(argv) < 2:
        raise InputError("no file named; expected `python -m facedebias.dataset FILE...`.")
    for path in argv[1:]:
        print(FaceDataset(path).describe())


if __name__ == "__main__":
    commands.run(main)
