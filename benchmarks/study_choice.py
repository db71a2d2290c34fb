r"""Chooses what `train.py` does by default: the study's methods on validation, before the tests.

    python -m benchmarks.study_choice

Takes the records of the study's runs, of methods that need no groups, and their recall as
benchmarks/study_validation.py has it: FairFace's training faces all together, none of which are in the
tests. A method is chosen over the CNN if its mean over the seeds is higher by Student's t for paired
seeds, Holm-corrected; of several the one with the highest mean. Writes
benchmarks/results/study_choice.json and study-choice.md. `benchmarks.study` does this by itself when
all runs are there; before that it takes the seeds that all methods have, as a look at how things stand.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_flags, study_records, study_runs
from benchmarks.study_methods import METHODS, REFERENCE
from benchmarks.study_records import Record
from benchmarks.study_validation import FPRS, chosen, compare
from facedebias import provenance
from facedebias.cli import running
from facedebias.errors import InputError

SEEDS = flags.DEFINE_integer("seeds", 8, "Seeds of each method.", lower_bound=2)

_RESULTS = Path("benchmarks/results")


def main(argv: Sequence[str]) -> None:
    """Chooses by the seeds that are whole."""
    running.refuse_arguments(argv)
    by_seed = [
        study_runs.runs_of(METHODS, [seed], study_flags.workdir(), study_flags.records())
        for seed in range(SEEDS.value)
    ]
    whole = [run for runs in by_seed if all(run.is_finished for run in runs) for run in runs]
    if len(whole) < 2 * len(METHODS):
        raise InputError(f"{study_flags.records()}: no two seeds of all methods; run benchmarks.study first.")
    write(study_records.load_all(whole))


def write(records: Sequence[Record]) -> str:
    """Compares the methods that need no groups, writes the table and returns what is chosen.

    Args:
        records: of the methods, all with the same seeds.
    """
    recalls: dict[str, list[float]] = {}
    for record in records:
        if not record.run.method.is_bound and record.validation is not None:
            recalls.setdefault(record.run.name, []).append(record.validation)
    compared = compare(recalls)
    result = {
        **provenance.provenance(),
        "fprs": FPRS,
        "seeds": sorted({record.run.seed for record in records}),
        "chosen": chosen(compared),
        "methods": compared,
    }
    (_RESULTS / "study_choice.json").write_text(json.dumps(result, indent=1) + "\n")
    table = _table(compared)
    (_RESULTS / "study-choice.md").write_text(table)
    print(f"{table}\nchosen by {len(result['seeds'])} seeds: {METHODS[result['chosen']].title}")
    return result["chosen"]


def _table(compared: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| method | recall, % | more than the CNN, points | p (Holm) |", "|---|---|---|---|"]
    for name, entry in compared.items():
        mean, spread = 100 * entry["mean"], 100 * np.std(entry["seeds"], ddof=1)
        cells = [METHODS[name].title, f"{mean:.2f} ± {spread:.2f}", "", ""]
        if name != REFERENCE:
            low, high = (100 * end for end in entry["interval"])
            cells[2:] = [
                f"{100 * entry['difference']:+.2f} ({low:+.2f} to {high:+.2f})",
                f"{entry['holm']:.2g}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    running.run(main)
