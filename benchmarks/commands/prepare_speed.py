r"""Preparing a face file beside decoding its pictures alone, and its memory.

    python -m benchmarks.commands.prepare_speed --source=celeba:DIR --nonfaces=imagenet:DIR/train \
        --output=benchmarks/results/prepare_speed.json

The same pictures, decoded, cropped and resized by the same threads; once thrown away, once
written to a face file. Then the most memory that `python -m facedebias.prepare` takes when each
picture is cropped once, and five times (five times the rows).
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from absl import app, flags

from benchmarks import measure
from facedebias import machine
from facedebias.data.decoding import decode
from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source

_SOURCE = flags.DEFINE_string("source", None, "Faces, name:location as for prepare.", required=True)
_NONFACES = flags.DEFINE_string("nonfaces", None, "Non-faces that are cropped at random.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    options = ImportOptions(kind="face", split="train")
    seconds: dict[str, list[float]] = {"decoding": [], "preparing": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faces.h5"
        num_rows = prepare([_SOURCE.value], [], options, path).num_rows  # warms the page cache
        for _ in range(_ROUNDS.value):
            start = time.perf_counter()
            for _block in decode(open_source(_SOURCE.value, options).records(), machine.num_cores()):
                pass
            seconds["decoding"].append(time.perf_counter() - start)
            seconds["preparing"].append(prepare([_SOURCE.value], [], options, path, overwrite=True).seconds)
        memory = {crops: [_memory_mb(crops, path) for _ in range(3)] for crops in (1, 5)}
    figures = {
        "prepare_vs_decoding": measure.ratio(seconds["decoding"], seconds["preparing"], "%"),
        **{
            f"rate_{name}": measure.figure([num_rows / s for s in values], "pictures/s")
            for name, values in seconds.items()
        },
        **{f"memory_{crops}_crops_mb": measure.figure(values, "MB") for crops, values in memory.items()},
    }
    measure.write(_OUTPUT.value, figures, num_pictures=num_rows)


def _memory_mb(crops: int, path: Path) -> float:
    """Largest resident memory of a preparation with so many crops of each non-face."""
    command = [sys.executable, "-m", "facedebias.prepare", f"--nonfaces={_NONFACES.value}", "--split=train"]
    command += [f"--crops_per_image={crops}", f"--output={path}", "--overwrite"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=measure.ROOT)
    # What the system counts for a finished process includes this one, which it was forked from.
    peak = 0.0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        peak = max([peak, *(int(line.split()[1]) / 1e3 for line in status if line.startswith("VmHWM"))])
        time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: ended with {process.returncode}.")
    return peak


if __name__ == "__main__":
    app.run(main)
