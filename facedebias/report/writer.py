"""Writes the report of an audit: a folder that is there as a whole or not at all."""

import contextlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from facedebias.auditing.audit import Audit
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.report import card, page, results, summary, suspects_list, tables, verdict
from facedebias.report.formats import markdown
from facedebias.report.plots import figures
from facedebias.report.sections import format_changes
from facedebias.report.shown import shown
from facedebias.safekeeping import atomic, output_place
from facedebias.safekeeping.folder_beside import folder_beside

PAGE, SUMMARY, RESULTS = "report.html", "summary.md", "results.json"
TABLE, PICTURE, TEXT, SUSPECTS = "groups.csv", "recall.png", "report.md", "suspects.csv"
_LONGEST_NAME = 150  # bytes; file systems take 255

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
        InputError: if something is there that may not be replaced, or nothing can be written there.
    """
    output_place.check(output)
    if not output.exists():
        return
    try:
        held = {entry.name for entry in output.iterdir()}
    except OSError as error:
        raise output_place.cannot_be_made(output, error) from error
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
    output = output_place.real(output)
    with contextlib.ExitStack() as made:
        try:
            partial = made.enter_context(folder_beside(output))
        except OSError as error:
            raise output_place.cannot_be_made(output, error) from error
        _write_files(audit, partial, show_progress)
        atomic.take_place(partial, output)


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
        (folder / name).write_text(text, encoding="utf-8")
    figures.save(figures.recall_figure(audit), str(folder / PICTURE))


def _card_name(model: str, taken: set[str]) -> str:
    """A file name for a model whose name may hold anything, and be of any length."""
    stem = re.sub(r"[^\w.-]+", "_", model).encode()[:_LONGEST_NAME].decode(errors="ignore")
    number, name = 1, f"model_card_{stem}.md"
    while name in taken:
        number += 1
        name = f"model_card_{stem}-{number}.md"
    taken.add(name)
    return name


def _low_parts(audit: Audit) -> list[str]:
    if audit.low is None:
        return []
    table = markdown.table(tables.beside_low(audit), num_left=1)
    return [markdown.heading(2, audit.low.title), f"{tables.RECALL_CAPTION}:", table]


def as_markdown(audit: Audit, date: str) -> str:
    """The report as a document."""
    text, code = markdown.text, markdown.code
    sample, part = audit.sample, f", split {audit.split}" if audit.split else ""
    by = " and ".join(audit.groups.attributes) or "all rows together"
    facts = [
        *([f"Target: {text(sample.target.summary())}."] if sample.target else []),
        f"Positives: {code(sample.data)}{text(f'{part}; groups: {by}.')}",
        f"Negatives: {code(sample.negatives)}, {audit.models[0].num_negatives:,}.",
        *([f"Searched: {text(sample.windows.summary())}."] if sample.windows else []),
        *([f"Left out: {text(sample.excluded.summary())}."] if sample.excluded else []),
        f"Threshold: {text(audit.threshold_rule)}.",
        *(f"Model {text(model.name)}: {code(model.path)}." for model in audit.models),
        f"Date: {date}; versions are in `{RESULTS}`.",
    ]
    said = [*verdict.sentences(audit), *(result.sentence for result in audit.verdicts)]
    parts = [
        markdown.heading(1, "Recall by group"),
        "\n".join(f"- {fact}" for fact in facts),
        markdown.bullets(said),
        f"{tables.CAPTION}:",
        tables.as_markdown(audit),
        f"![Recall by group]({PICTURE})",
        *_low_parts(audit),
        *format_changes.as_markdown(audit),
        "## Between groups",
        tables.between_as_markdown(audit),
        "## Labels to look at",
        f"Every model contradicts the label of {suspects_list.summary(audit)}: labelled wrongly, or hard. "
        f"`{SUSPECTS}` lists them.",
        "## Notes",
        markdown.bullets(verdict.notes(audit)) or "None.",
        "## How to read this",
        *map(markdown.line, READING),
    ]
    return "\n\n".join(parts) + "\n"
