"""Small face files as `facedebias prepare` makes them, and as other programs may."""

import h5py
import numpy as np

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter

NUM_ROWS, SIZE = 12, 8
VALUES = {"Male": ("no", "yes"), "age": ("0-9", "10-19", "20+")}


def pictures():
    return np.random.default_rng(0).integers(0, 256, (NUM_ROWS, SIZE, SIZE, 3), np.uint8)


def write_ours(path, images=None, **options):
    """A file with checksums."""
    images, rows = pictures() if images is None else images, np.arange(NUM_ROWS)
    with FaceFileWriter(path, NUM_ROWS, SIZE, VALUES, ["one", "two"], **options) as writer:
        writer.append(
            images,
            rows % 2,
            {"Male": rows % 2, "age": rows % 3},
            0,
            [f"{row}.jpg" for row in rows],
            rows % 3,
            rows * 7,
        )
    return path


def write_plain(path, omit=(), libver="earliest", **storage):
    """A file without checksums, as versions before them made it; `storage` is of its pictures."""
    rows = np.arange(NUM_ROWS)
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["format_version"], file.attrs["channel_order"] = 1, "RGB"
        if "images" not in omit:
            file.create_dataset("images", data=pictures(), **storage)
        columns = {"labels": (rows % 2).astype(np.float32)[:, None], "identity": rows.astype(np.int32)}
        columns |= {"split": (rows % 3).astype(np.int8), "attributes/Male": (rows % 2).astype(np.int8)}
        for name, column in columns.items():
            if name not in omit:
                file[name] = column
        if "attributes/Male" not in omit:
            file["attributes/Male"].attrs["values"] = ["no", "yes"]
        if "path" not in omit:
            names = [f"{row}.jpg" for row in rows]
            file.create_dataset("path", data=names, dtype=h5py.string_dtype())
    return path


def contents(path):
    """Everything that is read of a file."""
    dataset = FaceDataset(path)
    rows = np.arange(len(dataset))
    columns = {name: (column.codes.tolist(), column.values) for name, column in dataset.attributes.items()}
    return (
        dataset.read(rows).tobytes(),
        dataset.image_shape,
        dataset.labels.tolist(),
        dataset.split.tolist(),
        dataset.identity.tolist(),
        (dataset.source.tolist(), dataset.sources),
        list(columns.items()),
        dataset.paths(rows),
    )
