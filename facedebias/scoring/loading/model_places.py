"""Where a model lies: the SavedModel or the file at a path, and what else people have there."""

import os
import struct
import zipfile
from pathlib import Path

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.reading.files import check_file, check_tree
from facedebias.scoring.beside import export_record

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
ONNX_SUFFIXES, LITERT_SUFFIXES = (".onnx",), (".tflite",)
FILE_SUFFIXES = (*KERAS_SUFFIXES, *ONNX_SUFFIXES, *LITERT_SUFFIXES)
_MOST_LISTED = 8
_HDF5 = b"\x89HDF\r\n\x1a\n"
LITERT_MAGIC, LITERT_PLACE = b"TFL3", slice(4, 8)
"""Bytes that tell a LiteRT file, and where they stand."""

SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")

_FROM_TORCH = "Export it to ONNX, and give that file"
_FROM_KERAS = (
    'Load it where it was made, write a SavedModel with model.export("folder"), and give that folder'
)
_ORIGINAL = "Give the SavedModel, .keras or .onnx file that it was made from"
# By the end of the name: what such a file is, and the way to something that can be audited.
_OTHER_KINDS = {
    ".weights.h5": ("holds weights without their model", _FROM_KERAS),
    ".pt": ("is a PyTorch file", _FROM_TORCH),
    ".pth": ("is a PyTorch file", _FROM_TORCH),
    ".torchscript": ("is a PyTorch file", _FROM_TORCH),
    ".safetensors": ("holds weights without their model", _FROM_TORCH),
    ".bin": ("holds weights without their model", _FROM_TORCH),
    ".caffemodel": ("is a Caffe model", "Convert it to ONNX, and give that file"),
    ".mlmodel": ("is a Core ML model", _ORIGINAL),
    ".mlpackage": ("is a Core ML model", _ORIGINAL),
    ".engine": ("is a TensorRT engine", _ORIGINAL),
    ".pb": (
        "is a frozen TensorFlow graph",
        "Write a SavedModel of it (tf.compat.v1.saved_model.simple_save), and give that folder",
    ),
    ".ckpt": ("is a checkpoint, which holds weights without their model", _FROM_KERAS),
    ".index": ("is a checkpoint, which holds weights without their model", _FROM_KERAS),
    ".meta": ("is a checkpoint, which holds weights without their model", _FROM_KERAS),
    ".data-00000-of-00001": ("is a checkpoint, which holds weights without their model", _FROM_KERAS),
    ".json": ("describes a model without its weights", _FROM_KERAS),
    ".pkl": ("is a Python pickle, which is not opened as it may run any code", _FROM_KERAS),
    ".pickle": ("is a Python pickle, which is not opened as it may run any code", _FROM_KERAS),
    ".joblib": ("is a Python pickle, which is not opened as it may run any code", _FROM_KERAS),
    ".zip": ("is an archive", "Unpack it, and give the folder or .keras file in it"),
    ".tar": ("is an archive", "Unpack it, and give the folder or .keras file in it"),
    ".gz": ("is an archive", "Unpack it, and give the folder or .keras file in it"),
    ".tgz": ("is an archive", "Unpack it, and give the folder or .keras file in it"),
}
_WAY_OUT = (
    "expected a .keras, .onnx or .tflite file, or the folder of a SavedModel or of a finished training run"
)


def find_model(path: Path) -> Path:
    """The file of a model, or the folder of the SavedModel, at a path.

    Args:
        path: a file of Keras, ONNX or LiteRT; a SavedModel's folder or its `saved_model.pb`; the folder of a
            training run, or one that `facedebias export` wrote.

    Raises:
        InputError: if it is something else; says what, and the way out.
    """
    if not path.is_dir():
        check_file(path)
    if path.name in SAVED_MODEL_FILES and path.is_file():
        return path.parent
    if (exported := exported_file(path)) is not None:
        return exported
    is_file = path.name.lower().endswith((*FILE_SUFFIXES, *_OTHER_KINDS))
    if path.is_dir() or not path.exists() and not is_file:
        return find_saved_model(path)
    if not path.exists():
        raise InputError(f"{path}: no such file; {_WAY_OUT}.")
    is_named = path.name.lower().endswith(FILE_SUFFIXES)
    if _kind(path) is None and (is_named or path.is_file() and (keras_suffix(path) or is_litert(path))):
        return path
    raise InputError(_told(path))


