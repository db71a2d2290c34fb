"""Finds faces in whole pictures: draws boxes on copies and writes them as JSON.

facedebias detect photo.jpg --model checkpoints/classifier --output detections
facedebias detect photos/ --model checkpoints/classifier --nonfaces backgrounds --fpr 0.05
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags
from tqdm import tqdm

from facedebias import machine
from facedebias.cli.parsing import list_flags, model_flags
from facedebias.detection.detect_config import DEFAULT_IOU, DEFAULT_THRESHOLD, DetectConfig
from facedebias.detection.geometry import DEFAULT_SIZES, DEFAULT_STRIDE, WindowOptions, parse_sizes
from facedebias.errors import InputError
from facedebias.scoring.beside import run_beside
from facedebias.scoring.score_scale import LOGIT
from facedebias.scoring.threshold_rule import DEFAULT_FPR
from facedebias.text import counted, visible

if TYPE_CHECKING:  # these import TensorFlow
    from facedebias.detection.output import DetectionWriter
    from facedebias.detection.search import Search, Threshold

_MODEL = flags.DEFINE_string(
    "model",
    None,
    "Folder of an exported model or of a training run, or a .keras, .onnx or .tflite file.",
    required=True,
)
_OUTPUT = flags.DEFINE_string("output", "detections", "Folder for detections.json and the drawn copies.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace earlier detections in --output.")
_DRAW = flags.DEFINE_bool("draw", True, "Draw boxes on copies of the pictures.")
_THRESHOLD = flags.DEFINE_float(
    "threshold",
    None,
    f"Probability from 0 to 1 at which a window fires (default without --nonfaces: {DEFAULT_THRESHOLD}). A "
    "picture has thousands of windows: at 0.5 one of them fires in nearly every picture.",
)
_NONFACES = flags.DEFINE_string(
    "nonfaces",
    None,
    "Folder of pictures without faces that sets the threshold instead. They are scaled and cropped to the "
    "sizes of the pictures searched.",
)
_FPR = flags.DEFINE_float(
    "fpr",
    None,
    f"Share of --nonfaces, between 0 and 1, in which a window may fire (default: {DEFAULT_FPR}).",
)
_SEED = flags.DEFINE_integer("seed", 0, "Decides which of --nonfaces gets the size of which picture.")
_SIZES = list_flags.DEFINE_names(
    "sizes",
    [f"{size:g}" for size in DEFAULT_SIZES],
    "Sides of the square windows, as shares of a picture's shorter side.",
)
_STRIDE = flags.DEFINE_float(
    "stride", DEFAULT_STRIDE, "Largest step between windows, as a share of their side."
)
_EXHAUSTIVE = flags.DEFINE_bool(
    "exhaustive",
    False,
    "Ask about every window, not only where a scan of the picture finds it worth it: slower.",
)
_IOU = flags.DEFINE_float(
    "iou",
    DEFAULT_IOU,
    "Intersection over union, from 0 to 1, above which the lower of two boxes is dropped.",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Windows scored at once; changes no box.")
flags.adopt_module_key_flags(model_flags)
ARGUMENTS = "PICTURE_OR_FOLDER..."
SECTIONS = {"threshold": "threshold", "sizes": "search"}


def main(argv: Sequence[str]) -> None:
    """Searches the pictures, prints a line for each, writes boxes and copies."""
    config = _config(argv[1:])
    config.validate()
    # TensorFlow takes seconds to import; --help and wrong flags need not wait.
    machine.import_tensorflow()
    from facedebias.detection.output import DetectionWriter, check_place
    from facedebias.detection.search import Search

    check_place(Path(config.output), config.overwrite)
    search = Search(config)
    threshold = search.find_threshold(show_progress=True)
    with DetectionWriter(Path(config.output), config.overwrite, config.draw) as writer:
        counts = _search(search, threshold, writer)
        if len(search.failed) == len(search.paths):
            raise InputError(next(iter(search.failed.values())))
        results = writer.finish(_settings(config, search, threshold), search.failed)
    print(f"threshold: {visible(threshold.rule)}")
    for note in filter(None, [*search.model.notes(), run_beside.read(search.model.path).note]):
        print(visible(note))
    print(f"boxes: {visible(str(results))} ({counts})")
    for reason in search.failed.values():
        print(f"error: {visible(reason)}", file=sys.stderr)
    if search.failed:
        sys.exit(1)


def _search(search: "Search", threshold: "Threshold", writer: "DetectionWriter") -> str:
    """Searches all pictures and prints a line for each; returns how much was found and searched."""
    num_faces, num_windows, num_pictures, start = 0, 0, 0, time.perf_counter()
    for found in search.results(threshold, show_progress=True):
        place = writer.add(found)
        num_faces, num_windows = num_faces + len(found.faces), num_windows + found.num_windows
        num_pictures += 1
        # A plain print would tear the progress bar.
        line = f"{found.path}: {counted(len(found.faces), 'face')}{f', {place}' if place else ''}"
        tqdm.write(visible(line))
    speed = num_pictures / (time.perf_counter() - start)
    return f"{num_faces:,} in {num_windows:,} windows, {speed:,.1f} pictures a second"


def _settings(config: DetectConfig, search: "Search", threshold: "Threshold") -> dict[str, Any]:
    """What detections.json says of how they were found."""
    from facedebias.detection.output import threshold_fields

    return {
        "model": str(search.model.path),
        "score_kind": search.model.score_kind,
        **threshold_fields(threshold.value, search.model.score_kind == LOGIT),
        "threshold_rule": threshold.rule,
        "sizes": list(config.windows.sizes),
        "stride": config.windows.stride,
        "exhaustive": search.detector.is_exhaustive,
        "iou": config.iou,
    }


def _config(pictures: Sequence[str]) -> DetectConfig:
    return DetectConfig(
        pictures=tuple(pictures),
        model=_MODEL.value,
        output=_OUTPUT.value,
        threshold=_THRESHOLD.value,
        fpr=_FPR.value,
        nonfaces=_NONFACES.value,
        windows=WindowOptions(parse_sizes(_SIZES.value), _STRIDE.value, _EXHAUSTIVE.value),
        iou=_IOU.value,
        batch_size=_BATCH_SIZE.value,
        output_kind=model_flags.output_kind(),
        foreign=model_flags.read(),
        draw=_DRAW.value,
        overwrite=_OVERWRITE.value,
        seed=_SEED.value,
    )
