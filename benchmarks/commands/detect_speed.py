r"""Searching photographs for faces: its share of the bare model's rate, in windows a second.

    python -m benchmarks.commands.detect_speed --model=checkpoints/classifier --pictures=data/collages \
        --output=benchmarks/results/detect_speed.json

The bare rate is the SavedModel's signature asked about ready-made batches of windows, as many as
the pictures have. The search begins with the files: decoding, scaling, cutting, the same
signature, threshold and suppression of overlaps. Both in one process, in turn.
"""

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from absl import app, flags
from PIL import Image

from benchmarks import measure
from facedebias import machine
from facedebias.detection.detect_config import DetectConfig
from facedebias.detection.geometry import DEFAULT_STRIDE, WindowOptions

_MODEL = flags.DEFINE_string("model", None, "A training run, or its export.", required=True)
_PICTURES = flags.DEFINE_string("pictures", None, "Folder of photographs.", required=True)
_STRIDE = flags.DEFINE_float("stride", DEFAULT_STRIDE, "Of the windows.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Windows in a batch, of both.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    machine.import_tensorflow()
    import tensorflow as tf

    from facedebias.detection.cutting import square_side
    from facedebias.detection.photographs import load
    from facedebias.detection.search import Search

    config = DetectConfig(
        (_PICTURES.value,), _MODEL.value, "", windows=WindowOptions(stride=_STRIDE.value),
        batch_size=_BATCH_SIZE.value,
    )  # fmt: skip
    search = Search(config)
    threshold = search.find_threshold()
    found = list(search.results(threshold))  # warms up, and counts
    num_windows = sum(picture.num_windows for picture in found)
    loaded = tf.saved_model.load(str(search.model.path))
    answer = loaded.signatures["serving_default"]
    side = square_side(search.model.path, search.model.image_shape)
    windows = _windows(side, [load(path).image for path in search.paths[:4]])
    full, rest = divmod(num_windows, len(windows))
    batches = [tf.constant(windows)] * full + [tf.constant(windows[:rest])] * (rest > 0)
    seconds: dict[str, list[float]] = {"bare": [], "search": []}
    for number in range(_ROUNDS.value + 1):
        bare = _seconds(lambda: [answer(images=batch) for batch in batches])
        searched = _seconds(lambda: list(search.results(threshold)))
        if number:
            seconds["bare"].append(bare)
            seconds["search"].append(searched)
    figures = {
        "detect_vs_bare_forward": measure.ratio(seconds["bare"], seconds["search"], "%"),
        "rate_detect": measure.figure([num_windows / value for value in seconds["search"]], "windows/s"),
        "rate_bare_forward": measure.figure([num_windows / value for value in seconds["bare"]], "windows/s"),
        "picture_ms": measure.figure([1e3 * value / len(found) for value in seconds["search"]], "ms"),
    }
    measure.write(
        _OUTPUT.value,
        figures,
        model=str(search.model.path),
        num_pictures=len(found),
        median_megapixels=statistics.median(p.size[0] * p.size[1] / 1e6 for p in found),
        windows_per_picture=num_windows / len(found),
        sizes=config.windows.sizes,
        stride=config.windows.stride,
        batch_size=config.batch_size,
    )


def _windows(side: int, images: list[Image.Image]) -> np.ndarray:
    """A batch cut from real pictures, uint8 `(batch_size, side, side, 3)`."""
    rng = np.random.default_rng(0)
    pixels = [np.asarray(image) for image in images]
    windows = []
    for number in range(_BATCH_SIZE.value):
        picture = pixels[number % len(pixels)]
        top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
        windows.append(picture[top : top + side, left : left + side])
    return np.stack(windows)


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    app.run(main)
