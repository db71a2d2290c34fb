"""Writes the report of an audit: a folder that is there as a whole or not at all."""

import json
import os
import shutil
from pathlib import Path

from facedebias.audit.audit import Audit
from facedebias.errors import InputError
from facedebias.report import figures, results, tables
from facedebias.report.notes import notes

RESULTS, TABLE, PICTURE, TEXT = "results.json", "groups.csv", "recall.png", "report.md"

_READING = """\
Recall is the share of a group's faces that the model takes for faces. Brackets hold 95% intervals:
of a share by Wilson's method, of figures over groups as docs/evaluation.md describes. They answer how
far the figures could move with other faces of the same kind; they hold the threshold fixed, and say
nothing of faces of another kind. Every group counts the same in the mean of groups, the gap (best
minus worst group) and the variance (population convention, of recalls in percent). The interval of the
worst group is that of the lowest true recall of any group, which the group named need not be."""


def check_place(output: Path, overwrite: bool) -> None:
    """Checks that the report may be written there, before anything is computed.

    Raises:
        InputError: if something is there that may not be replaced.
    """
    if not output.parent.is_dir() and output.parent.exists():
        raise InputError(f"{output}: {output.parent} is not a folder; choose another --output.")
    if not output.exists():
        return
    if not output.is_dir():
        raise InputError(f"{output}: exists and is no folder; choose another --output.")
    held = {entry.name for entry in output.iterdir()}
    # A slip of the hand must not delete somebody's folder.
    if held and RESULTS not in held:
        raise InputError(f"{output}: holds something else than a report; choose another --output.")
    if held and not overwrite:
        raise InputError(f"{output}: holds a report already; choose another --output or add --overwrite.")


def write(audit: Audit, output: Path, overwrite: bool = False) -> None:
    """Writes `report.md`, `results.json`, `groups.csv` and `recall.png`.

    They are written beside the folder and moved into place together, so that a report that
    is there is complete.

    Raises:
        InputError: if something is there that may not be replaced.
    """
    check_place(output, overwrite)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        document = results.as_json(audit)
        (partial / RESULTS).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
        (partial / TABLE).write_text(tables.as_csv(audit))
        (partial / TEXT).write_text(as_markdown(audit, document["date"]))
        figures.save(figures.recall_figure(audit), str(partial / PICTURE))
        if output.exists():
            shutil.rmtree(output)
        os.replace(partial, output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def as_markdown(audit: Audit, date: str) -> str:
    """The report that people read."""
    by = " and ".join(audit.group_attributes) or "all faces together"
    part = f", split {audit.split}" if audit.split else ""
    facts = [
        f"- Faces: `{audit.data}`{part}; groups: {by}.",
        f"- Non-faces: `{audit.nonfaces}`, {audit.models[0].num_nonfaces:,}.",
        f"- Threshold: {audit.threshold_rule}.",
        *(f"- Model {model.name}: `{model.path}`." for model in audit.models),
        f"- Date: {date}; versions are in `{RESULTS}`.",
    ]
    parts = [
        "# Recall by group",
        "\n".join(facts),
        f"{tables.CAPTION}:",
        tables.as_markdown(audit),
        f"![Recall by group]({PICTURE})",
        "## Notes",
        "\n".join(f"- {note}" for note in notes(audit)) or "None.",
        "## How to read this",
        _READING,
    ]
    return "\n\n".join(parts) + "\n"
