"""The face files of the study: what is trained on, chosen with and tested on."""

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from benchmarks import skin_tone
from facedebias.data.face_file import FACE, FaceDataset
from facedebias.data.preparation import prepare
from facedebias.data.records import SPLITS, TRAINING_CROPS, ImportOptions

SKIN_TONE = "skin_tone"
# Shares of the training faces that are dark; None leaves the set as it is.
DARK_SHARES = (0.01, 0.03, 0.10)
# Identity of the test sets: where the faces come from, and the attributes whose groups are compared.
TESTS = {
    "fairface": ("fairface:{root}/fairface", ("race", "gender")),
    "utkface": ("utkface:{root}/utkface", ("race", "gender")),
    "lab": ("folder:{root}/mit_test_faces", ("group",)),
}


@dataclasses.dataclass(frozen=True)
class StudyData:
    """Makes the files in a folder as they are asked for, and keeps them.

    Attributes:
        root: folder of `celeba/`, `imagenet/`, `fairface/`, `utkface/`, `mit_test_faces/`.
        folder: where the files are put.
    """

    root: Path
    folder: Path

    def train(self, name: str) -> Path:
        """A file to train on.

        Args:
            name: "celeba": CelebA and ImageNet's training pictures, CelebA's "val" identities
                marked for validation and its "test" for nothing; "fairface": FairFace's training
                faces instead; either with "-dark-0.03" behind it: only so many of the training
                faces are dark, by ITA in CelebA, by the label "Black" in FairFace.
        """
        source, _, share = name.partition("-dark-")
        make = self._train_celeba if source == "celeba" else self._train_fairface
        if not share:
            return self._made(name, make)
        return self._made(name, lambda path: self._make_poorer(self.train(source), path, float(share)))

    def test(self, name: str) -> Path:
        """A test file: the faces of `TESTS[name]` and ImageNet's validation pictures."""
        spec = TESTS[name][0].format(root=self.root)
        split = "val" if name == "fairface" else "test"
        return self._made(f"test-{name}", lambda path: self._prepare(path, [spec], ["val"], split, 1))

    def choosing(self) -> Path:
        """What recipes are chosen by: FairFace's training faces, and no non-faces."""
        spec = f"fairface:{self.root}/fairface"
        return self._made("choosing", lambda path: self._prepare(path, [spec], [], "train", 1))

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self.folder / f"{name}.h5"
        if not path.exists():
            partial = path.with_name(f"{name}.partial.h5")
            partial.unlink(missing_ok=True)
            make(partial)
            os.replace(partial, path)
        return path

    def _prepare(
        self, path: Path, faces: list[str], parts: list[str], split: str | None, num_crops: int
    ) -> None:
        nonfaces = [f"imagenet:{self.root}/imagenet/{part}" for part in parts]
        options = ImportOptions(split=split, crops_per_image=num_crops)
        prepare(faces, nonfaces, options, path, show_progress=True)

    def _train_celeba(self, path: Path) -> None:
        self._prepare(path, [f"celeba:{self.root}/celeba"], ["train"], None, TRAINING_CROPS)
        _add_skin_tone(path)

    def _train_fairface(self, path: Path) -> None:
        self._prepare(path, [f"fairface:{self.root}/fairface"], ["train"], "train", TRAINING_CROPS)

    def _make_poorer(self, original: Path, path: Path, share: float) -> None:
        """Copies a file and takes dark faces out of its training rows, by marking them "test"."""
        dataset = FaceDataset(original)
        faces = dataset.rows(FACE)
        faces = faces[dataset.split[faces] != SPLITS.index("test")]
        if SKIN_TONE in dataset.attributes:
            is_dark = dataset.attribute(SKIN_TONE).codes[faces] >= skin_tone.CLASSES.index("brown")
        else:
            race = dataset.attribute("race")
            is_dark = race.codes[faces] == race.values.index("Black")
        dark = faces[is_dark]
        num_kept = round(share / (1 - share) * int(np.sum(~is_dark)))
        dropped = np.random.default_rng(0).permutation(dark)[num_kept:]
        shutil.copy(original, path)
        with h5py.File(path, "r+") as file:
            split = file["split"][:]
            split[dropped] = SPLITS.index("test")
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
