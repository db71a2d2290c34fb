"""Tests of "no difference": by permutation, between two models, and corrected for their number."""

from collections.abc import Mapping

import numpy as np
from scipy import special, stats

from facedebias.audit.bootstrap import tail_share
from facedebias.audit.disparities import Disparity
from facedebias.audit.metrics import RATES, Counts, Rate


def permute(counts: Counts, rate: Rate, num_draws: int, rng: np.random.Generator) -> np.ndarray:
    """The rate of every group after the groups' names were dealt out anew among the rows.

    Only rows that the rate asks about are dealt, e.g. positives for the true positive rate, so
    each group keeps its number of them, and the rows with the answer "yes" fall on the
    groups by a multivariate hypergeometric distribution, which is drawn group by group.

    Args:
        counts: `(num_groups,)`; those of weighted rows are rounded.
        rate: what the rows are asked.
        num_draws: permutations.
        rng: of the draws.

    Returns:
        float64 `(num_draws, num_groups)`.
    """
    counts = counts.rounded()
    sizes = np.asarray(rate.denominator(counts))
    hits_left = np.full(num_draws, int(np.sum(rate.numerator(counts))))
    rows_left = int(sizes.sum())
    drawn = np.empty((num_draws, len(sizes)))
    for group, size in enumerate(sizes):
        drawn[:, group] = rng.hypergeometric(hits_left, rows_left - hits_left, size)
        hits_left = hits_left - drawn[:, group].astype(int)
        rows_left -= size
    return drawn / sizes


def permutation_p_value(disparity: Disparity, values: np.ndarray, permuted: np.ndarray) -> float:
    """Share of permutations with at least as much disparity as observed.

    Args:
        disparity: the figure.
        values: float `(num_metrics, num_groups)`, observed.
        permuted: float `(num_metrics, num_draws, num_groups)`, of `permute`.
    """
    return tail_share(disparity.figure(permuted), float(disparity.figure(values)), disparity.is_ratio)


def against_the_rest(counts: Counts, rate_name: str) -> np.ndarray:
    """Fisher's exact test of each group against all others together, two-sided.

    R. A. Fisher, Statistical Methods for Research Workers, 1934, section 21.02.

    Args:
        counts: `(num_groups,)`; those of weighted rows are rounded.
        rate_name: of the rate compared.

    Returns:
        p-values, float64 `(num_groups,)`; NaN where the group or the rest has no such rows.
    """
    rate, counts = RATES[rate_name], counts.rounded()
    hits, sizes = np.asarray(rate.numerator(counts)), np.asarray(rate.denominator(counts))
    found = np.full(len(sizes), np.nan)
    for group, size in enumerate(sizes):
        if 0 < size < sizes.sum():
            found[group] = _fisher(int(hits[group]), int(size), int(hits.sum()), int(sizes.sum()))
    return found


def _fisher(hits: int, size: int, all_hits: int, all_rows: int) -> float:
    """The chance of a table as unlikely as this one; SciPy's own, which searches, is too slow here."""
    possible = np.arange(max(0, size + all_hits - all_rows), min(size, all_hits) + 1)

    def log_choose(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
        return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)

    log_chances = log_choose(all_hits, possible) + log_choose(all_rows - all_hits, size - possible)
    chances = np.exp(log_chances - log_choose(all_rows, size))
    own = chances[hits - possible[0]]
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
