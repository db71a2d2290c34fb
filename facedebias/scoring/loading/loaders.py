"""Which loader a model needs."""

from pathlib import Path

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.safekeeping import checksums
from facedebias.scoring.beside import export_record
from facedebias.scoring.loading import model_places
from facedebias.scoring.loading.keras_files import load_keras
from facedebias.scoring.loading.litert_files import load_litert
from facedebias.scoring.loading.loaded_model import LoadedModel
from facedebias.scoring.loading.onnx_files import load_onnx
from facedebias.scoring.loading.saved_models import load_saved_model


def load(path: Path, signature: str | None = None) -> LoadedModel:
    """Loads what `model_places.find_model` found.

    Args:
        path: the folder of a SavedModel, or a file of Keras, ONNX or LiteRT.
        signature: of a SavedModel or LiteRT file; None takes the default, or the only one.

    Raises:
        InputError: if it cannot be loaded, or has no signature to ask.
    """
    if not path.is_file():
        return load_saved_model(path, signature)
    if is_ours := (path.parent / export_record.NAME).is_file():
        checksums.check(path.parent)
    if model_places.is_litert(path):
        is_whole = is_ours and (path.parent / checksums.NAME).is_file()
        return load_litert(path, signature, is_whole)
    if signature is not None:
        raise InputError(
            f"{path}: {setting('signature', signature)} belongs to SavedModels and LiteRT files; leave it "
            "out."
        )
    return load_onnx(path) if model_places.is_onnx(path) else load_keras(path)
