r"""Does debiasing work? Trains every method with every seed, chooses, tests and compares.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study

DIR holds `celeba/`, `imagenet/`, `fairface/`, `utkface/` and `mit_test_faces/`. Takes hours
(docs/study.md says how many) and 20 GB in --workdir; may be stopped at any time and started
again, or given --minutes: interrupted runs go on after their last epoch. Of every finished run a
few kilobytes are kept in --records, and the run is not made again where they are.

When all methods have all their seeds, the default is chosen without the tests (`study_choice`), and,
once `train.py` has it as its default, they are compared on them: benchmarks/results/study.json,
study-*.md, and docs/study-*.png; with them those training sets poorer in dark faces that all runs are
there of, which decide nothing. With the records there, that takes a minute and no pictures.
"""

from collections.abc import Sequence

from absl import flags

from benchmarks import study_choice, study_flags, study_records, study_report, study_runs, study_tests
from benchmarks.study_data import MAIN_TESTS, TESTS
from benchmarks.study_methods import DEFAULT, METHODS, POORER
from facedebias.cli import running
from facedebias.errors import InputError

_POORER_SEEDS = flags.DEFINE_integer(
    "poorer_seeds", 4, "Seeds of each method with few dark faces.", lower_bound=2
)
_ONLY = flags.DEFINE_list(
    "only", None, "Methods to train now, by name (default: all, one seed after another)."
)


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it when nothing is."""
    running.refuse_arguments(argv)
    workdir, records = study_flags.workdir(), study_flags.records()
    main_runs = study_runs.runs_of(METHODS, range(study_choice.SEEDS.value), workdir, records)
    poorer_runs = study_runs.runs_of(POORER, range(_POORER_SEEDS.value), workdir, records)
    runs = [*main_runs, *poorer_runs]
    unfinished = [run for run in runs if not run.is_finished]
    if unfinished:
        _train([run for run in unfinished if run.name in _names()])
    left = [run for run in runs if not run.is_finished]
    if left:
        print(f"{len(left)} of {len(runs)} runs are left; the same command goes on.")
    if not any(run.name in METHODS for run in left):
        main_records, poorer_records = map(study_records.load_all, (main_runs, _whole_sets(poorer_runs)))
        chosen = study_choice.write(main_records)
        if chosen != DEFAULT:
            raise InputError(
                f"train.py does not do by default what was chosen ({METHODS[chosen].title}, not "
                f"{METHODS[DEFAULT].title}). Change study_methods.DEFAULT and the defaults; the same command "
                "opens the tests then."
            )
        study_report.write(main_records, poorer_records, study_flags.tests_path())


def _whole_sets(runs: Sequence[study_runs.Run]) -> list[study_runs.Run]:
    """Those on training sets that no run is missing of."""
    lacking = {run.method.data for run in runs if not run.is_finished}
    return [run for run in runs if run.method.data not in lacking]


def _names() -> set[str]:
    """Methods to train now.

    Raises:
        InputError: if one is unknown.
    """
    known = {**METHODS, **POORER}
    unknown = [name for name in _ONLY.value or () if name not in known]
    if unknown:
        raise InputError(f"--only={','.join(unknown)}: unknown; choose from {', '.join(known)}.")
    return set(_ONLY.value or known)


def _train(runs: Sequence[study_runs.Run]) -> None:
    data = study_flags.data()

    def record(run: study_runs.Run) -> None:
        is_main = run.name in METHODS
        tests = MAIN_TESTS if is_main else (run.method.group_test,)
        study_records.make(run, data, tests, is_chosen_by=is_main)

    with study_runs.only_user_of(study_flags.workdir()):
        study_tests.describe(data, TESTS, study_flags.tests_path())
        study_runs.train(runs, data, study_flags.JOBS.value, record, study_flags.minutes_left())


if __name__ == "__main__":
    running.run(main)
