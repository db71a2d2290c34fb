r"""Looks for better recipes, each by one change of `recipe.START`.

    FACEDEBIAS_DATA=DIR python -m studies.debiasing.trials

Trials are those of trial_list.py, each with --trial_seeds seeds. They are judged by recall on the choosing
set, which no test holds: `judging/trial_statistics.py`. Trials are kept in --trial_records and resumed like
the study's runs; --only names some of them. Writes trials.md below --results.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from facedebias.cli import running
from facedebias.errors import InputError
from studies.debiasing import choosing, run_records, study_flags, tested_groups
from studies.debiasing.datasets import CHOOSING, FPRS
from studies.debiasing.judging.markdown_tables import as_table
from studies.debiasing.judging.recall_metrics import SEXES, Test
from studies.debiasing.judging.trial_statistics import compare
from studies.debiasing.run_records import Record
from studies.debiasing.trial_list import TITLES, TRIALS
from studies.harness import pool
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import Run, runs_of

# Between the rates that are shown, too: fewer than ten non-faces decide what 0.1% lets pass.
_JUDGED_AT = (0.001, 0.002, 0.005, 0.01)
_SEEDS = flags.DEFINE_integer("trial_seeds", 3, "Seeds of each trial.", lower_bound=1)
_RECORDS = flags.DEFINE_string("trial_records", "studies/debiasing/trials.jsonl", "File that keeps trials.")


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes the table of what is there."""
    running.refuse_arguments(argv)
    records = RecordFile(Path(_RECORDS.value))
    runs = runs_of(TRIALS, range(_SEEDS.value), study_flags.workdir() / "trials", records)
    names = study_flags.wanted(TRIALS)
    wanted = [run for run in runs if run.name in names]
    if not all(run.is_finished for run in wanted):
        _train(wanted, records)
    text = tables_of(records)
    folder = Path(study_flags.RESULTS.value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trials.md").write_text(text)
    print(text)


def tables_of(records: RecordFile) -> str:
    """What the trials on record found, as `as_markdown` writes it.

    Raises:
        InputError: if there are none.
    """
    seeds = {line["seed"] for line in records.of_kind("run")}
    # A seed counts if it and those before it are there.
    finished = [
        run
        for run in runs_of(TRIALS, sorted(seeds), Path(), records)
        if all(records.run(run.name, seed) for seed in range(run.seed + 1))
    ]
    if not finished:
        raise InputError(f"{records.path}: has no trials yet; give more --minutes.")
    tests = {fpr: tested_groups.load(records, fpr)[CHOOSING] for fpr in _JUDGED_AT}
    return as_markdown(run_records.load_all(finished), tests)


def _train(runs: Sequence[Run], records: RecordFile) -> None:
    data = study_flags.data()
    with pool.only_user_of(study_flags.workdir()):
        tested_groups.describe(data, [CHOOSING], records)
        pool.train(
            runs,
            data,
            study_flags.JOBS.value,
            lambda run: run_records.make(run, data, [CHOOSING]),
            study_flags.minutes_left(),
        )


def judge(records: Sequence[Record], tests: Mapping[float, Test]) -> dict[str, dict[str, Any]]:
    """What each trial found on the choosing set.

    Args:
        records: runs of trials, with the seeds 0, 1, ... of each.
        tests: false positive rate -> the choosing set.

    Returns:
        Trial -> `figures`: a list over seeds by (name, rate); `recalls`, what it is judged by: the mean of
        the groups' mean recall and the worst group's, over all rates; and what `compare` adds.
    """
    found: dict[str, dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record.run.seed):
        trial = found.setdefault(record.run.name, {"recalls": [], "figures": {}})
        scores, judged = record.scores(CHOOSING), []
        for fpr, test in tests.items():
            figures = test.figures_of(test.recalls(scores))
            for name, value in figures.items():
                trial["figures"].setdefault((name, fpr), []).append(float(value))
            judged.append(choosing.figure_of(figures))
        trial["recalls"].append(float(np.mean(judged)))
        trial.setdefault("sample_sizes", []).append(record.effective_sample_size)
    compare(found, tuple(TITLES))
    return found


def as_markdown(records: Sequence[Record], tests: Mapping[float, Test]) -> str:
    """A table for each way to train: a line a trial."""
    found = judge(records, tests)
    texts = []
    for way, title in TITLES.items():
        names = [name for name in TRIALS if name in found and name.startswith(f"{way}-")]
        if names:
            texts.append(f"## {title}\n\n" + as_table(_HEAD, [_cells(name, found[name]) for name in names]))
    return "\n".join(texts)


_HEAD = [
    "change", "mean / worst / dark at 0.1%", "women - men", "mean / worst at 1%", "ESS, %", "judged by",
    "minus the recipe, points", "p (Holm)", "seeds",
]  # fmt: skip


def _cells(name: str, trial: Mapping[str, Any]) -> list[str]:
    def shown(figure: str, fpr: float) -> str:
        return f"{100 * np.mean(trial['figures'][figure, fpr]):.1f}"

    low, high = FPRS
    change = p_value = ""
    if "difference" in trial:
        ends = (100 * end for end in trial["interval"])
        change = f"{100 * trial['difference']:+.2f} ({{:+.2f}} to {{:+.2f}})".format(*ends)
        p_value = f"{trial['holm']:.3f}"
    return [
        TRIALS[name].title,
        " / ".join(shown(figure, low) for figure in ("mean", "worst", "dark faces")),
        shown(SEXES, low),
        " / ".join(shown(figure, high) for figure in ("mean", "worst")),
        f"{100 * np.mean(trial['sample_sizes']):.0f}",
        f"{100 * np.mean(trial['recalls']):.2f}",
        change,
        p_value,
        str(len(trial["recalls"])),
    ]


if __name__ == "__main__":
    running.run(main)
