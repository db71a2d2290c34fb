"""What a trial of mitigations found: its table, picture, record and report, judged and written."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from facedebias import provenance
from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.runs import Runs
from facedebias.mitigation.methods import PLAIN
from facedebias.mitigation.trial import Trial
from facedebias.report import writer
from facedebias.report.formats import markdown
from facedebias.report.plots import figures, tradeoff
from facedebias.report.shown import shown
from facedebias.safekeeping import atomic
from facedebias.text import visible

TABLE, RECORD, PICTURE, REPORT = "compare.md", "compare.json", "tradeoff.png", "report"


def check_place(output: Path) -> None:
    """Checks that a comparison can be written into a folder, before hours of training.

    Raises:
        InputError: if its report cannot be made, or something else is in the report's place.
    """
    writer.check_place(output / REPORT, overwrite=True)


def judge(trial: Trial, output: Path) -> str:
    """Judges all trainings; writes the comparison, and a report on the first training of each.

    Args:
        trial: whose trainings are made.
        output: folder; files of an earlier comparison are replaced.

    Returns:
        The comparison as Markdown.
    """
    judged = {runs.name: runs for runs in evaluate(trial.audit_config(), show_progress=True).runs}
    seen = shown(judged)
    what = visible(
        f"{trial.target} by {' x '.join(trial.groups)}, {trial.split} split, {trial.num_seeds} seeds"
    )
    text = _comparison(trial, seen, what)
    output.mkdir(parents=True, exist_ok=True)
    for name in (TABLE, RECORD, PICTURE):
        atomic.remove_partial(output / name)
    atomic.write_text(output / TABLE, text)
    record = {
        **provenance.provenance(),
        "gaps": trial.gaps,
        "limits": {limit.figure: limit.limit for limit in trial.limits},
        "mitigations": {name: dataclasses.asdict(runs) for name, runs in judged.items()},
    }
    atomic.write_text(output / RECORD, json.dumps(record, indent=1) + "\n")
    with atomic.replacing(output / PICTURE) as partial:
        figures.save(tradeoff.draw(seen, trial.gaps, what), str(partial))
    first = tuple(f"{each.name}={trial.folder(each, 0)}" for each in trial.mitigations)
    audit = evaluate(dataclasses.replace(trial.audit_config(), models=first), show_progress=True)
    writer.write(audit, output / REPORT, overwrite=True, show_progress=True)
    return text


def _comparison(trial: Trial, seen: Mapping[str, Runs], what: str) -> str:
    of_means = "Mean over seeds (95% interval over seeds; changes are paired by seed)."
    paragraphs = [
        markdown.heading(1, what),
        tradeoff.table(seen, PLAIN, trial.gaps),
        of_means + markdown.text(_fitted_here(trial)),
        *map(markdown.line, _within(trial, seen)),
        f"![Accuracy against the gap]({PICTURE})",
        f"What each group gained and lost, in points against {PLAIN}:",
        tradeoff.group_table(seen, PLAIN),
    ]
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs) + "\n"


def _within(trial: Trial, seen: Mapping[str, Runs]) -> list[str]:
    """A sentence for each limit: who stays within it by the mean over seeds."""
    lines = []
    for limit in trial.limits:
        inside = [name for name, runs in seen.items() if stays_within(runs, limit.figure, limit.limit)]
        gap = limit.figure.removesuffix("_difference").replace("_", " ")
        lines.append(
            f"Within a limit of {100 * limit.limit:g} points on the {gap} gap, by the mean over seeds: "
            f"{', '.join(inside) or 'none'}."
        )
    return lines


def stays_within(runs: Runs, gap: str, most: float) -> bool:
    """Whether the mean over seeds of a difference between groups is at most a limit; not if undefined."""
    return gap in runs.differences and runs.differences[gap].mean <= most


def _fitted_here(trial: Trial) -> str:
    """A warning of metrics that are better than they will be."""
    names = [mitigation.name for mitigation in trial.mitigations if mitigation.constraint]
    if trial.split != "val" or not names:
        return ""
    return f" Thresholds ({', '.join(names)}) were fitted on these faces, and look better than on others."
