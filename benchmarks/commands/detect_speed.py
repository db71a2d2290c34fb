r"""Searching photographs for faces: milliseconds a picture, by a first pass and by all windows.

    python -m benchmarks.commands.detect_speed --model=checkpoints/classifier --pictures=data/collages \
        --output=benchmarks/results/detect_speed.json

The pictures are collages of 1600x1200 (studies/detection/collages.py). A search begins with the files:
decoding, scaling, the first pass, cutting, the model, threshold and suppression of overlaps. The bare rate is
the SavedModel's signature asked about ready-made batches of windows, as many as the pictures have. All in one
process, in turn.
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
from facedebias.detection.geometry import DEFAULT_SIZES, DEFAULT_STRIDE, WindowOptions

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

    def search_by(exhaustive: bool) -> Search:
        options = WindowOptions(stride=_STRIDE.value, exhaustive=exhaustive)
        pictures, batch_size = (_PICTURES.value,), _BATCH_SIZE.value
        return Search(DetectConfig(pictures, _MODEL.value, "", windows=options, batch_size=batch_size))

    search, whole = search_by(exhaustive=False), search_by(exhaustive=True)
    threshold = search.find_threshold()
    found = list(search.results(threshold))  # warms up, and counts
    num_windows = sum(picture.num_windows for picture in found)
    num_asked = sum(picture.num_asked for picture in found)
    loaded = tf.saved_model.load(str(search.model.path))
    answer = loaded.signatures["serving_default"]
    side = square_side(search.model.path, search.model.image_shape)
    windows = _windows(side, [load(path).image for path in search.paths[:4]])
    full, rest = divmod(num_windows, len(windows))
    batches = [tf.constant(windows)] * full + [tf.constant(windows[:rest])] * (rest > 0)
    tasks: dict[str, Callable[[], object]] = {
        "bare": lambda: [answer(images=batch) for batch in batches],
        "whole": lambda: list(whole.results(threshold)),
        "search": lambda: list(search.results(threshold)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(_ROUNDS.value + 1):
        for name, task in tasks.items():
            spent = _seconds(task)
            if number:
                seconds[name].append(spent)
    a_picture = {name: [1e3 * value / len(found) for value in values] for name, values in seconds.items()}
    figures = {
        "detect_1600_ms": measure.figure(a_picture["search"], "ms"),
        "exhaustive_1600_ms": measure.figure(a_picture["whole"], "ms"),
        "exhaustive_vs_detect": measure.ratio(seconds["whole"], seconds["search"]),
        "exhaustive_vs_bare_forward": measure.ratio(seconds["bare"], seconds["whole"], "%"),
        "rate_bare_forward": measure.figure([num_windows / value for value in seconds["bare"]], "windows/s"),
    }
    measure.write(
        _OUTPUT.value,
        figures,
        model=str(search.model.path),
        num_pictures=len(found),
        median_megapixels=statistics.median(p.size[0] * p.size[1] / 1e6 for p in found),
        windows_per_picture=num_windows / len(found),
        asked_per_picture=num_asked / len(found),
        sizes=DEFAULT_SIZES,
        stride=_STRIDE.value,
        batch_size=_BATCH_SIZE.value,
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
