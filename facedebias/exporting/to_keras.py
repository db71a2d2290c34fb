"""A run's model as a `.keras` file of plain layers."""

import io
import json
import warnings
import zipfile
from pathlib import Path

import tensorflow as tf

from facedebias.errors import InputError
from facedebias.models.exported.plain_network import plain_model
from facedebias.scoring.beside import run_beside

_METADATA = "metadata.json"
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip files know
_NO_DATE_TEXT = "1980-01-01@00:00:00"


def convert(source: Path, image_shape: tuple[int, int, int], folder: Path) -> bytes:
    """Builds the network that the weights of a SavedModel are of, and saves it.

    Args:
        source: folder of the SavedModel, as `facedebias train` exports it.
        image_shape: height, width and 3 that it takes.
        folder: where Keras may write meanwhile.

    Returns:
        The file; the same for the same model.

    Raises:
        InputError: if its weights are of another network.
    """
    # `run.json` says how pictures are prepared; a run of an earlier version did not.
    settings = run_beside.read(source).fields["config"]
    weights = [variable.numpy() for variable in getattr(tf.saved_model.load(str(source)), "weights", [])]
    try:
        model = plain_model(
            weights,
            image_shape,
            standardize=settings.get("standardize") is True,
            average_mirrored=settings.get("average_mirrored") is True,
        )
    except (ValueError, LookupError) as error:
        raise InputError(
            f"{source}: is no network of facedebias train, so there are no Keras layers to write for it. "
            "Take --to onnx, litert or savedmodel, which need none."
        ) from error
    path = folder / "undated.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy, about an argument of Keras
        model.save(path)
    content = _without_date(path)
    path.unlink()
    return content


def _without_date(path: Path) -> bytes:
    """The file without the time at which it was saved."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as saved, zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(saved.namelist()):
            content = saved.read(name)
            if name == _METADATA:
                content = json.dumps(json.loads(content) | {"date_saved": _NO_DATE_TEXT}).encode()
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), content)
    return packed.getvalue()
