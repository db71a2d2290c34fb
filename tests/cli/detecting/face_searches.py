"""A search for faces as a command and as a class, which tests share."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from facedebias.detection.detect_config import DetectConfig
from facedebias.detection.geometry import WindowOptions
from facedebias.detection.search import Search

ROOT = Path(__file__).parents[3]
FACE = (60, 30, 140, 110)  # half of the shorter side
OPTIONS = WindowOptions((0.5,), 0.2)


def iou(first, second):
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = np.prod(np.maximum(high - low, 0))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def config(model, *pictures, **fields):
    return DetectConfig(pictures, model, **{"output": "unused", "windows": OPTIONS, **fields})


def search(*arguments, **fields):
    found = Search(config(*arguments, **fields))
    return found, list(found.results(found.find_threshold()))


def start(*flags, cwd=ROOT):
    command = [sys.executable, "-m", "facedebias.detect", *map(str, flags)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
