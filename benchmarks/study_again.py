r"""Do runs come out again? Compares records of the study with those of runs trained a second time.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study --workdir again --records again/records --only cnn
    python -m benchmarks.study_again

The first line trains some runs anew, in a folder of its own; the second compares their figures on
FairFace val with those on record and with the spread over seeds. Writes
benchmarks/results/study_again.json and study-again.md.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_choice, study_flags, study_runs, study_tests
from benchmarks.study_figures import FIGURES, Test
from benchmarks.study_methods import METHODS
from benchmarks.study_records import Record
from facedebias import provenance
from facedebias.cli import running
from facedebias.errors import InputError

_AGAIN = flags.DEFINE_string("again", "again/records", "Folder of the records of the second runs.")
_RESULTS = Path("benchmarks/results")
_TEST = "fairface"
_SHOWN = ("mean", "worst")


def main(argv: Sequence[str]) -> None:
    """Compares the runs that both folders have."""
    running.refuse_arguments(argv)
    seeds, workdir = range(study_choice.SEEDS.value), study_flags.workdir()
    first = study_runs.runs_of(METHODS, seeds, workdir, study_flags.records())
    second = study_runs.runs_of(METHODS, seeds, workdir, Path(_AGAIN.value))
    pairs = [
        (Record.load(one), Record.load(other))
        for one, other in zip(first, second, strict=True)
        if one.is_finished and other.is_finished
    ]
    if not pairs:
        raise InputError(f"{_AGAIN.value}: has no record of a run that {study_flags.records()} has, too.")
    for one, other in pairs:
        check_pictures(one, other)
    names = {one.run.name for one, _ in pairs}
    every = [Record.load(run) for run in first if run.name in names and run.is_finished]
    test = study_tests.load(study_flags.tests_path())[_TEST]
    result = {
        **provenance.provenance(),
        "runs": [compare(test, one, other) for one, other in pairs],
        "deviations": {name: _deviations(test, every, name) for name in sorted(names)},
    }
    (_RESULTS / "study_again.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n")
    table = _table(result)
    (_RESULTS / "study-again.md").write_text(table)
    print(table)


def check_pictures(one: Record, other: Record) -> None:
    """That two records are of the same pictures.

    Raises:
        InputError: if they were trained or tested on others.
    """
    same_test = one.tests[_TEST]["sha256"] == other.tests[_TEST]["sha256"]
    if one.data_sha256 != other.data_sha256 or not same_test:
        what = "tested" if one.data_sha256 == other.data_sha256 else "trained"
        raise InputError(
            f"{other.run.record_path}: was {what} on other pictures than {one.run.record_path}; train it "
            "with the data of then."
        )


def compare(test: Test, one: Record, other: Record) -> dict[str, Any]:
    """Figures of a run and of the same run trained again, and whether the order of all scores is the same."""
    figures = [_figures(test, record) for record in (one, other)]
    return {
        "name": one.run.name,
        "seed": one.run.seed,
        "is_same_order": one.tests[_TEST] == other.tests[_TEST],
        **{what: [found[what] for found in figures] for what in _SHOWN},
    }


def _figures(test: Test, record: Record) -> dict[str, float]:
    recalls = test.recalls(record.scores(_TEST))
    return {what: float(FIGURES[what](recalls)) for what in _SHOWN}


def _deviations(test: Test, records: Sequence[Record], name: str) -> dict[str, float]:
    """Of each figure over the seeds on record."""
    figures = [_figures(test, record) for record in records if record.run.name == name]
    return {what: float(np.std([found[what] for found in figures], ddof=1)) for what in _SHOWN}


def _table(result: dict[str, Any]) -> str:
    lines = [
        "| method | seed | same order of scores | mean recall, % | again | worst group, % | again "
        "| deviation over seeds: mean, worst |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in result["runs"]:
        deviations = [100 * result["deviations"][run["name"]][what] for what in _SHOWN]
        cells = [METHODS[run["name"]].title, str(run["seed"]), "yes" if run["is_same_order"] else "no"]
        cells += [f"{100 * value:.2f}" for what in _SHOWN for value in run[what]]
        lines.append(f"| {' | '.join(cells)} | {deviations[0]:.2f}, {deviations[1]:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    running.run(main)
