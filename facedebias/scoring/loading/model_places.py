"""Where a model lies: the SavedModel or Keras file at a path, and what else people have there."""

import struct
import zipfile
from pathlib import Path

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.reading.files import check_file

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
_MOST_LISTED = 8
_HDF5 = b"\x89HDF\r\n\x1a\n"
SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")

_FROM_TORCH = "Export it to ONNX, convert that to a SavedModel (onnx2tf), and give that folder"
_FROM_KERAS = (
    'Load it where it was made, write a SavedModel with model.export("folder"), and give that folder'
)
_ORIGINAL = "Give the SavedModel or .keras file that it was made from"
# By the end of the name: what such a file is, and the way to something that can be audited.
_OTHER_KINDS = {
    ".weights.h5": ("holds weights without their model", _FROM_KERAS),
    ".tflite": ("is a TensorFlow Lite model", _ORIGINAL),
    ".onnx": ("is an ONNX model", "Convert it to a SavedModel (onnx2tf), and give that folder"),
    ".pt": ("is a PyTorch file", _FROM_TORCH),
    ".pth": ("is a PyTorch file", _FROM_TORCH),
    ".torchscript": ("is a PyTorch file", _FROM_TORCH),
    ".safetensors": ("holds weights without their model", _FROM_TORCH),
    ".bin": ("holds weights without their model", _FROM_TORCH),
    ".caffemodel": ("is a Caffe model", "Convert it to ONNX and then to a SavedModel, and give that folder"),
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
_WAY_OUT = "expected a .keras file, or the folder of a SavedModel or of a finished training run"


def find_model(path: Path) -> Path:
    """The Keras file, or the folder of the SavedModel, at a path.

    Args:
        path: a Keras file; a SavedModel's folder or its `saved_model.pb`; the folder of a training run.

    Raises:
        InputError: if it is something else; says what, and the way out.
    """
    if not path.is_dir():
        check_file(path)
    if path.name in SAVED_MODEL_FILES and path.is_file():
        return path.parent
    is_file = path.name.lower().endswith((*KERAS_SUFFIXES, *_OTHER_KINDS))
    if path.is_dir() or not path.exists() and not is_file:
        return find_saved_model(path)
    if not path.exists():
        raise InputError(f"{path}: no such file; {_WAY_OUT}.")
    is_named = path.name.lower().endswith(KERAS_SUFFIXES)
    if _kind(path) is None and (is_named or path.is_file() and keras_suffix(path)):
        return path
    raise InputError(_told(path))


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


def _way_out_of(held: list[Path]) -> str:
    """What to give in place of a folder that holds these."""
    names = {entry.name for entry in held}
    if {"config.json", "model.weights.h5"} <= names:
        return "It is an unpacked .keras file; pack it again (zip), or give the .keras file."
    inner = [entry for entry in held if any((entry / name).is_file() for name in SAVED_MODEL_FILES)]
    if inner:
        what = "the folder in it" if len(inner) == 1 else "one of its folders"
        return f"Give {what}: {setting('model', str(inner[-1]))}."
    files = [entry for entry in held if _kind(entry) is None and entry.name.endswith(KERAS_SUFFIXES)]
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
