"""Face classifiers that work for everyone, and the proof of it.

import facedebias as fd

data = fd.FaceDataset("data/train.h5")
run = fd.train(fd.TrainConfig(model="dbvae"), data, output="checkpoints/dbvae")
audit = fd.audit(y_true, y_score, groups=people[["race", "gender"]], fpr=0.01)

Names are imported when they are asked for: TensorFlow and pandas take seconds.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facedebias.api.auditor import audit as audit
    from facedebias.api.auditor import compare as compare
    from facedebias.api.face_boxes import detect as detect
    from facedebias.api.group_audit import GroupAudit as GroupAudit
    from facedebias.api.model_training import train as train
    from facedebias.data.face_file import FaceDataset as FaceDataset
    from facedebias.errors import InputError as InputError
    from facedebias.training.config import TrainConfig as TrainConfig

__version__ = "0.1.0"

_PLACES = {
    "FaceDataset": "facedebias.data.face_file",
    "GroupAudit": "facedebias.api.group_audit",
    "InputError": "facedebias.errors",
    "TrainConfig": "facedebias.training.config",
    "audit": "facedebias.api.auditor",
    "compare": "facedebias.api.auditor",
    "detect": "facedebias.api.face_boxes",
    "train": "facedebias.api.model_training",
}

__all__ = ["__version__", *_PLACES]


def __getattr__(name: str) -> Any:
    """Imports a public name (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What there is, imported or not."""
    return sorted({*globals(), *__all__})
