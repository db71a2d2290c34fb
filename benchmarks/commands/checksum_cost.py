r"""Processor time that checksums take of preparing, reading and training.

    python -m benchmarks.commands.checksum_cost --output=benchmarks/results/checksum_cost.json

Drawn faces, as JPEG pictures of CelebA's size, are prepared; checksums, the seal and reading back
are timed in it. The file is then read by tf.data in batches of 32, with its checksums and without:
the first time, when every picture is compared, again, and over the epochs of a training. A checksum
is also held against what training takes a picture: an epoch in which every picture is new. Processor
time, so that other work on the machine does not count.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from absl import app, flags
from PIL import Image

from benchmarks import measure
from benchmarks.face_files import make_file
from facedebias import machine
from facedebias.data import read_back
from facedebias.data.drawn import drawing, scene
from facedebias.data.face_file import FaceDataset
from facedebias.data.files.single_file import SingleFile
from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from facedebias.data.storage import picture_checksums, seal
from facedebias.training.config import TrainConfig

_ROWS = flags.DEFINE_integer("rows", 6000, "Pictures.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_SIZE = (178, 218)  # of CelebA's pictures
_NUM_DRAWN = 100
_BATCH_SIZE, _STEPS = 32, 40
_EPOCHS = TrainConfig().epochs


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    machine.import_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "faces.h5")
        pictures = _draw_pictures(Path(folder, "pictures"))
        preparing = _preparing(pictures, path)
        reading = _reading(path)
        step = _training(Path(folder, "train.h5"))
    checksum = [seconds / _ROWS.value for seconds in reading.pop("checksum")]
    figures = {
        "preparing": measure.ratio(preparing["protection"], preparing["all"], "%"),
        "reading_first": _more(reading["first"], reading["without"]),
        "reading_again": _more(reading["again"], reading["without"]),
        "reading_epochs": _more(
            [
                first + (_EPOCHS - 1) * bare
                for first, bare in zip(reading["first"], reading["without"], strict=True)
            ],
            [_EPOCHS * bare for bare in reading["without"]],
        ),
        "first_epoch": measure.ratio(checksum, step, "%"),
        "checksum": measure.figure([1e6 * seconds for seconds in checksum], "us"),
        **{
            f"{name}_us": measure.figure([1e6 * seconds / _ROWS.value for seconds in values], "us")
            for name, values in (("preparing", preparing["all"]), ("reading", reading["without"]))
        },
        "training_us": measure.figure([1e6 * seconds for seconds in step], "us"),
    }
    measure.write(_OUTPUT.value, figures, num_pictures=_ROWS.value)


def _more(longer: Sequence[float], shorter: Sequence[float]) -> dict[str, object]:
    """How much more the one takes, in %."""
    pairs = zip(longer, shorter, strict=True)
    return measure.figure([100 * (more / less - 1) for more, less in pairs], "%")


def _draw_pictures(folder: Path) -> Path:
    """A folder of as many JPEG files as there are rows, of a few drawn faces and noise."""
    rng = np.random.default_rng(0)
    faces = [drawing.draw(scene.sample_face(rng), 64) for _ in range(_NUM_DRAWN)]
    (folder / "all").mkdir(parents=True)
    for row in range(_ROWS.value):
        face = Image.fromarray(faces[row % _NUM_DRAWN]).resize(_SIZE, Image.Resampling.BILINEAR)
        grain = rng.integers(-12, 13, (_SIZE[1], _SIZE[0], 3))
        noisy = np.clip(np.asarray(face, np.int16) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / "all" / f"{row:06}.jpg", quality=90)
    return folder


def _preparing(pictures: Path, path: Path) -> dict[str, list[float]]:
    """Seconds of preparing, and of that for checksums, the seal and reading back."""
    seconds: dict[str, list[float]] = {"all": [], "protection": []}
    for _ in range(_ROUNDS.value):
        with _timed() as spent:
            seconds["all"].append(
                _processor_seconds(
                    lambda: prepare([f"folder:{pictures}"], [], ImportOptions(), path, overwrite=True)
                )
            )
        seconds["protection"].append(sum(spent))
    return seconds


@contextlib.contextmanager
def _timed() -> Iterator[list[float]]:
    """Yields a list of the processor seconds of each call that protects a file."""
    spent: list[float] = []

    def timed(function: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            start = time.thread_time()
            try:
                return function(*given)
            finally:
                # Reading back compares checksums too, and its time has theirs.
                if not is_nested(function):
                    spent.append(time.thread_time() - start)

        return call

    reading: list[bool] = []

    def is_nested(function: object) -> bool:
        return bool(reading) and function is own

    def check(*given: object) -> None:
        reading.append(True)
        whole(*given)  # type: ignore[arg-type]

    own, whole = picture_checksums.of, read_back.check
    with (
        mock.patch.object(picture_checksums, "of", timed(own)),
        mock.patch.object(seal, "append", timed(seal.append)),
        mock.patch.object(read_back, "check", timed(check)),
    ):
        yield spent


def _reading(path: Path) -> dict[str, list[float]]:
    from facedebias.data.pipeline import sequential_batches

    rows = np.random.default_rng(0).permutation(_ROWS.value)

    def read(dataset: FaceDataset) -> None:
        for _ in sequential_batches(dataset, rows, _BATCH_SIZE):
            pass

    seconds: dict[str, list[float]] = {name: [] for name in ("without", "first", "again", "checksum")}
    read(FaceDataset(path))
    for _ in range(_ROUNDS.value):
        bare, compared = FaceDataset(path), FaceDataset(path)
        single = SingleFile(path)
        single._checksums = None
        bare._file = single
        images = bare.read(rows)
        seconds["without"].append(_processor_seconds(lambda bare=bare: read(bare)))  # type: ignore[misc]
        for name in ("first", "again"):
            seconds[name].append(_processor_seconds(lambda own=compared: read(own)))  # type: ignore[misc]
        seconds["checksum"].append(
            _processor_seconds(lambda images=images: picture_checksums.of(images))  # type: ignore[misc]
        )
    return seconds


def _training(path: Path) -> list[float]:
    """Seconds of processor time that training takes a picture: of the classifier, which takes least."""
    from benchmarks.training.own_training import OwnTraining

    make_file(path, 2000, is_sparse=False)
    training = OwnTraining(str(path), "classifier", _BATCH_SIZE, augment=False)
    training.run(_STEPS)
    num_pictures = _STEPS * _BATCH_SIZE
    return [_processor_seconds(lambda: training.run(_STEPS)) / num_pictures for _ in range(_ROUNDS.value)]


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    app.run(main)
