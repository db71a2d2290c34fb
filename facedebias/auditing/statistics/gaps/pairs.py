"""Every two groups beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.statistics import significance

_MOST_GROUPS = 40  # with more, pairs are too many to read


@dataclass(frozen=True)
class PairDifference:
    """A rate in two groups.

    Attributes:
        higher: group with the higher rate.
        lower: group with the lower one.
        difference: of the two rates, 0 or more.
        p_value: of Fisher's exact test, corrected by Holm's method for the number of pairs.
        raw_p_value: the same, uncorrected.
    """

    higher: str
    lower: str
    difference: float
    p_value: float
    raw_p_value: float


def compare_pairs(names: Sequence[str], hits: np.ndarray, sizes: np.ndarray) -> tuple[PairDifference, ...]:
    """Tests every two groups, the clearest difference first; none of more than 40 groups.

    Args:
        names: of the groups.
        hits: `(num_groups,)`, rows of which something is true.
        sizes: `(num_groups,)`, rows asked, above 0; both are rounded if rows are weighted.
    """
    if not 2 <= len(names) <= _MOST_GROUPS:
        return ()
    rates = hits / sizes
    whole = np.maximum(np.rint(sizes), 1).astype(int)
    found = np.rint(whole * rates).astype(int)
    first, second = np.triu_indices(len(names), 1)
    raw = np.array(
        [
            significance.fisher(
                int(found[i]), int(whole[i]), int(found[i] + found[j]), int(whole[i] + whole[j])
            )
            for i, j in zip(first, second, strict=True)
        ]
    )
    corrected = significance.holm(raw)
    pairs = []
    for place in np.argsort(raw, kind="stable"):
        ends = sorted((int(first[place]), int(second[place])), key=lambda group: -rates[group])
        difference = float(rates[ends[0]] - rates[ends[1]])
        tests = float(corrected[place]), float(raw[place])
        pairs.append(PairDifference(names[ends[0]], names[ends[1]], difference, *tests))
    return tuple(pairs)
