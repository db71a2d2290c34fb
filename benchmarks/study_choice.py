r"""Chooses what `train.py` does by default: the study's methods on validation, before the tests.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_choice

Takes the study's runs that are finished, of methods that need no groups, and their recall as
benchmarks/study_search.py has it: FairFace's training faces all together, none of which are in the
tests. A method is chosen over the CNN if its mean over the seeds is higher by Student's t for paired
seeds, Holm-corrected; of several the one with the highest mean. Writes
benchmarks/results/study_choice.json and study-choice.md.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_flags, study_runs
from benchmarks.study_methods import METHODS, REFERENCE
from benchmarks.study_validation import FPRS, chosen, compare, recall
from facedebias import commands, run_record

_SEEDS = flags.DEFINE_integer("seeds", 8, "Seeds of each method.", lower_bound=2)
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_choice.json", "Result file.")


def main(argv: Sequence[str]) -> None:
    """Scores the runs, writes the table and says what is chosen."""
    commands.refuse_arguments(argv)
    data, workdir = study_flags.data(), study_flags.workdir()
    methods = {name: method for name, method in METHODS.items() if not method.is_bound}
    recalls: dict[str, list[float]] = {}
    for run in study_runs.runs_of(methods, range(_SEEDS.value), workdir):
        if run.is_finished:
            run.check(data.train(run.method.data, run.seed))
            recalls.setdefault(run.name, []).append(recall(run, data))
    whole = {name: found for name, found in recalls.items() if len(found) == _SEEDS.value}
    compared = compare(whole)
    record = {
        **run_record.provenance(),
        "fprs": FPRS,
        "chosen": chosen(compared),
        "methods": compared,
        "unfinished": sorted(methods.keys() - whole.keys()),
    }
    path = Path(_OUTPUT.value)
    path.write_text(json.dumps(record, indent=1) + "\n")
    table = _table(compared)
    (path.parent / "study-choice.md").write_text(table)
    print(f"{table}\nchosen: {METHODS[record['chosen']].title}")


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
    commands.run(main)
