"""From an exported model and validation faces to the same model with thresholds for groups."""

import json
import shutil
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.auditing.inputs import picture_sample
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.thresholds import group_fitting
from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import atomic, checksums, output_place
from facedebias.safekeeping.folder_beside import folder_beside
from facedebias.scoring.group_rule import PLACE, GroupRule, names_of_groups
from facedebias.scoring.loading.model_places import find_saved_model, refuse_links_out
from facedebias.text import visible


def make(
    config: AuditConfig, constraint: str, objective: str, output: Path, tolerance: float = 0.0
) -> GroupRule:
    """Fits thresholds and writes the model with them, and `run.json` with them beside it.

    Args:
        config: one model, the faces and the target, and the groups.
        constraint: one of `group_rule.CONSTRAINTS`: what is to be equal.
        objective: a key of `group_fitting.OBJECTIVES`: what is to be high nevertheless.
        output: the folder; replaced if it holds such a model.
        tolerance: difference between two groups that is let pass, a fraction.

    Returns:
        What was fitted.

    Raises:
        InputError: if something is missing, a group has hardly any faces of a label, or the output
            is something else than such a model.
    """
    ((name, _, path),) = config.named_models()
    source = find_saved_model(Path(path))
    output = output_place.real(output)
    _check_places(source, output)
    output_place.check(output)
    refuse_links_out(source)
    record = _record_beside(source)
    sample, score, names = picture_sample.open_sample(config, [(name, path)])
    (scores,) = score(True)
    known = divide(sample, names).is_counted
    groups = names_of_groups({name: sample.attributes[name] for name in names})
    rule = group_fitting.fit(
        scores.scores[known],
        sample.labels[known],
        groups[known],
        names,
        constraint,
        objective,
        f"{config.data}, split {config.split or 'all'}, {int(known.sum()):,} faces",
        tolerance,
    )
    with folder_beside(output) as partial:
        _copy(source, partial / "export")
        rule.save(partial / "export")
        checksums.write(partial / "export")
        record[provenance.GROUP_THRESHOLDS] = rule.to_json()
        (partial / "run.json").write_text(json.dumps(record, indent=2) + "\n")
        atomic.take_place(partial, output)
    return rule


def _record_beside(source: Path) -> dict[str, Any]:
    """What `run.json` beside the model holds; nothing if there is none."""
    path = provenance.path_beside(source)
    if not path.exists():
        return {}
    try:
        record = inner_file.read_json(path.parent, path.name, most_bytes=provenance.MOST_BYTES)
    except RefusedFileError as error:
        raise _not_copied(path, f"{error} as facedebias train writes it") from error
    if not isinstance(record, dict):
        raise _not_copied(path, "is not JSON as facedebias train writes it")
    return record


def _not_copied(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: {why}, and would be copied with the model. Delete it, or put the original back."
    )


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target)
    except shutil.Error as error:
        # It has (what, where to, why) of each file, and no number as other errors of the system do.
        (path, _, reason), *_ = error.args[0]
        raise InputError(f"{visible(str(path))}: cannot be copied ({reason}). Check the rights.") from error


def _check_places(source: Path, output: Path) -> None:
    """Refuses to delete what is no such model, or the model itself, and to fit thresholds on thresholds."""
    if (source / PLACE).exists():
        raise InputError(
            f"{source}: has thresholds for groups already. Give the model that it was made of; to replace "
            "the thresholds, name that one, and this folder as --output with --overwrite."
        )
    inner, outer = source.resolve(), output.resolve()
    if outer in (inner, *inner.parents) or inner in outer.parents:
        raise InputError(f"{output}: is the folder of the model, or holds it; choose another --output.")
    if output.exists() and not (output / "export" / PLACE).exists():
        raise InputError(
            f"{output}: is no model with thresholds, so it is not replaced; choose another folder, or "
            "delete this one."
        )