def exported_file(folder: Path) -> Path | None:
    """The file that `facedebias export` wrote to a folder; None if it wrote none there."""
    if not (folder / export_record.NAME).is_file():
        return None
    files = [folder / name for name in export_record.FILES.values()]
    return next((file for file in files if file.is_file()), None)


def is_onnx(path: Path) -> bool:
    """Whether a file is taken for one of ONNX, by its name: its content has no mark."""
    return path.name.lower().endswith(ONNX_SUFFIXES)


def is_litert(path: Path) -> bool:
    """Whether a file is taken for one of LiteRT, by its name or its content."""
    if path.name.lower().endswith(LITERT_SUFFIXES):
        return True
    with path.open("rb") as file:
        return file.read(LITERT_PLACE.stop)[LITERT_PLACE] == LITERT_MAGIC


def keras_suffix(path: Path) -> str | None:
    """What a file would be called by its content: ".keras", ".h5" (any HDF5 file), or None."""
    if zipfile.is_zipfile(path):
        return ".keras" if {"config.json", "model.weights.h5"} <= _members(path) else None
    with path.open("rb") as file:
        return ".h5" if file.read(len(_HDF5)) == _HDF5 else None


def _members(path: Path) -> set[str]:
    """Names in a zip file; none if it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError):
        return set()


def find_saved_model(path: Path) -> Path:
    """The folder of the SavedModel at a path or, for a training run's folder, in its `export/`.

    Raises:
        InputError: if there is none; names what is there instead.
    """
    for folder in (path, path / "export"):
        if any((folder / name).is_file() for name in SAVED_MODEL_FILES):
            return folder
    if not path.exists():
        raise InputError(
            f"{path}: no such folder; expected an exported model, which facedebias train writes."
        )
    if not path.is_dir():
        raise InputError(
            f"{path}: is not a folder; expected an exported model, which facedebias train writes."
        )
    held = sorted(path.iterdir())
    listed = ", ".join(entry.name for entry in held[:_MOST_LISTED])
    listed += ", ..." if len(held) > _MOST_LISTED else ""
    raise InputError(
        f"{path}: holds {listed or 'nothing'}; expected saved_model.pb or export/saved_model.pb. "
        f"{_way_out_of(held)}"
    )


def refuse_links_out(source: Path) -> None:
    """Refuses what cannot be copied of a model's folder, and links out of it.

    What these lead to would be copied, and given away with the model; links to folders may go round.

    Raises:
        InputError: naming the first of either.
    """
    check_tree(source)
    for path in source.rglob("*"):
        if not path.is_symlink():
            continue
        # A link to itself leads to itself here, where `resolve` raises.
        is_inside = source.resolve() in Path(os.path.realpath(path)).parents
        if path.is_dir() and is_inside:
            raise InputError(
                f"{path}: is a link to a folder, which no exported model has. Put the folder in its place."
            )
        if not is_inside:
            raise InputError(
                f"{path}: is a link that leads out of the model's folder, and would be copied with it. If "
                "that is right, copy the folder with what its links lead to (cp -rL), and give the copy."
            )


def _way_out_of(held: list[Path]) -> str:
    """What to give in place of a folder that holds these."""
    names = {entry.name for entry in held}
    if {"config.json", "model.weights.h5"} <= names:
        return "It is an unpacked .keras file; pack it again (zip), or give the .keras file."
    inner = [entry for entry in held if any((entry / name).is_file() for name in SAVED_MODEL_FILES)]
    if inner:
        what = "the folder in it" if len(inner) == 1 else "one of its folders"
        return f"Give {what}: {setting('model', str(inner[-1]))}."
    files = [entry for entry in held if _kind(entry) is None and entry.name.endswith(FILE_SUFFIXES)]
    if files:
        what = "the file itself" if len(files) == 1 else "one of its files"
        return f"Give {what}: {setting('model', str(files[0]))}."
    known = [entry for entry in held if _kind(entry) and entry.suffix != ".json"]
    if known and not any(entry.is_dir() for entry in held):
        what, way = _kind(known[0]) or ("", "")
        return f"{known[0].name} {what}. {way}."
    return "Give the folder of an exported model or of a finished training run."


def _kind(path: Path) -> tuple[str, str] | None:
    name = path.name.lower()
    return next((kind for suffix, kind in _OTHER_KINDS.items() if name.endswith(suffix)), None)


def _told(path: Path) -> str:
    kind = _kind(path)
    if kind is None:
        return f"{path}: is not a folder, and no model that can be read; {_WAY_OUT}."
    return f"{path}: {kind[0]}; {_WAY_OUT}. {kind[1]}. Or let it score the pictures, and give --predictions."
