"""Makes a face file of any size for measurements, half faces, half non-faces.

    python -m benchmarks.big_file --rows=110000 --output=data/big-110000.h5

A few hundred drawn pictures are repeated in a random order; with --sparse there are none at
all (a hole in the file, which reads as black and takes no disk), where only their number matters.
"""

from collections.abc import Sequence
from pathlib import Path

from absl import app, flags

from benchmarks.face_files import make_file

_ROWS = flags.DEFINE_integer("rows", 110_000, "Pictures to train on; a few for validation follow them.")
_OUTPUT = flags.DEFINE_string("output", None, "The file to make.", required=True)
_SPARSE = flags.DEFINE_boolean("sparse", False, "Reserve the pictures' place without writing any.")


def main(argv: Sequence[str]) -> None:
    """Makes the file."""
    make_file(Path(_OUTPUT.value), _ROWS.value, _SPARSE.value)


if __name__ == "__main__":
    app.run(main)
