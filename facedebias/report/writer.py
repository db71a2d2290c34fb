"""Writes the report of an audit: a folder that is there as a whole or not at all."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from facedebias.auditing.audit import Audit
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.report import card, page, results, summary, suspects_list, tables, verdict
from facedebias.report.plots import figures
from facedebias.report.shown import shown
from facedebias.text import visible

PAGE, SUMMARY, RESULTS = "report.html", "summary.md", "results.json"
TABLE, PICTURE, TEXT, SUSPECTS = "groups.csv", "recall.png", "report.md", "suspects.csv"

READING = (
    "Recall (TPR) is the share of a group's positives that the model selects; for a detector, the faces it "
    "finds. Intervals have 95% coverage: Wilson's method for a share, an inverted bootstrap test between "
    "groups. The largest difference of many noisy groups is too large by itself.",
    "p says how often chance gives so large a difference if all groups are alike (permutation test). A large "
    "p does not show that there is no gap: look at the smallest gap that this test can detect.",
    "Intervals cover other rows of the same kind. They hold the threshold fixed. They do not cover another "
    "training run or other kinds of pictures.",
    "Every group counts the same in the mean of groups, the gap (best minus worst) and the variance "
    "(population convention, of values in percent). The interval of the worst group is that of the worst in "
    "truth, which the group named need not be. docs/metrics.md defines every metric, with its source; "
    "docs/intervals.md explains the tests.",
)


def check_place(output: Path, overwrite: bool, needed: Sequence[tuple[str, str]] = ()) -> None:
    """Checks that the report may be written there, before anything is computed.

    Args:
        output: the folder.
        overwrite: whether an earlier report in it is replaced.
        needed: flags and the files or folders that they name, which must not be deleted.

    Raises:
        InputError: if something is there that may not be replaced.
    """
    if not output.parent.is_dir() and output.parent.exists():
        raise InputError(f"{output}: {output.parent} is not a folder; choose another {setting('output')}.")
    if not output.exists():
        return
    if not output.is_dir():
        raise InputError(f"{output}: exists and is no folder; choose another {setting('output')}.")
    held = {entry.name for entry in output.iterdir()}
    # A slip of the hand must not delete somebody's folder.
    if held and RESULTS not in held:
        raise InputError(f"{output}: holds something else than a report; choose another {setting('output')}.")
    if held and not overwrite:
        raise InputError(
            f"{output}: holds a report already; choose another {setting('output')} or add "
            f"{setting('overwrite', True)}."
        )
    for flag, place in needed:
        if output.resolve() in Path(place).resolve().parents:
            raise InputError(
                f"{flag}={place}: lies in --output={output}, which --overwrite deletes; move it elsewhere "
                "first, or choose another --output."
            )


def write(audit: Audit, output: Path, overwrite: bool = False, show_progress: bool = False) -> None:
    """Writes the page, summary, results, tables, picture and model cards.

    They are written beside the folder and moved into place together, so that a report that
    is there is complete.

    Raises:
        InputError: if something is there that may not be replaced.
    """
    check_place(output, overwrite)
    partial = output.with_name(f".{output.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            f"{output}: the folder cannot be made ({error.strerror}); choose another {setting('output')}."
        ) from error
    try:
        _write_files(audit, partial, show_progress)
        if output.exists():
            shutil.rmtree(output)
        os.replace(partial, output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_files(audit: Audit, folder: Path, show_progress: bool) -> None:
    document = results.as_json(audit)
    date, audit = document["date"], shown(audit)
    texts = {
        RESULTS: json.dumps(document, indent=2, allow_nan=False) + "\n",
        TABLE: tables.as_csv(audit),
        SUSPECTS: suspects_list.as_csv(audit),
        TEXT: as_markdown(audit, date),
        SUMMARY: summary.as_markdown(audit),
        PAGE: page.render(audit, date, list(READING), show_progress),
    }
    taken: set[str] = set()
    for index, model in enumerate(audit.models):
        texts[_card_name(model.name, taken)] = card.as_markdown(audit, index, date)
    for name, text in texts.items():
        # Markdown takes HTML, and a group may be called anything.
        safe = text.replace("<", "&lt;") if name.endswith(".md") else text
        (folder / name).write_text(safe, encoding="utf-8")
    figures.save(figures.recall_figure(audit), str(folder / PICTURE))


def _card_name(model: str, taken: set[str]) -> str:
    """A file name for a model whose name may hold anything."""
    stem = re.sub(r"[^\w.-]+", "_", model)
    number, name = 1, f"model_card_{stem}.md"
    while name in taken:
        number += 1
        name = f"model_card_{stem}-{number}.md"
    taken.add(name)
    return name


def _low_parts(audit: Audit) -> list[str]:
    if audit.low is None:
        return []
    table = tables.markdown_table(tables.beside_low(audit), num_left=1)
    return [f"## {audit.low.title}", f"{tables.RECALL_CAPTION}:", table]


def as_markdown(audit: Audit, date: str) -> str:
    """The report as a document."""
    sample, part = audit.sample, f", split {audit.split}" if audit.split else ""
    by = " and ".join(audit.groups.attributes) or "all rows together"
    facts = [
        *([f"- Target: {sample.target.summary()}."] if sample.target else []),
        f"- Positives: `{sample.data}`{part}; groups: {by}.",
        f"- Negatives: `{sample.negatives}`, {audit.models[0].num_negatives:,}.",
        *([f"- Searched: {sample.windows.summary()}."] if sample.windows else []),
        *([f"- Left out: {sample.excluded.summary()}."] if sample.excluded else []),
        f"- Threshold: {audit.threshold_rule}.",
        *(f"- Model {model.name}: `{visible(model.path)}`." for model in audit.models),
        f"- Date: {date}; versions are in `{RESULTS}`.",
    ]
    said = [*verdict.sentences(audit), *(result.sentence for result in audit.verdicts)]
    parts = [
        "# Recall by group",
        "\n".join(facts),
        "\n".join(f"- {sentence}" for sentence in said),
        f"{tables.CAPTION}:",
        tables.as_markdown(audit),
        f"![Recall by group]({PICTURE})",
        *_low_parts(audit),
        "## Between groups",
        tables.between_as_markdown(audit),
        "## Labels to look at",
        f"Every model contradicts the label of {suspects_list.summary(audit)}: labelled wrongly, or hard. "
        f"`{SUSPECTS}` lists them.",
        "## Notes",
        "\n".join(f"- {note}" for note in verdict.notes(audit)) or "None.",
        "## How to read this",
        *READING,
    ]
    return "\n\n".join(parts) + "\n"
