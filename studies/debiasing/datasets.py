"""The face files of the study: what is trained on, chosen with and tested on."""

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from facedebias.data.face_columns import FACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import prepare
from facedebias.data.records import SPLITS, TRAINING_CROPS, ImportOptions
from facedebias.data.splitting import split_rows
from studies.debiasing import skin_tone
from studies.debiasing.recipe import VALIDATION_FRACTION

SKIN_TONE = "skin_tone"
_NUM_DRAWN = 4000  # faces to train on, and as much clutter


@dataclasses.dataclass(frozen=True)
class TestSet:
    """Faces to test on.

    Attributes:
        source: where they come from.
        split: of the source.
        nonfaces: where the others come from.
        attributes: whose groups are compared.
        dark: what names of groups of dark faces start with.
    """

    source: str
    attributes: tuple[str, ...]
    dark: str
    split: str = "test"
    nonfaces: str = "imagenet:{root}/imagenet/val"


TESTS = {
    "fairface_large": TestSet(
        "fairface:{root}/fairface_large", ("race", "gender"), "Black", "val", "imagenet:{root}/imagenet/test"
    ),
    "fairface": TestSet("fairface:{root}/fairface", ("race", "gender"), "Black", "val"),
    "utkface": TestSet("utkface:{root}/utkface", ("race", "gender"), "Black"),
    "lab": TestSet("folder:{root}/mit_test_faces", ("group",), "D"),
    "synthetic": TestSet("synthetic:6000", ("skin",), "dark", "test", "synthetic:6000"),
    # What recipes and methods are chosen by; nothing of it is in the tests above.
    "choosing": TestSet(
        "fairface:{root}/fairface_large",
        ("race", "gender"),
        "Black",
        "train",
        "imagenet:{root}/imagenet/choose",
    ),
}
CHOOSING = "choosing"
MAIN_TESTS = ("fairface_large", "fairface")  # of photographs
FPRS = (0.001, 0.01)  # at which everything is compared


@dataclasses.dataclass(frozen=True)
class StudyData:
    """Makes the files in a folder as they are asked for, and keeps them.

    Attributes:
        root: folder of `celeba/`, `imagenet/`, `fairface/`, `utkface/`, `mit_test_faces/`.
        folder: where the files are put.
    """

    root: Path
    folder: Path

    def train(self, name: str, seed: int = 0) -> Path:
        """A file to train on.

        Args:
            name: "celeba": CelebA and ImageNet's training pictures, CelebA's "val" identities
                marked for validation and its "test" for nothing; "fairface": FairFace's training
                faces instead; "synthetic": drawn faces and clutter, dark skin rare. The first two
                also as "celeba-dark-0.03": only so many of the training faces are dark, by ITA
                in CelebA, by the label "Black" in FairFace; and "celeba-few": with as many
                training faces as FairFace has.
            seed: of the run, which decides what faces are left out.
        """
        makers = {
            "celeba": self._train_celeba,
            "fairface": self._train_fairface,
            "synthetic": self._train_synthetic,
        }
        source, _, change = name.partition("-")
        if not change:
            return self._made(name, makers[name])

        def make(path: Path) -> None:
            original = self.train(source)
            if change == "few":
                dropped = self._beyond_few(original, seed)
            else:
                dropped = _too_dark(original, float(change.removeprefix("dark-")), seed)
            _leave_out(original, path, dropped)

        return self._made(f"{name}-seed-{seed}", make)

    def test(self, name: str) -> Path:
        """A test file: the faces and non-faces of `TESTS[name]`."""
        test = TESTS[name]
        faces, nonfaces = ([spec.format(root=self.root)] for spec in (test.source, test.nonfaces))
        return self._made(f"test-{name}", lambda path: self._prepare(path, faces, nonfaces, test.split, 1))

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self.folder / f"{name}.h5"
        if not path.exists():
            partial = path.with_name(f"{name}.partial.h5")
            partial.unlink(missing_ok=True)
            make(partial)
            os.replace(partial, path)
        return path

    def _imagenet(self, part: str) -> str:
        return f"imagenet:{self.root}/imagenet/{part}"

    def _prepare(
        self, path: Path, faces: list[str], nonfaces: list[str], split: str | None, num_crops: int
    ) -> None:
        options = ImportOptions(split=split, crops_per_image=num_crops, skew=True)
        prepare(faces, nonfaces, options, path, show_progress=True)

    def _train_celeba(self, path: Path) -> None:
        nonfaces = [self._imagenet("train")]
        self._prepare(path, [f"celeba:{self.root}/celeba"], nonfaces, None, TRAINING_CROPS)
        _add_skin_tone(path)

    def _train_fairface(self, path: Path) -> None:
        nonfaces = [self._imagenet("train")]
        self._prepare(path, [f"fairface:{self.root}/fairface"], nonfaces, "train", TRAINING_CROPS)

    def _train_synthetic(self, path: Path) -> None:
        drawn = f"synthetic:{_NUM_DRAWN}"
        self._prepare(path, [drawn], [drawn], "train", 1)

    def _beyond_few(self, original: Path, seed: int) -> np.ndarray:
        """Training faces beyond as many as a run on FairFace is trained on."""
        balanced = FaceDataset(self.train("fairface"))
        num_kept = len(split_rows(balanced, VALIDATION_FRACTION, seed).train_positives)
        return np.random.default_rng(seed).permutation(_training_faces(FaceDataset(original)))[num_kept:]


def _training_faces(dataset: FaceDataset) -> np.ndarray:
    faces = dataset.rows(FACE)
    return faces[dataset.split[faces] == SPLITS.index("train")]


def _too_dark(original: Path, share: float, seed: int) -> np.ndarray:
    """Dark training faces that must go for the share of dark ones to be this."""
    dataset = FaceDataset(original)
    faces = _training_faces(dataset)
    if SKIN_TONE in dataset.attributes:
        is_dark = dataset.attribute(SKIN_TONE).codes[faces] >= skin_tone.CLASSES.index("brown")
    else:
        race = dataset.attribute("race")
        is_dark = race.codes[faces] == race.values.index("Black")
    num_kept = round(share / (1 - share) * int(np.sum(~is_dark)))
    return np.random.default_rng(seed).permutation(faces[is_dark])[num_kept:]


def _leave_out(original: Path, path: Path, rows: np.ndarray) -> None:
    """Copies a file and takes rows out of training, by marking them "test"."""
    shutil.copy(original, path)
    with h5py.File(path, "r+") as file:
        split = file["split"][:]
        split[rows] = SPLITS.index("test")
        file["split"][:] = split


def _add_skin_tone(path: Path) -> None:
    """Adds the class of every face's ITA as an attribute."""
    dataset = FaceDataset(path)
    faces = dataset.rows(FACE)
    codes = np.full(len(dataset), -1, np.int8)
    codes[faces] = skin_tone.classes(skin_tone.ita(dataset.read(faces)))
    with h5py.File(path, "r+") as file:
        column = file.create_dataset(f"attributes/{SKIN_TONE}", data=codes)
        column.attrs["values"] = list(skin_tone.CLASSES)
