"""Breaks inputs of every door: `python -m tests.chaos NUMBER [WORDS OF DOORS]`."""

import sys
import tempfile
import warnings
from pathlib import Path

from tests.chaos import input_doors
from tests.chaos.attacks import FAULTS, attack


def main() -> None:
    """Prints what came of the inputs, door by door."""
    number, words = int(sys.argv[1]), sys.argv[2:]
    warnings.simplefilter("ignore")
    num_faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for door in input_doors.doors(Path(folder)):
            if words and not any(word in door.name for word in words):
                continue
            tally = attack(door, number)
            print(tally, flush=True)
            for what, why in tally.faults[:6]:
                print(f"    {what}: {why}"[:1500], flush=True)
            num_faults += sum(tally.counts[kind] for kind in FAULTS)
    sys.exit(num_faults > 0)


if __name__ == "__main__":
    main()
