"""Face files of any size for measurements, half faces, half non-faces."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from facedebias.data.drawn import drawing, scene
from facedebias.data.records import SPLITS
from facedebias.data.storage.layout import FORMAT_VERSION

SIZE = 64
NUM_VALIDATION = 200
_NUM_DRAWN = 400
_BLOCK = 4000


def make_file(path: Path, num_train: int, is_sparse: bool) -> None:
    """Writes a face file whose even rows are faces.

    Args:
        path: of the file, replaced if it exists.
        num_train: rows marked "train"; `NUM_VALIDATION` more are marked "val".
        is_sparse: whether the pictures are left out.
    """
    num_rows = num_train + NUM_VALIDATION
    path.parent.mkdir(parents=True, exist_ok=True)
    split = np.zeros(num_rows, np.int8)
    split[num_train:] = SPLITS.index("val")
    with h5py.File(path, "w") as file:
        file.attrs["format_version"], file.attrs["channel_order"] = FORMAT_VERSION, "RGB"
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((num_rows, SIZE, SIZE, 3))
        h5py.h5d.create(file.id, b"images", h5py.h5t.NATIVE_UINT8, space, properties)
        file["labels"] = (np.arange(num_rows) % 2 == 0).astype(np.float32)[:, None]
        file["split"] = split
        file["split"].attrs["values"] = list(SPLITS)
        if not is_sparse:
            _write_pictures(file["images"])


def _write_pictures(images: h5py.Dataset) -> None:
    rng = np.random.default_rng(0)
    faces, clutter = _draw(scene.sample_face, rng), _draw(scene.sample_clutter, rng)
    for start in tqdm(range(0, len(images), _BLOCK), desc="writing", unit="block"):
        count = min(_BLOCK, len(images) - start)
        chosen = rng.integers(_NUM_DRAWN, size=count)
        is_face = (np.arange(start, start + count) % 2 == 0)[:, None, None, None]
        images[start : start + count] = np.where(is_face, faces[chosen], clutter[chosen])


def _draw(sample: Callable[[np.random.Generator], scene.Scene], rng: np.random.Generator) -> np.ndarray:
    return np.stack([drawing.draw(sample(rng), SIZE) for _ in range(_NUM_DRAWN)])
