r"""Does debiasing work? Trains every method with every seed, chooses, tests and compares.

    FACEDEBIAS_DATA=DIR python -m studies.debiasing.study

DIR holds `celeba/`, `imagenet/`, `fairface/` and `fairface_large/`. Takes hours and 20 GB in --workdir; may
be stopped at any time and started again, or given --minutes: interrupted runs go on after their last epoch.
Of every finished run some kilobytes are kept in --records, and the run is not made again where it is.

When all methods have all their seeds, how a DB-VAE draws is chosen without the tests (choosing.py). Once
`train.py --model dbvae` does so by default, the methods are compared on the tests. Other conditions
(`design.ASIDES`) are compared with the seeds that all of their methods have. Writes study.md below
--results, study.json below --figures, and docs/study-recall.png. With the records there, that takes a few
minutes and no pictures.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from facedebias import provenance
from facedebias.cli import running
from facedebias.errors import InputError
from studies.debiasing import choosing, headline, outcome, run_records, study_flags, tested_groups
from studies.debiasing.datasets import CHOOSING, FPRS, MAIN_TESTS
from studies.debiasing.design import ASIDE, ASIDES, DEBIASED, METHODS, aside_of
from studies.debiasing.judging import charts
from studies.debiasing.judging.markdown_tables import tables
from studies.harness import pool
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import Run, runs_of

_FIGURES = flags.DEFINE_string("figures", "benchmarks/results", "Folder for study.json.")
_PICTURES = flags.DEFINE_string("pictures", "docs", "Folder for the picture.")


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it when nothing is."""
    running.refuse_arguments(argv)
    workdir, records = study_flags.workdir(), study_flags.records()
    main_runs, aside_runs = (
        runs_of(methods, range(study_flags.SEEDS.value), workdir, records) for methods in (METHODS, ASIDE)
    )
    runs = [*main_runs, *aside_runs]
    wanted = study_flags.wanted({**METHODS, **ASIDE})
    unfinished = [run for run in runs if not run.is_finished and run.name in wanted]
    if unfinished:
        _train(unfinished, records)
    left = [run for run in runs if not run.is_finished]
    if left:
        print(f"{len(left)} of {len(runs)} runs are left; the same command goes on.")
    if not any(run.name in METHODS for run in left):
        write(main_runs, whole(aside_runs), records)


def whole(runs: Sequence[Run]) -> list[Run]:
    """Those with the seeds that all methods have under the same conditions.

    Args:
        runs: of `design.ASIDE`; conditions with less than two whole seeds are left out.
    """
    lacking = {(aside_of(run.name), run.seed) for run in runs if not run.is_finished}
    left = [run for run in runs if (aside_of(run.name), run.seed) not in lacking]
    counts = Counter(name for name, _ in {(aside_of(run.name), run.seed) for run in left})
    return [run for run in left if counts[aside_of(run.name)] > 1]


def _train(runs: Sequence[Run], records: RecordFile) -> None:
    data = study_flags.data()

    def tests_of(run: Run) -> tuple[str, ...]:
        return (CHOOSING, *MAIN_TESTS) if run.name in METHODS else (ASIDES[aside_of(run.name)].test,)

    def record(run: Run) -> None:
        run_records.make(run, data, tests_of(run))

    with pool.only_user_of(study_flags.workdir()):
        used = dict.fromkeys([CHOOSING, *MAIN_TESTS, *(test for run in runs for test in tests_of(run))])
        tested_groups.describe(data, used, records)
        pool.train(runs, data, study_flags.JOBS.value, record, study_flags.minutes_left())


def write(main_runs: Sequence[Run], aside_runs: Sequence[Run], records: RecordFile) -> None:
    """Chooses, compares, and writes tables, figures and the picture.

    Raises:
        InputError: if `train.py --model dbvae` does not do by default what is chosen: the tests stay closed.
    """
    main, aside = map(run_records.load_all, (main_runs, aside_runs))
    tests = {fpr: tested_groups.load(records, fpr) for fpr in FPRS}
    judged = choosing.judge(main, tests[min(FPRS)][CHOOSING])
    chosen = choosing.chosen(judged)
    if chosen != DEBIASED:
        raise InputError(
            "train.py --model dbvae does not do by default what was chosen "
            f"({METHODS[chosen].title}, not {METHODS[DEBIASED].title}). Change design.DEBIASED and the "
            "defaults; the same command opens the tests then."
        )
    sha256 = {line["name"]: line["sha256"] for line in records.of_kind("test")}
    found = outcome.compare_all(main, aside, tests, sha256)
    num_seeds = len({run.seed for run in main_runs})
    folder = Path(study_flags.RESULTS.value)
    folder.mkdir(parents=True, exist_ok=True)
    text = as_markdown({"Recall on the choosing set": choosing.choice_table(judged), **tables(found)})
    (folder / "study.md").write_text(text)
    result = {
        **provenance.provenance(),
        "machines": sorted({record.machine for record in (*main, *aside)}),
        "chosen": chosen,
        "figures": headline.headline(found),
    }
    figures = Path(_FIGURES.value) / "study.json"
    figures.parent.mkdir(parents=True, exist_ok=True)
    figures.write_text(json.dumps(result, indent=1) + "\n")
    charts.draw(found, num_seeds, Path(_PICTURES.value))
    print(text)


def as_markdown(found: Mapping[str, Any]) -> str:
    """Tables below their titles."""
    return "\n".join(f"## {title}\n\n{table}" for title, table in found.items())


if __name__ == "__main__":
    running.run(main)
