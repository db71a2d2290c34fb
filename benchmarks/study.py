r"""Does debiasing work? Trains every method with every seed, tests once, compares.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study

DIR holds `celeba/`, `imagenet/`, `fairface/`, `utkface/` and `mit_test_faces/`. Takes hours
(docs/study.md says how many) and 20 GB in --workdir; may be stopped at any time and started
again, or given --minutes: finished runs are kept, interrupted ones go on after their last epoch.
The test sets are touched when all runs are finished. Writes benchmarks/results/study.json and
study-*.md, and docs/study-*.png.
"""

from collections.abc import Sequence

from absl import flags

from benchmarks import study_flags, study_report, study_runs
from benchmarks.study_data import MAIN_TESTS
from benchmarks.study_methods import METHODS, POORER
from facedebias import commands

_SEEDS = flags.DEFINE_integer("seeds", 8, "Seeds of each method.", lower_bound=2)
_POORER_SEEDS = flags.DEFINE_integer(
    "poorer_seeds", 4, "Seeds of each method with few dark faces.", lower_bound=2
)
_TRAIN_ONLY = flags.DEFINE_bool("train_only", False, "Stop before the test sets are touched.")


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, scores it, and writes what came of it."""
    commands.refuse_arguments(argv)
    data, workdir = study_flags.data(), study_flags.workdir()
    main_runs = study_runs.runs_of(METHODS, range(_SEEDS.value), workdir)
    poorer_runs = study_runs.runs_of(POORER, range(_POORER_SEEDS.value), workdir)
    runs = [*main_runs, *poorer_runs]
    with study_runs.only_user_of(workdir):
        study_runs.train(runs, data, study_flags.JOBS.value, study_flags.minutes_left())
        missing = sum(not run.is_finished for run in runs)
        if missing:
            print(f"{missing} of {len(runs)} runs are left; the same command goes on.")
            return
        if _TRAIN_ONLY.value:
            return
        study_runs.score(main_runs, data, MAIN_TESTS, workdir)
        for run in poorer_runs:
            study_runs.score([run], data, [run.method.group_test], workdir)
        study_report.write(main_runs, poorer_runs, data, workdir)


if __name__ == "__main__":
    commands.run(main)
