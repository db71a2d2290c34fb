"""Face files as a data set of TensorFlow Datasets; importing this registers it as `face_file`.

import tensorflow_datasets as tfds
from facedebias.data.tfds_builder import face_file_config
train = tfds.load("face_file", split="train", builder_kwargs={"config": face_file_config("train.h5")})
"""

import dataclasses
import functools
import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from facedebias import provenance
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS, UNKNOWN
from facedebias.data.storage import shard_names
from facedebias.errors import InputError

LABELS = ("no face", "face")
_SPLITS = dict(zip(SPLITS, ("train", "validation", "test"), strict=True))  # ours -> TFDS's name
_ROWS_AT_ONCE = 256


@dataclasses.dataclass
class FaceFileConfig(tfds.core.BuilderConfig):
    """Which face file, and how it is read; `face_file_config` makes one.

    Attributes:
        path: of the face file, or of the index of shards.
        use_beam: whether Apache Beam reads the shards, each by itself.
    """

    path: str = ""
    use_beam: bool = False


def face_file_config(path: str | os.PathLike[str], use_beam: bool = False) -> FaceFileConfig:
    """Names a face file for TFDS.

    Args:
        path: of the face file, or of the index of shards.
        use_beam: whether Apache Beam reads the shards, each by itself and on any machine that sees them.

    Returns:
        A config whose name is that of the file, or of the folder of shards, and the beginning of its
        SHA-256, so that TFDS keeps two files apart.

    Raises:
        InputError: if there is no such face file, or it is damaged.
    """
    place = Path(path).absolute()
    FaceDataset(place)
    named = place.parent if place.name == shard_names.INDEX else place
    stem = re.sub(r"\W+", "_", named.stem, flags=re.ASCII)
    name = f"{stem}-{provenance.sha256(place)[:12]}"
    return FaceFileConfig(name=name, description=f"{named.name}", path=str(place), use_beam=use_beam)


class _LocalInfo(tfds.core.DatasetInfo):
    """What TFDS knows of the data set, without asking for it on the network."""

    def initialize_from_bucket(self) -> None:
        """Does nothing: a file of one's own lies in no bucket."""


class FaceFile(tfds.core.GeneratorBasedBuilder):
    """The pictures of a face file with what is known of them, in the order of their rows.

    | feature | is |
    | :-- | :-- |
    | `image` | uint8 `(height, width, 3)`, RGB |
    | `label` | int64, 0 no face, 1 face |
    | `attributes/<name>` | int64, the code of the value, -1 where unknown |
    | `identity` | int32, number of the person in its source, -1 where unknown |
    | `source` | int64, the code of the source, -1 where unknown |
    | `path` | text, where the picture came from |

    The splits are `train`, `validation` and `test`. Rows that belong to no part are in `train`, as
    training takes them.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: list[FaceFileConfig] = []
    # Checksums of downloads would be beside it; TFDS looks by a package that it does not install.
    code_path = None

    @functools.cached_property
    def _dataset(self) -> FaceDataset:
        config = self.builder_config
        if not isinstance(config, FaceFileConfig) or not config.path:
            raise InputError(
                "face_file: no file is named; give tfds.load builder_kwargs={'config': "
                "face_file_config('data/train.h5')}."
            )
        return FaceDataset(config.path)

    def _info(self) -> tfds.core.DatasetInfo:
        dataset = self._dataset
        features: dict[str, Any] = {
            "image": tfds.features.Image(shape=dataset.image_shape, dtype=np.uint8, encoding_format="png"),
            "label": tfds.features.ClassLabel(names=LABELS),
            "identity": tfds.features.Scalar(np.int32),
            "path": tfds.features.Text(),
        }
        if dataset.sources:
            features["source"] = tfds.features.ClassLabel(names=dataset.sources)
        if known := {name: column.values for name, column in dataset.attributes.items() if column.values}:
            features["attributes"] = {
                name: tfds.features.ClassLabel(names=values) for name, values in known.items()
            }
        return _LocalInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        codes = np.where(self._dataset.split == UNKNOWN, SPLITS.index("train"), self._dataset.split)
        present = [code for code in range(len(SPLITS)) if (codes == code).any()]
        return {_SPLITS[SPLITS[code]]: self._generate_examples(codes == code) for code in present}

    def _generate_examples(self, is_wanted: np.ndarray) -> Any:
        """(row, example) of the wanted rows, bool `(num_rows,)`: an iterator, or a Beam transform."""
        parts = self._dataset.parts()
        stops = [*(first for _, first in parts[1:]), len(is_wanted)]
        work = [
            (str(path), first, np.flatnonzero(is_wanted[first:stop]))
            for (path, first), stop in zip(parts, stops, strict=True)
            if is_wanted[first:stop].any()
        ]
        if not self.builder_config.use_beam:
            return (example for part in work for example in _examples(part))
        beam = _import_beam()
        return beam.Create(work) | beam.FlatMap(_examples)


def _examples(part: tuple[str, int, np.ndarray]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The examples of one file; needs nothing else, so that another machine can make them.

    Args:
        part: the file, which row of all its first is, and the rows of the file, int64 `(n,)`.
    """
    path, first, rows = part
    dataset = FaceDataset(path)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows[start : start + _ROWS_AT_ONCE]
        for row, image, name in zip(block.tolist(), dataset.read(block), dataset.paths(block), strict=True):
            example: dict[str, Any] = {
                "image": image,
                "label": int(dataset.labels[row, 0]),
                "identity": dataset.identity[row],
                "path": name,
            }
            if dataset.sources:
                example["source"] = int(dataset.source[row])
            codes = {n: int(column.codes[row]) for n, column in dataset.attributes.items() if column.values}
            if codes:
                example["attributes"] = codes
            yield first + row, example


def _import_beam() -> Any:
    try:
        # No extra of this package: whoever has Beam has it for more than this.
        return importlib.import_module("apache_beam")
    except ImportError as error:
        raise InputError(
            f"face_file: use_beam needs Apache Beam, which cannot be imported ({error}). Run `pip install "
            "apache-beam`."
        ) from error
