r"""Does debiasing work? Trains every method with every seed, tests once, compares.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study

DIR holds `celeba/`, `imagenet/`, `fairface/`, `utkface/` and `mit_test_faces/`. Takes hours
(docs/study.md says how many); may be stopped at any time and started again, or given
--minutes: finished runs are kept, interrupted ones go on after their last epoch. The test sets are
touched when all runs are finished. Writes benchmarks/results/study.json and .md, and docs/study-*.png.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from benchmarks import study_report, study_runs
from benchmarks.study_data import TESTS, StudyData
from benchmarks.study_methods import METHODS, POORER
from facedebias import commands
from facedebias.errors import InputError

_DATA_ROOT = flags.DEFINE_string(
    "data_root", os.environ.get("FACEDEBIAS_DATA"), "Folder of the collections (default: FACEDEBIAS_DATA)."
)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/study", "Folder for face files, runs and scores.")
_SEEDS = flags.DEFINE_integer("seeds", 8, "Seeds of each method.", lower_bound=2)
_POORER_SEEDS = flags.DEFINE_integer(
    "poorer_seeds", 4, "Seeds of each method with few dark faces.", lower_bound=2
)
_JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_MINUTES = flags.DEFINE_float("minutes", None, "Start no run after so many (default: until all are done).")
_TRAIN_ONLY = flags.DEFINE_bool("train_only", False, "Stop before the test sets are touched.")


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, scores it, and writes what came of it."""
    commands.refuse_arguments(argv)
    if not _DATA_ROOT.value:
        raise InputError("no pictures; name their folder with --data_root or FACEDEBIAS_DATA.")
    workdir = Path(_WORKDIR.value).resolve()
    data = StudyData(Path(_DATA_ROOT.value), workdir / "data")
    (workdir / "data").mkdir(parents=True, exist_ok=True)
    main_runs = study_runs.runs_of(METHODS, range(_SEEDS.value), workdir)
    poorer_runs = study_runs.runs_of(POORER, range(_POORER_SEEDS.value), workdir)
    runs = [*main_runs, *poorer_runs]
    study_runs.train(runs, data, _JOBS.value, _MINUTES.value)
    missing = sum(not run.is_finished for run in runs)
    if missing:
        print(f"{missing} of {len(runs)} runs are left; the same command goes on.")
        return
    if _TRAIN_ONLY.value:
        return
    study_runs.score(runs, data, TESTS, workdir)
    study_report.write(main_runs, poorer_runs, data, workdir)


if __name__ == "__main__":
    commands.run(main)
