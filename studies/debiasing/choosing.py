"""Chooses what `train.py` does by default: the study's methods on validation, before the tests.

Of the methods that need no groups, one is chosen over the CNN if its recall on validation is higher by
Student's t for paired seeds, Holm-corrected; of several the one with the highest mean. Recall is that of
FairFace's training faces all together, none of which are in the tests (judging/validation_recall.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from facedebias.auditing.statistics.power import LEVEL
from facedebias.auditing.statistics.significance import holm
from studies.debiasing.design import METHODS, REFERENCE, is_bound
from studies.debiasing.judging.markdown_tables import as_table
from studies.debiasing.run_records import Record

Compared = dict[str, dict[str, Any]]


def judge(records: Sequence[Record]) -> Compared:
    """Compares the methods that need no groups; all have the same seeds."""
    recalls: dict[str, list[float]] = {}
    for record in records:
        if not is_bound(record.run.name) and record.validation is not None:
            recalls.setdefault(record.run.name, []).append(record.validation)
    return compare(recalls)


def compare(recalls: Mapping[str, Sequence[float]]) -> Compared:
    """Each method's recalls, and by how much they are above those of the reference with the same seeds.

    Args:
        recalls: method -> recall of each seed, in the same order; the reference among them.
    """
    found: Compared = {}
    for name, values in recalls.items():
        found[name] = {"seeds": list(values), "mean": float(np.mean(values))}
        if name != REFERENCE:
            test = stats.ttest_rel(values, recalls[REFERENCE])
            found[name]["difference"] = float(np.subtract(values, recalls[REFERENCE]).mean())
            found[name]["interval"] = list(map(float, test.confidence_interval(1 - LEVEL)))
            found[name]["p_value"] = float(test.pvalue)
    others = [entry for name, entry in found.items() if name != REFERENCE]
    for entry, value in zip(others, holm(np.array([one["p_value"] for one in others])), strict=True):
        entry["holm"] = float(value)
    return found


def chosen(compared: Mapping[str, Mapping[str, Any]]) -> str:
    """The best of those that are better than the reference, or the reference itself."""
    better = [
        name
        for name, entry in compared.items()
        if name != REFERENCE and entry["difference"] > 0 and entry["holm"] < LEVEL
    ]
    return max(better, key=lambda name: compared[name]["mean"], default=REFERENCE)


def choice_table(compared: Mapping[str, Mapping[str, Any]]) -> str:
    """Recall on validation and what it is above the reference's, in Markdown."""
    rows = []
    for name, entry in compared.items():
        mean, spread = 100 * entry["mean"], 100 * np.std(entry["seeds"], ddof=1)
        cells = [METHODS[name].title, f"{mean:.2f} ± {spread:.2f}", "", ""]
        if name != REFERENCE:
            low, high = (100 * end for end in entry["interval"])
            cells[2:] = [
                f"{100 * entry['difference']:+.2f} ({low:+.2f} to {high:+.2f})",
                f"{entry['holm']:.2g}",
            ]
        rows.append(cells)
    return as_table(["method", "recall on validation, %", "minus the CNN, points", "p (Holm)"], rows)
