r"""Reading pictures at random from shards, beside reading them from one file.

    python -m benchmarks.commands.shard_reading --output=benchmarks/results/shard_reading.json

Both hold the same pictures, which lie in memory. In each round one batch after the other is read
from the file and then from the shards, so that both meet the same machine. Pictures are compared
with their checksums before, as in all epochs but the first. `reading` is `FaceDataset.read` alone;
`batches` is what training asks: a tf.data pipeline that reads ahead.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks import measure
from facedebias import machine
from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.files.shard_writer import ShardWriter

_ROWS = flags.DEFINE_integer("rows", 20_000, "Pictures.")
_SHARDS = flags.DEFINE_integer("shards", 64, "Shards.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Pictures in a batch.")
_BATCHES = flags.DEFINE_integer("batches", 100, "Batches a round.")
_ROUNDS = flags.DEFINE_integer("rounds", 11, "Rounds.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_SIZE, _BLOCK = 64, 1000

Seconds = dict[str, list[float]]


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    machine.import_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        datasets = _open(Path(folder))
        opening = _in_rounds({name: _opener(data) for name, data in datasets.items()}, 1)
        for dataset in datasets.values():
            dataset.verify()
        rng = np.random.default_rng(0)
        rows = rng.integers(0, _ROWS.value, (_BATCHES.value, _BATCH_SIZE.value))
        reading = _in_rounds({name: _reader(data, rows) for name, data in datasets.items()}, len(rows))
        batches = _in_rounds({name: _pipeline(data) for name, data in datasets.items()}, len(rows))
    figures = {
        "shards_reading_vs_file": measure.ratio(reading["shards"], reading["file"], "%"),
        "shards_batches_vs_file": measure.ratio(batches["shards"], batches["file"], "%"),
        "shards_opening": measure.figure(opening["shards"], "s"),
    }
    for name, seconds in reading.items():
        total = _BATCHES.value * _BATCH_SIZE.value
        figures[f"rate_{name}"] = measure.figure([total / value for value in seconds], "images/s")
    measure.write(
        _OUTPUT.value, figures, rows=_ROWS.value, shards=_SHARDS.value, batch_size=_BATCH_SIZE.value
    )


def _open(folder: Path) -> dict[str, FaceDataset]:
    known = {"group": ("a", "b")}
    with (
        FaceFileWriter(folder / "one.h5", _ROWS.value, _SIZE, known, ["noise"]) as one,
        ShardWriter(folder / "many", _SHARDS.value, _ROWS.value, _SIZE, known, ["noise"]) as many,
    ):
        rng = np.random.default_rng(0)
        for start in range(0, _ROWS.value, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, _ROWS.value))
            images = rng.integers(0, 256, (len(rows), _SIZE, _SIZE, 3), np.uint8)
            unknown = np.full(len(rows), -1)
            for writer in (one, many):
                names = [f"{row}.png" for row in rows]
                writer.append(images, rows % 2, {"group": rows % 2}, 0, names, unknown, unknown)
    return {"file": FaceDataset(one.path), "shards": FaceDataset(many.path)}


def _opener(dataset: FaceDataset) -> Callable[[int], object]:
    return lambda _: FaceDataset(dataset.path)


def _reader(dataset: FaceDataset, rows: np.ndarray) -> Callable[[int], object]:
    return lambda step: dataset.read(rows[step])


def _pipeline(dataset: FaceDataset) -> Callable[[int], object]:
    from facedebias.data.pipeline import balanced_batches

    faces, nonfaces = dataset.rows(label=1), dataset.rows(label=0)
    batches = iter(balanced_batches(dataset, faces, nonfaces, _BATCH_SIZE.value))
    return lambda step: next(batches)


def _in_rounds(tasks: dict[str, Callable[[int], object]], steps: int) -> Seconds:
    """Seconds a round of each task; its steps are taken in turn with those of the other."""
    seconds: Seconds = {name: [] for name in tasks}
    for number in range(_ROUNDS.value + 1):
        spent = dict.fromkeys(tasks, 0.0)
        for step in range(steps):
            for name, task in tasks.items():
                start = time.perf_counter()
                task(step)
                spent[name] += time.perf_counter() - start
        if number:  # the first warms up
            for name, value in spent.items():
                seconds[name].append(value)
    return seconds


if __name__ == "__main__":
    app.run(main)
