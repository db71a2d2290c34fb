"""Chooses how a DB-VAE draws by default: the study's methods on the choosing set, before the tests.

Of the DB-VAEs one is chosen over even draws if it is better on the choosing set by Student's t for paired
seeds, Holm-corrected; of several the one with the highest mean. What is compared is the mean of two
figures at the lowest false positive rate: the groups' mean recall, and the worst group's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from facedebias.auditing.statistics.gaps.gap_test import LEVEL
from facedebias.auditing.statistics.significance import holm
from studies.debiasing.datasets import CHOOSING
from studies.debiasing.design import METHODS
from studies.debiasing.judging.markdown_tables import as_table
from studies.debiasing.judging.recall_metrics import Test
from studies.debiasing.run_records import Record

REFERENCE = "dbvae-even"
Compared = dict[str, dict[str, Any]]


def figure_of(figures: Mapping[str, np.ndarray]) -> float:
    """What is chosen by, of what `Test.figures_of` returns for one run."""
    return float(figures["mean"] + figures["worst"]) / 2


def judge(records: Sequence[Record], test: Test) -> Compared:
    """Compares the DB-VAEs; all have the same seeds.

    Args:
        records: of the study's runs.
        test: the choosing set, at the lowest false positive rate.
    """
    values: dict[str, list[float]] = {}
    for record in sorted(records, key=lambda record: record.run.seed):
        if record.run.name.startswith("dbvae-"):
            recalls = test.recalls(record.scores(CHOOSING))
            values.setdefault(record.run.name, []).append(figure_of(test.figures_of(recalls)))
    return compare(values)


def compare(values: Mapping[str, Sequence[float]]) -> Compared:
    """Each method's values, and by how much they are above those of the reference with the same seeds.

    Args:
        values: method -> what is chosen by, of each seed in the same order; the reference among them.
    """
    found: Compared = {}
    for name, own in values.items():
        found[name] = {"seeds": list(own), "mean": float(np.mean(own))}
        if name != REFERENCE:
            test = stats.ttest_rel(own, values[REFERENCE])
            found[name]["difference"] = float(np.subtract(own, values[REFERENCE]).mean())
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
    """What methods were chosen by, and what it is above the reference's, in Markdown."""
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
    head = ["method", "mean of mean and worst group, %", "minus even draws, points", "p (Holm)"]
    return as_table(head, rows)
