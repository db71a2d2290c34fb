"""Tests of "no difference": by permutation, between two models, and corrected for their number."""

from collections.abc import Mapping

import numpy as np
from scipy import special, stats

from facedebias.auditing.statistics.metrics import RATES, Counts


def permute(hits: np.ndarray, sizes: np.ndarray, num_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Hits of every group after the rows were dealt out to the groups anew.

    Only rows that a rate asks about are dealt, e.g. positives for the true positive rate. Each
    group keeps its number of them, and the hits fall on the groups by a multivariate
    hypergeometric distribution, which is drawn group by group.

    Args:
        hits: int `(num_groups,)`.
        sizes: int `(num_groups,)`.
        num_draws: permutations.
        rng: of the draws.

    Returns:
        int64 `(num_draws, num_groups)`.
    """
    hits_left, rows_left = np.full(num_draws, int(hits.sum())), int(sizes.sum())
    drawn = np.empty((num_draws, len(sizes)), np.int64)
    for group, size in enumerate(sizes):
        drawn[:, group] = rng.hypergeometric(hits_left, rows_left - hits_left, size)
        hits_left = hits_left - drawn[:, group]
        rows_left -= int(size)
    return drawn


def against_the_rest(counts: Counts, rate_name: str) -> np.ndarray:
    """Fisher's exact test of each group against all others together, two-sided.

    R. A. Fisher, Statistical Methods for Research Workers, 1934, section 21.02.

    Args:
        counts: `(num_groups,)`; those of weighted rows are rounded.
        rate_name: of the rate compared.

    Returns:
        p-values, float64 `(num_groups,)`; NaN where the group or the rest has no such rows.
    """
    asked, answered = RATES[rate_name].asked(counts)
    sizes = np.rint(asked).astype(int)
    hits = np.rint(np.divide(answered, asked, out=np.zeros(len(sizes)), where=asked > 0) * sizes).astype(int)
    found = np.full(len(sizes), np.nan)
    for group, size in enumerate(sizes):
        if 0 < size < sizes.sum():
            found[group] = fisher(int(hits[group]), int(size), int(hits.sum()), int(sizes.sum()))
    return found


def fisher(hits: int, size: int, all_hits: int, all_rows: int) -> float:
    """Fisher's exact test of a group against the other rows, two-sided.

    The chance of a table as unlikely as this one. SciPy's own function, which searches, is too slow
    here. Of large tables only those are summed up that lie within 40 standard deviations: the
    others are as good as impossible.

    Args:
        hits: rows of the group of which something is true.
        size: rows of the group.
        all_hits: such rows of the group and the others.
        all_rows: rows of the group and the others.
    """
    least, most = max(0, size + all_hits - all_rows), min(size, all_hits)
    mean = size * all_hits / all_rows
    reach = 40 * np.sqrt(mean * (1 - all_hits / all_rows) * (1 - size / all_rows)) + 40
    low, high = max(least, int(min(mean - reach, hits))), min(most, int(max(mean + reach, hits)) + 1)
    possible = np.arange(low, high + 1)

    def log_choose(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
        return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)

    log_chances = log_choose(all_hits, possible) + log_choose(all_rows - all_hits, size - possible)
    chances = np.exp(log_chances - log_choose(all_rows, size))
    own = chances[hits - low]
    return float(min(1.0, chances[chances <= own * (1 + 1e-7)].sum()))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's correction: the chance of even one false alarm among all of them stays below 5%.

    With p_(1) <= ... <= p_(m), the corrected p_(i) is max_{j <= i} min(1, (m - j + 1) p_(j)).

    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statist. 1979.

    Args:
        p_values: float `(n,)`; NaN stands for no test and is not counted.
    """
    corrected = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return corrected


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact test: are answers that only one of two models gives equally often its own?

    Two-sided binomial test of `only_first` among the disagreements at 1/2.

    Q. McNemar, Note on the Sampling Error of the Difference between Correlated Proportions,
    Psychometrika 1947.
    """
    disagreements = only_first + only_second
    if disagreements == 0:
        return 1.0
    return float(stats.binomtest(only_first, disagreements).pvalue)


def as_plain(values: Mapping[str, np.ndarray], index: int) -> dict[str, float | None]:
    """One group's entry of each test, None where there was none."""
    picked = {name: float(column[index]) for name, column in values.items()}
    return {name: value if np.isfinite(value) else None for name, value in picked.items()}
