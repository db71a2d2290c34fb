"""Kills commands anywhere, again and again: `python -m tests.chaos.kills NUMBER [WORDS OF THEIR NAMES]`.

Beside that each is started twice at once, and runs out of disk where this process may mount; trainings
find their files damaged and their data changed.
"""

import dataclasses
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.kills import mishaps
from tests.chaos.kills.killing import kill
from tests.chaos.kills.lives import Lives, Tally
from tests.chaos.kills.serving import Server
from tests.chaos.kills.works import Work, make_inputs, works

_CHANGED = "changed.h5"


def main() -> None:
    """Prints what came of it, command by command."""
    number, words = int(sys.argv[1]), sys.argv[2:]
    totals: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as name, Server() as server:
        folder = Path(name).resolve()
        (folder / "inputs").mkdir()
        make_inputs(folder / "inputs", server)
        chosen = [work for work in works(folder / "inputs") if _is_asked_for(work, words)]
        if not mishaps.may_mount():
            print("full disks: left out, as this process may not mount any")
        for work in chosen:
            share = max(1, round(number * work.share / sum(each.share for each in chosen)))
            start = time.monotonic()
            for tally in _all_of(server, work, folder, share):
                print(f"{tally} ({time.monotonic() - start:.0f} s)", *tally.faults, sep="\n    ", flush=True)
                totals.setdefault(tally.what, Tally("all", tally.what)).add(tally)
                start = time.monotonic()
    print(*totals.values(), sep="\n")
    sys.exit(not all(tally.is_fine for tally in totals.values()))


def _is_asked_for(work: Work, words: list[str]) -> bool:
    return not words or any(word in work.name for word in words)


def _all_of(server: Server, work: Work, folder: Path, number: int) -> Iterator[Tally]:
    """Kills, and about half as many other mishaps."""
    lives = Lives(server, work, folder / "lives")
    yield kill(lives, number, seed=0)
    yield mishaps.two_at_once(lives)
    few = max(1, number // 8)
    if mishaps.may_mount():
        yield mishaps.fill_disk(lives, few, seed=0)
    if work.words[0] == "train":
        yield mishaps.damage(lives, 2 * few, seed=0)
        yield _changed(server, work, folder, few)


def _changed(server: Server, work: Work, folder: Path, number: int) -> Tally:
    whole, data = folder / "inputs/train.h5", folder / _CHANGED
    shutil.copyfile(whole, data)
    words = tuple(f"--data={data}" if word.startswith("--data=") else word for word in work.words)
    lives = Lives(server, dataclasses.replace(work, words=words), folder / "changed")
    return mishaps.change_data(lives, data, whole, number, seed=0)


if __name__ == "__main__":
    main()
