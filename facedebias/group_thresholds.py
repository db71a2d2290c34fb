"""From an exported model and validation faces to the same model with thresholds for groups."""

import json
import shutil
from pathlib import Path

from facedebias.audit import group_fitting, picture_sample
from facedebias.audit.group_rule import GroupRule
from facedebias.audit.groups import divide
from facedebias.audit.scoring import find_saved_model
from facedebias.audit.settings import AuditConfig


def make(config: AuditConfig, constraint: str, objective: str, output: Path) -> GroupRule:
    """Fits thresholds and writes the model with them, and `run.json` with them beside it.

    Args:
        config: one model, the faces and the target, and the groups.
        constraint: a key of `group_fitting.CONSTRAINTS`: what is to be equal.
        objective: a key of `group_fitting.OBJECTIVES`: what is to be high nevertheless.
        output: the folder; replaced if it exists.

    Returns:
        What was fitted.

    Raises:
        InputError: if something is missing, or a group has faces of one label only.
    """
    ((name, _, path),) = config.named_models()
    sample, score, names = picture_sample.open_sample(config, [(name, path)])
    (scores,) = score(True)
    groups = divide(sample, names)
    known = groups.is_counted
    rule = group_fitting.fit(
        scores.scores[known],
        sample.labels[known],
        groups.names_of_rows[known],
        names,
        constraint,
        objective,
        f"{config.data}, split {config.split or 'all'}, {int(known.sum()):,} faces",
    )
    source = find_saved_model(Path(path))
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(source, output / "export")
    rule.save(output / "export")
    record_path = source.parent / "run.json"
    record = json.loads(record_path.read_text()) if record_path.exists() else {}
    record["group_thresholds"] = rule.to_json()
    (output / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    return rule
