"""`fd.detect`: the faces in one picture."""

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from facedebias.api.arguments.arrays import as_array
from facedebias.api.arguments.foreign_arguments import foreign_models
from facedebias.configuration import setting_names
from facedebias.data.modes import to_rgb
from facedebias.detection.detect_config import DEFAULT_IOU, DetectConfig
from facedebias.detection.geometry import DEFAULT_SIZES, DEFAULT_STRIDE, WindowOptions, check_size
from facedebias.detection.photographs import Picture, load
from facedebias.errors import InputError
from facedebias.reading.pictures import FAILURES, check_undecoded, reason_of
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.loading.model_places import SAVED_MODEL_FILES, find_model

if TYPE_CHECKING:
    from facedebias.scoring.exported_model import ExportedModel

_NAME = "image"
_ARGUMENTS = {"output_kind": "score_kind"}  # setting -> argument, where they differ
_COLUMNS = ("left", "top", "right", "bottom", "score")
_MOST_LOADED = 4


def detect(
    image: Any,
    model: Any,
    *,
    threshold: float | None = None,
    sizes: Sequence[float] = DEFAULT_SIZES,
    stride: float = DEFAULT_STRIDE,
    iou: float = DEFAULT_IOU,
    exhaustive: bool = False,
    batch_size: int = 256,
    score_kind: str | None = None,
    **asked: Any,
) -> pd.DataFrame:
    """Finds the faces in a picture by windows of several sizes.

    Boxes that overlap are thinned out by non-maximum suppression (docs/detection.md; P. Viola,
    M. Jones, Robust Real-Time Face Detection, IJCV 2004, slide windows likewise). Models stay in memory
    for the next picture until their file changes.

    Args:
        image: uint8 RGB `(height, width, 3)`, a Pillow image, or the path of a picture.
        model: folder of a training run or of an exported model, a `.keras` file, or what `train` returned.
        threshold: probability from 0 to 1 at which a window fires; None takes 0.999, as a picture has
            thousands of windows.
        sizes: sides of the square windows, as shares of the picture's shorter side.
        stride: largest step between windows, as a share of their side.
        iou: intersection over union above which the lower of two boxes is dropped.
        exhaustive: whether to score every window, not only where a scan of the picture finds it worth it.
        batch_size: windows scored at once; changes no box.
        score_kind: of a model made elsewhere: "logit", "probability", "percent" or "score".
        **asked: how to ask a model made elsewhere, as the flags of `facedebias detect` say it:
            `input_size`, `input_scale`, `input_mean`, `input_std`, `input_channels`, `signature`,
            `output_name`, `positive_output`, `output_columns`.

    Returns:
        A row for each face, the best first: `left`, `top`, `right`, `bottom`, int64, in pixels of the
        upright picture, the last two exclusive; `score`, float64, a probability if the model gives such.

    Raises:
        InputError: if the picture or the model cannot be read, or an argument does not fit.
    """
    with setting_names.arguments(**_ARGUMENTS):
        config = DetectConfig(
            pictures=(_NAME,),
            model=_place(model),
            output="",
            threshold=threshold,
            windows=WindowOptions(tuple(sorted(map(float, sizes))), stride, exhaustive),
            iou=iou,
            batch_size=batch_size,
            output_kind=score_kind,
            foreign=foreign_models(asked),
        )
        config.validate()
        # TensorFlow takes seconds to import.
        from facedebias.detection.search import FaceFinder

        finder = FaceFinder(config, _loaded(config))
        picture = _read(image, finder.decoded_side)
        check_size(_name(image), picture.size, config.windows)
        fires_at = finder.fixed_threshold()
        (found,) = finder.detector.score([picture], fires_at.value)
        faces = finder.faces(_name(image), found, fires_at)
    boxes = np.array([face.box for face in faces], np.int64).reshape(-1, 4)
    columns = [*boxes.T, np.array([face.score for face in faces], np.float64)]
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _place(model: Any) -> str:
    model = getattr(model, "folder", model)  # of a finished run
    if not isinstance(model, str | os.PathLike):
        raise InputError(
            "model: expected the folder of a training run or of an exported model, or a .keras file. Save a "
            'model in memory first, e.g. model.save("m.keras").'
        )
    return os.fspath(model)


def _loaded(config: DetectConfig) -> "ExportedModel":
    path = find_model(Path(config.model))
    files = [path / name for name in SAVED_MODEL_FILES if (path / name).is_file()] or [path]
    return _load(path, files[0].stat().st_mtime_ns, config.foreign, config.output_kind)


@functools.lru_cache(_MOST_LOADED)
def _load(path: Path, changed: int, foreign: ForeignModels, kind: str | None) -> "ExportedModel":
    """Loads a model; `changed` is when its file did, so that another one is loaded anew."""
    from facedebias.scoring.exported_model import ExportedModel

    return ExportedModel("model", path, foreign, kind)


def _read(image: Any, shorter_side: int) -> Picture:
    if isinstance(image, str | os.PathLike):
        return load(Path(image), shorter_side)
    if not isinstance(image, Image.Image):
        array = as_array(image, _NAME)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
            raise InputError(
                f"image: is {array.dtype} {' x '.join(map(str, array.shape)) or 'of one value'}; expected "
                "uint8 RGB of height x width x 3, a Pillow image, or a path."
            )
        image = Image.fromarray(array)
    # Pillow decodes a picture that was only opened now.
    try:
        check_undecoded(image)
        upright = to_rgb(ImageOps.exif_transpose(image))
    except FAILURES as error:
        raise InputError(f"image: cannot be decoded ({reason_of(error)}). Give another picture.") from error
    return Picture(upright, upright.size)


def _name(image: Any) -> str:
    return os.fspath(image) if isinstance(image, str | os.PathLike) else _NAME
