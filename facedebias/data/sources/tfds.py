"""TensorFlow Datasets: `tfds:NAME`, e.g. `tfds:celeb_a`, `tfds:imagenet_resized/64x64`.

Any data set with a feature "image". It is looked for in TensorFlow Datasets' usual place
(`TFDS_DATA_DIR`, default ~/tensorflow_datasets) and downloaded if it is not there. CelebA
gives what `celeba:` gives. Of other sets the middle square is taken; a feature "label" with
up to 127 named classes becomes the attribute "label", and classes whose names are WordNet ids
of people are left out of the non-faces.
"""

import functools
import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from facedebias.data.records import MAX_VALUES, SPLITS, UNKNOWN, ImportOptions, Record, Source, to_square
from facedebias.data.sources.celeba import ATTRIBUTE_VALUES, crop_box
from facedebias.data.sources.formats.picture_files import Crop, centre_square, load_picture
from facedebias.data.wordnet import is_excluded
from facedebias.errors import InputError
from facedebias.text import counted, listed

_SPLITS = {"train": "train", "validation": "val", "test": "test"}  # TFDS's name -> ours


def open_source(location: str, options: ImportOptions) -> Source:
    """Opens a TensorFlow data set; pictures are streamed, in TFDS's own order."""
    data_set = _DataSet(location, options)
    num_records = data_set.num_records()
    return Source(
        data_set.name, num_records, data_set.records, data_set.attributes, data_set.notes(num_records)
    )


class _DataSet:
    """One TFDS data set, read without decoding: that is left to the threads of `prepare`."""

    def __init__(self, location: str, options: ImportOptions):
        self._builder = _prepared_builder(location)
        self.name = self._builder.name
        self._size = options.size
        self._is_celeba = self.name == "celeb_a"
        self._crop: Crop = functools.partial(crop_box, options.crop) if self._is_celeba else centre_square
        features = self._builder.info.features
        if "image" not in features:
            raise InputError(
                f"tfds:{location}: has {', '.join(features)} but no 'image'; choose another set."
            )
        # Numbers mean nothing across data sets: imagenet_resized has an order of its own.
        # The names of its classes are WordNet ids.
        self._class_names = (getattr(features["label"], "names", None) or []) if "label" in features else []
        # What a cat or a dog is has no part in groups of people.
        self.attributes = self._attribute_values(features) if options.kind == "face" else {}
        self._parts = _parts(location, list(self._builder.info.splits), options.split)
        self._excluded: set[int] = set()
        if options.kind == "nonface":
            names = enumerate(self._class_names)
            self._excluded = {number for number, name in names if is_excluded(name, options.exclude)}

    def num_records(self) -> int:
        if not self._excluded:
            return sum(len(self._examples(part)) for part in self._parts)
        # How many pictures each class has is written nowhere; counting reads but does not decode.
        return sum(1 for _ in self._wanted())

    def notes(self, num_records: int) -> tuple[str, ...]:
        """Says how many pictures are left out, and of which classes."""
        if not self._excluded:
            return ()
        left_out = sum(len(self._examples(part)) for part in self._parts) - num_records
        names = [self._class_names[number] for number in sorted(self._excluded)]
        return (f"{counted(left_out, 'picture')} in excluded classes left out: {listed(names)}.",)

    def records(self) -> Iterator[Record]:
        for part, number, example in self._wanted():
            yield Record(
                functools.partial(_load, example["image"], self._size, self._crop),
                f"{part}/{number}",
                self._codes(example),
                SPLITS.index(_SPLITS[part]),
                int(example.get("identity", {}).get("Identity_No", UNKNOWN)) if self._is_celeba else UNKNOWN,
            )

    def _wanted(self) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        for part in self._parts:
            for number, example in enumerate(self._examples(part).as_numpy_iterator()):
                if not self._excluded or int(example["label"]) not in self._excluded:
                    yield part, number, example

    def _examples(self, part: str) -> Any:
        decode = _import_tfds().decode
        return self._builder.as_dataset(split=part, decoders={"image": decode.SkipDecoding()})

    def _attribute_values(self, features: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        if self._is_celeba:
            return dict.fromkeys(features["attributes"], ATTRIBUTE_VALUES)
        if 0 < len(self._class_names) <= MAX_VALUES:
            return {"label": tuple(self._class_names)}
        return {}

    def _codes(self, example: Mapping[str, Any]) -> dict[str, int]:
        if self._is_celeba:
            return {name: int(value) for name, value in example["attributes"].items()}
        return {name: int(example[name]) for name in self.attributes}


def _import_tfds() -> Any:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise InputError(f"tfds: cannot be used ({error}). Run `pip install tensorflow-datasets`.") from error
    return tensorflow_datasets


def _prepared_builder(location: str) -> Any:
    tfds = _import_tfds()
    try:
        builder = tfds.builder(location)
        builder.download_and_prepare()
    # Downloads fail in as many ways as there are data sets; all end here, in one line.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise InputError(
            f"tfds:{location}: could not be loaded ({reason}). Check the name, or download the files by hand "
            "into TFDS's `downloads/manual/`; for CelebA and ImageNet the sources celeba: and imagenet: "
            "need no TFDS."
        ) from error
    return builder


def _parts(location: str, available: list[str], split: str | None) -> list[str]:
    """TFDS's names of the parts that are wanted."""
    # Only a mocked data set names no parts; it accepts every name.
    known = [part for part in _SPLITS if part in available] if available else ["train"]
    if split is None:
        return known
    wanted = [
        part for part, ours in _SPLITS.items() if ours == split and (part in available or not available)
    ]
    if not wanted:
        raise InputError(
            f"tfds:{location}: no part for --split {split}; has only {', '.join(available)}. Choose one."
        )
    return wanted


def _load(image: bytes | np.ndarray, size: int, crop: Crop) -> np.ndarray:
    if isinstance(image, bytes):
        return load_picture(io.BytesIO(image), size, crop)
    picture = Image.fromarray(image.squeeze())
    return to_square(picture, size, crop(*picture.size))
