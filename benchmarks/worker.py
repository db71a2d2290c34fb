"""The process behind a `benchmarks.measure.Contestant`: builds one, then answers requests.

Reads lines of JSON, [method, argument, ...]; writes a line of JSON for each: the seconds the
call took, the process's anonymous memory after it in MB (10^6 bytes), and what it returned.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags

from facedebias import machine
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError

_CONTESTANT = flags.DEFINE_string("contestant", None, "Who.", required=True)
_DATA = flags.DEFINE_string("data", None, "Face file.")
_MODEL = flags.DEFINE_string("model", "dbvae", "classifier or dbvae.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 32, "Pictures in a batch.")
_ROWS = flags.DEFINE_integer("rows", 110_000, "Rows to draw from (sampler).")
_GROUPS = flags.DEFINE_integer("groups", 14, "Groups of the rows (audit, fairlearn).")
_LATENT_DIM = flags.DEFINE_integer("latent_dim", 100, "Latents of a face (sampler).")
_AUGMENT = flags.DEFINE_boolean("augment", False, "Whether pictures are changed at random, as in train.py.")

_PRESET = flags.DEFINE_string("preset", "default", "Settings to train with (preset).")
_SETTINGS = flags.DEFINE_string("settings", "{}", "What differs from the preset's, as JSON (preset).")
_STRATEGY = flags.DEFINE_string("strategy", "one", "Of train.py (shared).")
_REPLICAS = flags.DEFINE_integer("replicas", 0, "Of train.py (shared).")
_FILL_BINS = flags.DEFINE_boolean("fill_bins", True, "Whether the sampler starts as after an epoch (own).")


def _data() -> str:
    if not _DATA.value:
        raise InputError(f"--contestant={_CONTESTANT.value}: needs a face file; give --data.")
    return _DATA.value


def _own() -> Any:
    from benchmarks.training.own_training import OwnTraining

    return OwnTraining(_data(), _MODEL.value, _BATCH_SIZE.value, _AUGMENT.value, _FILL_BINS.value)


def _preset() -> Any:
    from benchmarks.training.preset_training import PresetTraining

    return PresetTraining(_data(), _PRESET.value, json.loads(_SETTINGS.value))


def _shared() -> Any:
    from benchmarks.scaling.shared_training import SharedTraining

    return SharedTraining(_data(), _STRATEGY.value, _REPLICAS.value, _BATCH_SIZE.value)


def _sampler() -> Any:
    from benchmarks.training.sampler_alone import SamplerAlone

    return SamplerAlone(_ROWS.value, _LATENT_DIM.value, _BATCH_SIZE.value)


def _audit(name: str) -> Any:
    from benchmarks.auditing import audit_alone

    return getattr(audit_alone, name)(_GROUPS.value)


class Reader:
    """Reads random rows of a face file, and does nothing with them."""

    def __init__(self, data: str, batch_size: int):
        self._data, self._batch_size = data, batch_size
        self._dataset = FaceDataset(data)
        self._random = np.random.default_rng()

    def run(self, num_steps: int) -> None:
        """Reads batches."""
        for _ in range(num_steps):
            self._dataset.read(self._random.integers(0, len(self._dataset), self._batch_size))

    def load(self, _: int) -> None:
        """Reads the whole file, which leaves it in the system's cache."""
        with open(self._data, "rb") as file:
            while file.read(1 << 24):
                pass


def _peer(module: str, name: str) -> Any:
    import importlib

    from facedebias.data.splitting import split_rows

    dataset = FaceDataset(_data())
    parts = split_rows(dataset, 0.1, 0)
    rows = [*parts.train_positives, *parts.train_negatives]
    # The peers hold all pictures in memory.
    images, labels = dataset.read(rows), dataset.labels[rows, 0].astype(np.float32)
    contestant = getattr(importlib.import_module(f"benchmarks.training.{module}"), name)
    augment = {"augment": True} if _AUGMENT.value else {}
    return contestant(images, labels, _MODEL.value, _BATCH_SIZE.value, **augment)


CONTESTANTS: dict[str, Callable[[], Any]] = {
    "own": _own,
    "preset": _preset,
    "shared": _shared,
    "sampler": _sampler,
    "audit": lambda: _audit("Audit"),
    "fairlearn": lambda: _audit("FairlearnBootstrap"),
    "reader": lambda: Reader(_data(), _BATCH_SIZE.value),
    "lab": lambda: _peer("lab_reference", "LabTraining"),
    "pytorch": lambda: _peer("pytorch_reference", "PytorchTraining"),
    "keras_fit": lambda: _peer("keras_reference", "KerasFit"),
    "keras_step": lambda: _peer("keras_reference", "KerasStep"),
}


def main(argv: Sequence[str]) -> None:
    """Answers until the input ends."""
    if _CONTESTANT.value not in {"pytorch", "audit", "fairlearn"}:
        machine.import_tensorflow()
    contestant = CONTESTANTS[_CONTESTANT.value]()
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        start = time.perf_counter()
        returned = getattr(contestant, method)(*arguments)
        answer = {"seconds": time.perf_counter() - start, "anonymous_mb": anonymous_mb(), **(returned or {})}
        print(json.dumps(answer), flush=True)


def anonymous_mb() -> float:
    """Memory of this process that no file backs, in MB (10^6 bytes)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("/proc/self/status: no RssAnon; this benchmark needs Linux.")


if __name__ == "__main__":
    app.run(main)
