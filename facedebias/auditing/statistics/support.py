"""How many rows a metric of a group rests on, and which groups have too few to be compared.

A group of 1,000 rows with 8 positives says next to nothing of recall. So what counts is what the
metric's denominator counts: positives for recall, negatives for the false positive rate, selected
rows for precision.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from facedebias.auditing.statistics.metrics import METRICS, RATES, Counts
from facedebias.auditing.statistics.ranking import ScoreFigures
from facedebias.configuration.setting_names import setting

ROWS = "rows"
COUNTED = {
    "true_positive_rate": "positives",
    "false_negative_rate": "positives",
    "false_positive_rate": "negatives",
    "positive_predictive_value": "selected rows",
    "auc": "positives or negatives",
}
"""What the denominator of a metric counts; rows where it is not named."""

_MOST_LISTED = 12


def sizes(counts: Counts, scores: ScoreFigures | None) -> dict[str, np.ndarray]:
    """Rows that each metric of each group rests on, `(num_groups,)`; effective ones if weighted."""
    found = {name: rate.asked(counts)[0] for name, rate in RATES.items()}
    return found | (scores.sizes if scores else {})


def large_enough(group_sizes: np.ndarray, min_group: int) -> np.ndarray:
    """Whether a metric of each group rests on enough rows, bool `(num_groups,)`; never on none."""
    # Sums of weights round: 29.999999 rows are 30.
    return (group_sizes > 0) & (group_sizes >= min_group - 1e-6)


def small_groups(
    names: tuple[str, ...], by_metric: Mapping[str, np.ndarray], min_group: int
) -> dict[str, dict[str, float]]:
    """Metric -> group -> rows it rests on, of the groups that have too few."""
    found = {}
    for metric, group_sizes in by_metric.items():
        few = np.flatnonzero(~large_enough(group_sizes, min_group))
        found[metric] = {names[group]: float(group_sizes[group]) for group in few}
    return found


def notes(
    small: Mapping[str, Mapping[str, float]], num_groups: int, min_group: int, is_weighted: bool = False
) -> list[str]:
    """Which groups are left out of comparisons and why, and which metrics nobody can be compared on.

    Args:
        small: as of `small_groups`.
        num_groups: how many groups there are.
        min_group: rows that a metric must rest on.
        is_weighted: whether sizes are effective ones.
    """
    # Where no group has any such rows, as negatives that are no faces, nobody asked for them.
    asked = {m: few for m, few in small.items() if len(few) < num_groups or any(few.values())}
    found, lacking = [], [metric for metric, few in asked.items() if num_groups - len(few) < 2]
    if lacking:
        labels = ", ".join(METRICS[metric].label for metric in lacking)
        found.append(
            f"not compared between groups, as fewer than two have {min_group} rows of the kind that the "
            f"metric counts: {labels}. A smaller {setting('min_group')} compares them."
        )
    by_group: dict[str, dict[str, float]] = {}
    for metric, few in asked.items():
        for group, size in few.items():
            # The area under the curve rests on positives and negatives, which are listed already.
            if metric != "auc":
                by_group.setdefault(group, {})[COUNTED.get(metric, ROWS)] = size
    if by_group:
        texts = [f"{group} ({_sizes_text(sizes)})" for group, sizes in by_group.items()]
        by_weights = " by their weights" if is_weighted else ""
        found.append(
            f"fewer than {min_group}{by_weights}, so left out of the worst group and of figures between "
            f"groups: {_shortened(texts)}. Positives count for recall, negatives for the false positive "
            "rate, selected rows for precision, all rows for the rest."
        )
    return found


def listed(few: Mapping[str, float]) -> str:
    """Groups with their rows, e.g. "Asian (8), Native American (5)"."""
    return _shortened([f"{name} ({_size_text(size)})" for name, size in few.items()])


def _sizes_text(sizes: Mapping[str, float]) -> str:
    order = (ROWS, *dict.fromkeys(COUNTED.values()))
    return ", ".join(_counted(sizes[what], what) for what in order if what in sizes)


def _counted(size: float, what: str) -> str:
    text = _size_text(size)
    return f"{text} {what.removesuffix('s') if text == '1' else what}"


def _size_text(size: float) -> str:
    # Effective sizes are no whole numbers; rounded up, one could seem large enough.
    return f"{np.floor(size * 10 + 1e-6) / 10:g}"


def _shortened(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_LISTED} more" if len(texts) > _MOST_LISTED else ""
    return ", ".join(texts[:_MOST_LISTED]) + more
