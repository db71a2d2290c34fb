r"""What a search finds: faces of collages, false boxes, and pictures without faces that fire.

    python -m studies.detection.detect_quality --model=checkpoints/classifier --pictures=data/collages \
        --nonfaces=DIR/imagenet/val --output=studies/detection/results/detect_quality.json

The collages are those of studies/detection/collages.py. A face counts as found if a box that was kept has
an intersection over union of at least 0.5 with it; a box is false if it has less than 0.3 with
every face. Pictures without faces are scaled and cropped to the collages' size. Each model searches twice:
by its first pass, and asked about every window.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags

from benchmarks import measure
from facedebias import machine
from facedebias.detection.detect_config import DEFAULT_THRESHOLD, DetectConfig
from facedebias.detection.geometry import DEFAULT_SIZES, WindowOptions

_MODEL = flags.DEFINE_multi_string("model", [], "A training run, or its export; give it again for more.")
_PICTURES = flags.DEFINE_string("pictures", None, "Folder of studies/detection/collages.py.", required=True)
_NONFACES = flags.DEFINE_string("nonfaces", None, "Folder of pictures without faces.", required=True)
_NUM_NONFACES = flags.DEFINE_integer("num_nonfaces", 200, "How many of them, at random.")
_STRIDES = flags.DEFINE_list("strides", ["0.125"], "Steps to compare.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

THRESHOLDS = (0.99, DEFAULT_THRESHOLD, 0.9999)
_FOUND, _FALSE = 0.5, 0.3


def main(argv: Sequence[str]) -> None:
    """Searches and writes."""
    machine.import_tensorflow()
    results = []
    for model in _MODEL.value:
        for stride in map(float, _STRIDES.value):
            for exhaustive in (False, True):
                asked = {"model": model, "stride": stride, "exhaustive": exhaustive}
                results.append(asked | search(model, WindowOptions(stride=stride, exhaustive=exhaustive)))
                print(json.dumps(results[-1]), flush=True)
    measure.write(_OUTPUT.value, {}, results=results, sizes=DEFAULT_SIZES)


def search(model: str, options: WindowOptions) -> dict[str, Any]:
    """Shares of faces found, boxes that are none, and pictures that fire, by threshold."""
    from facedebias.detection.backgrounds import Backgrounds
    from facedebias.detection.photographs import measure as size_of
    from facedebias.detection.photographs import pictures_in
    from facedebias.detection.search import Search, Searched, Threshold

    truth = json.loads((Path(_PICTURES.value) / "truth.json").read_text())
    found = Search(DetectConfig((_PICTURES.value,), model, "", windows=options))
    paths = pictures_in(Path(_NONFACES.value), "--nonfaces", with_people=False)
    chosen = np.random.default_rng(0).permutation(len(paths))[: _NUM_NONFACES.value]
    grounds = Backgrounds([paths[index] for index in chosen], [size_of(p) for p in found.paths], seed=0)
    highest = np.array([a.highest()[0] for a in found.detector.score(grounds.pictures())])
    result: dict[str, Any] = {"nonfaces_enlarged": grounds.enlarged, "thresholds": {}}
    searched: list[Searched] = []
    for threshold in THRESHOLDS:
        logit = float(np.log(threshold / (1 - threshold)))
        # Where all windows are asked about, boxes kept at a higher threshold are those kept at the
        # lowest and above it, as suppression begins with the best.
        if not (options.exhaustive and searched):
            searched = list(found.results(Threshold(logit, "")))
        kept = [(truth[s.path.name], [f.box for f in s.faces if f.score >= threshold]) for s in searched]
        faces = [any(iou(face, box) >= _FOUND for box in boxes) for real, boxes in kept for face in real]
        false = [all(iou(face, box) < _FALSE for face in real) for real, boxes in kept for box in boxes]
        result["thresholds"][str(threshold)] = {
            "num_faces": len(faces),
            "found": float(np.mean(faces)),
            "false_boxes_per_picture": sum(false) / len(kept),
            "nonfaces_that_fire": float(np.mean(highest >= logit)),
            "windows_per_picture": sum(s.num_windows for s in searched) / len(searched),
            "asked_per_picture": sum(s.num_asked for s in searched) / len(searched),
        }
    return result


def iou(first: Sequence[int], second: Sequence[int]) -> float:
    """Intersection over union of two boxes."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


if __name__ == "__main__":
    app.run(main)
