"""Opens models and pictures for an audit."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from facedebias.auditing.inputs.picture_rows import PicturePart, PictureRows
from facedebias.auditing.inputs.picture_sources import PictureTable, open_pictures
from facedebias.auditing.inputs.predictions.values import doubts
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.settings import DEFAULT_THRESHOLD, AuditConfig
from facedebias.data import targets
from facedebias.data.face_columns import FACE, NONFACE, Attribute
from facedebias.data.records import UNKNOWN
from facedebias.data.sources import check_kinds
from facedebias.errors import InputError
from facedebias.scoring.beside import run_beside
from facedebias.scoring.beside.learned import check_target
from facedebias.scoring.exported_model import ExportedModel, common_picture_shape
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.group_rule import UNKNOWN_GROUP, names_of_groups
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import PROBABILITY
from facedebias.scoring.threshold_rule import FIXED, Rule

Score = Callable[[bool], list[ModelScores]]
_FOLDER_GROUP = "group"  # what folders of pictures are values of


def open_sample(
    config: AuditConfig, named: Sequence[tuple[str, Path]]
) -> tuple[Sample, Score, tuple[str, ...]]:
    """Opens everything that pictures are scored with.

    Args:
        config: what to audit.
        named: name and folder of each model.

    Returns:
        The rows, a function that scores them with every model (told whether to draw progress
        bars), and the attributes that make the groups.

    Raises:
        InputError: if something is missing or does not fit.
    """
    models = [ExportedModel(name, path, config.foreign, config.asked_kind) for name, path in named]
    _check_rules(models, config)
    for model in models:
        check_target(model.path, config.target)
    rows, facts = _open_rows(config, common_picture_shape(models), any(m.needs_shape for m in models))
    names = config.groups or _default_groups(config, facts)
    attributes = {name: rows.attribute(name) for name in names}
    labels = rows.labels
    # Of a target, all rows are faces, whatever is known of them.
    has_groups = facts or any((a.codes[~labels] != UNKNOWN).any() for a in attributes.values())
    sample = Sample(
        labels=labels,
        attributes=attributes,
        is_shared=np.zeros(len(labels), bool) if has_groups else ~labels,
        data=config.data,
        negatives=str(rows.negatives.table.path),
        locate=rows.locate,
        read=rows.read,
        target=facts,
        notes=(
            *rows.notes,
            *(note for model in models for note in run_beside.notes(model.path)),
            *_notes_on_flags(models, config),
            *_notes_on_values(attributes),
        ),
        identify=rows.identify,
    )

    def score(show_progress: bool) -> list[ModelScores]:
        return [
            _decided(
                model,
                model.score(rows.read, len(labels), config.batch_size, rows.locate, show_progress),
                rows,
                config.seed,
            )
            for model in models
        ]

    return sample, score, names


def _notes_on_flags(models: Sequence[ExportedModel], config: AuditConfig) -> list[str]:
    """Says if flags tell of models made elsewhere, and there are none."""
    if config.foreign == ForeignModels() or not all(model.is_own for model in models):
        return []
    names = ", ".join(model.name for model in models)
    return [
        "Flags that describe models made elsewhere (--input_scale and the like) were not used, as this "
        f"project's own say by themselves what they take: {names}."
    ]


def _notes_on_values(attributes: Mapping[str, Attribute]) -> list[str]:
    """Asks about values of groups that may be one, or may mean that nothing is known."""
    notes = []
    for name, attribute in attributes.items():
        counts = np.bincount(attribute.codes[attribute.codes != UNKNOWN], minlength=len(attribute.values))
        rows = {value: int(n) for value, n in zip(attribute.values, counts, strict=True) if n}
        notes += doubts(name, rows)
    return notes


def _check_rules(models: Sequence[ExportedModel], config: AuditConfig) -> None:
    for model in models:
        if model.group_rule and config.rule != Rule(FIXED, (DEFAULT_THRESHOLD,)):
            raise InputError(
                f"{model.path}: has thresholds of its own for groups ({model.group_rule.constraint}), beside "
                f"which no other can be set. Give --threshold={DEFAULT_THRESHOLD:g}, which leaves them alone."
            )


def _decided(model: ExportedModel, scores: ModelScores, rows: PictureRows, seed: int) -> ModelScores:
    """Of a model with thresholds for groups, its decisions in place of its scores."""
    rule = model.group_rule
    if rule is None:
        return scores
    names = names_of_groups({name: rows.attribute(name) for name in rule.attributes})
    is_known = names != UNKNOWN_GROUP
    decisions = np.zeros(len(names), np.float32)
    # Coins of its own for each model, or runs of one would all be as lucky.
    coins = [seed, zlib.crc32(model.name.encode())]
    decisions[is_known] = rule.decide(scores.scores[is_known], names[is_known], coins)
    chance = ", partly by chance," if rule.is_random else ""
    note = (
        f"{model.name} decides{chance} by thresholds of its own for {', '.join(rule.attributes)} "
        f"({rule.equal}, fitted on {rule.fitted_on}): using it needs that of everyone who is judged. "
        "Its scores are these decisions, 0 or 1."
    )
    if not is_known.all():
        note += f" {int(np.sum(~is_known)):,} rows whose group is not known are not selected."
    return ModelScores(
        model.name, scores.path, PROBABILITY, decisions, decisions, True, f"{scores.note} {note}".strip()
    )


def _open_rows(
    config: AuditConfig, shape: tuple[int | None, ...], is_strict: bool
) -> tuple[PictureRows, TargetFacts | None]:
    """Positives and negatives, and what they are if not faces and non-faces."""
    data = open_pictures(config.data, shape, "face", config.split, is_strict)
    if config.target:
        return _of_target(config, data)
    negatives = data
    if config.nonfaces:
        check_kinds([config.data], [config.nonfaces])
        negatives = open_pictures(config.nonfaces, shape, "nonface", config.split, is_strict)
    faces, nonfaces = _rows(config, data, FACE), _rows(config, negatives, NONFACE)
    return PictureRows(PicturePart(data, faces), PicturePart(negatives, nonfaces)), None


def _of_target(config: AuditConfig, data: PictureTable) -> tuple[PictureRows, TargetFacts]:
    """Faces that have the target and faces that do not."""
    target = targets.resolve(data, config.target)
    faces = _rows(config, data, FACE)
    labels = targets.target_labels(data, config.target)[faces]
    facts = TargetFacts(
        target,
        tuple(value for value in data.attribute(target.name).values if value != target.value),
        int(np.sum(labels == targets.NEITHER)),
        len(data.rows(NONFACE, config.split)),
    )
    positives, negatives = faces[labels == targets.POSITIVE], faces[labels == targets.NEGATIVE]
    for rows, what in ((positives, str(target)), (negatives, facts.negatives)):
        if len(rows) == 0:
            raise InputError(
                f"{data.path}: no faces with {what}{_of_split(config)}; --target={config.target} needs "
                "positives and negatives. Choose other pictures, another --target or another --split."
            )
    return PictureRows(PicturePart(data, positives), PicturePart(data, negatives)), facts


def _default_groups(config: AuditConfig, facts: TargetFacts | None) -> tuple[str, ...]:
    """The folders of a folder of groups, unless these are what is audited."""
    is_free = facts is None or facts.target.name != _FOLDER_GROUP
    return (_FOLDER_GROUP,) if Path(config.data).is_dir() and is_free else ()


def _rows(config: AuditConfig, pictures: PictureTable, label: int) -> np.ndarray:
    rows = pictures.rows(label, config.split)
    # Non-faces may be missing from the data itself, if the thresholds do not need them.
    is_needed = label == FACE or config.nonfaces is not None
    if len(rows) == 0 and is_needed:
        what = "faces" if label == FACE else "non-faces"
        raise InputError(
            f"{pictures.path}: no {what}{_of_split(config)}. Choose other pictures or another --split."
        )
    return rows


def _of_split(config: AuditConfig) -> str:
    return f" of split {config.split!r}" if config.split else ""
