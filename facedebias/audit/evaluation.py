"""The audit from end to end: models and pictures in, figures out."""

from pathlib import Path

import numpy as np

from facedebias.audit import thresholds
from facedebias.audit.audit import Audit, audit_model
from facedebias.audit.groups import Groups, intersect, single_group
from facedebias.audit.pictures import PictureTable, open_pictures
from facedebias.audit.scoring import ExportedModel, common_picture_shape
from facedebias.audit.settings import AuditConfig
from facedebias.data.face_file import FACE, NONFACE, Attribute
from facedebias.errors import InputError


def evaluate(config: AuditConfig, show_progress: bool = False) -> Audit:
    """Scores every model on the same pictures and computes its figures.

    Args:
        config: what to audit.
        show_progress: whether to draw progress bars.

    Raises:
        InputError: if anything that the config names is missing or does not fit.
    """
    config.validate()
    models = [ExportedModel(name, path) for name, path in config.named_models()]
    shape = common_picture_shape(models)
    data = open_pictures(config.data, shape, "face", config.split)
    negatives = open_pictures(config.nonfaces, shape, "nonface", config.split) if config.nonfaces else data
    face_rows, nonface_rows = _rows(config, data, FACE), _rows(config, negatives, NONFACE)
    groups, attributes = _groups(config, data, face_rows)
    if not config.thresholds:
        thresholds.check_enough_nonfaces(len(nonface_rows), config.rate, str(negatives.path))
    results = []
    for index, model in enumerate(models):
        faces = model.score(data, face_rows, config.batch_size, show_progress)
        nonfaces = model.score(negatives, nonface_rows, config.batch_size, show_progress).logits
        threshold = _threshold(config, index, nonfaces)
        results.append(audit_model(model.name, str(model.path), faces, groups, nonfaces, threshold))
    return Audit(
        data=config.data,
        nonfaces=config.nonfaces or config.data,
        split=config.split,
        group_attributes=attributes,
        threshold_rule=_threshold_rule(config, len(nonface_rows)),
        models=tuple(results),
        notes=groups.notes,
    )


def _rows(config: AuditConfig, pictures: PictureTable, label: int) -> np.ndarray:
    rows = pictures.rows(label, config.split)
    # Non-faces may be missing from the data itself, if the thresholds do not need them.
    is_needed = label == FACE or config.nonfaces is not None
    if len(rows) == 0 and is_needed:
        what = "faces" if label == FACE else "non-faces"
        part = f" of split {config.split!r}" if config.split else ""
        raise InputError(f"{pictures.path}: no {what}{part}. Choose other pictures or another --split.")
    return rows


def _groups(config: AuditConfig, data: PictureTable, rows: np.ndarray) -> tuple[Groups, tuple[str, ...]]:
    """Divides the rows; also returns the attributes that this was done by."""
    names = config.groups or (("group",) if Path(config.data).is_dir() else ())
    if not names:
        return single_group(len(rows)), ()
    columns = {name: data.attribute(name) for name in names}
    return intersect({name: Attribute(c.codes[rows], c.values) for name, c in columns.items()}), names


def _threshold(config: AuditConfig, index: int, nonface_logits: np.ndarray) -> float:
    if not config.thresholds:
        return thresholds.threshold_at_fpr(nonface_logits, config.rate)
    return thresholds.logit(config.thresholds[index if len(config.thresholds) > 1 else 0])


def _threshold_rule(config: AuditConfig, num_nonfaces: int) -> str:
    if not config.thresholds:
        return f"for each model, false positive rate at most {config.rate:.3g} on {num_nonfaces:,} non-faces"
    listed = ", ".join(f"{threshold:g}" for threshold in config.thresholds)
    return f"fixed, probability at least {listed}"
