"""Two models on the same rows: which answers changed, and what that did to the gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.statistics import model_changes, significance
from facedebias.auditing.statistics.bootstrap import Interval
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import RATES, Counts, Rate
from facedebias.scoring import weights as row_weights

COMPARED = ("true_positive_rate", "false_positive_rate", "accuracy")


@dataclass(frozen=True)
class GroupChange:
    """A rate of one group under two models.

    Attributes:
        name: of the group.
        before: the first model's; None where the rate is undefined.
        after: the second's.
        only_before: rows that only the first answers as the rate counts, whatever they weigh.
        only_after: rows that only the second does.
        p_value: McNemar's test, of as many rows as they are worth by their weights; corrected by
            Holm's method for the number of groups.
        raw_p_value: the same, uncorrected.
    """

    name: str
    before: float | None
    after: float | None
    only_before: int
    only_after: int
    p_value: float | None
    raw_p_value: float | None


@dataclass(frozen=True)
class RateChange:
    """A rate under two models.

    Attributes:
        rate: its name.
        groups: change by group, small groups too.
        gap_before: difference between groups under the first model, small groups left out.
        gap_after: under the second.
        interval: 95%, of `gap_after - gap_before`, of a paired bootstrap test inverted.
        p_value: of "the gap did not change", of the same test.
        leveled_down: points of a shrunken gap that come from the best group getting worse; 0
            if the gap did not shrink or the best group did not get worse.
    """

    rate: str
    groups: tuple[GroupChange, ...]
    gap_before: float | None
    gap_after: float | None
    interval: Interval | None
    p_value: float | None
    leveled_down: float = 0.0

    @property
    def change(self) -> float | None:
        """Of the gap; below 0 it shrank."""
        if self.gap_before is None or self.gap_after is None:
            return None
        return self.gap_after - self.gap_before

    @property
    def is_leveling_down(self) -> bool:
        """Whether at least half of a shrunken gap comes from the best group getting worse."""
        return self.leveled_down > 0 and self.leveled_down >= -(self.change or 0.0) / 2


@dataclass(frozen=True)
class Comparison:
    """A model against another, on the same rows and groups.

    Attributes:
        before: name of the first model.
        after: name of the second.
        rates: change by rate.
    """

    before: str
    after: str
    rates: dict[str, RateChange]


def compare(
    names: tuple[str, str],
    labels: np.ndarray,
    selected: tuple[np.ndarray, np.ndarray],
    codes: np.ndarray,
    groups: tuple[str, ...],
    compared: Mapping[str, tuple[str, ...]],
    resampling: tuple[int, int],
    rates: Sequence[str] = COMPARED,
    weights: np.ndarray | None = None,
) -> Comparison:
    """Compares two models.

    Args:
        names: of the models.
        labels: bool `(n,)`.
        selected: bool `(n,)` each, their decisions.
        codes: int `(n,)`, groups; below 0 for rows in none.
        groups: names of the groups.
        compared: rate -> those of them that count for its gap.
        resampling: number of draws and seed.
        rates: names of those compared.
        weights: float `(n,)`, above 0; None if all rows count the same.
    """
    known = codes >= 0
    places = (codes[known], ~labels[known], ~selected[0][known], ~selected[1][known])
    rows = cells = _joint_counts(places, len(groups))
    if weights is not None:
        worth = row_weights.effective(weights[known], codes[known], len(groups))
        cells = _joint_counts(places, len(groups), worth)
    found = {}
    for name in rates:
        changes = _group_changes(RATES[name], cells, rows, groups)
        kept = np.array([groups.index(group) for group in compared[name]], int)
        found[name] = _gap_change(name, changes, cells[kept], resampling)
    return Comparison(*names, found)


def _joint_counts(
    places: tuple[np.ndarray, ...], num_groups: int, worth: np.ndarray | None = None
) -> np.ndarray:
    """Rows by group, negative, not selected by the first, by the second, `(num_groups, 2, 2, 2)`."""
    shape = (num_groups, 2, 2, 2)
    flat = np.ravel_multi_index(tuple(np.asarray(place, int) for place in places), shape)
    return np.bincount(flat, worth, 8 * num_groups).reshape(shape)


def _tables(cells: np.ndarray) -> tuple[Counts, Counts]:
    """Each model's counts from joint ones `(..., group, label, first, second)`."""
    flat = [cells.sum(-1), cells.sum(-2)]
    first, second = (Counts.unstack(part.reshape(*part.shape[:-2], 4)) for part in flat)
    return first, second


def _group_changes(
    rate: Rate, cells: np.ndarray, rows: np.ndarray, groups: tuple[str, ...]
) -> tuple[GroupChange, ...]:
    before, after = (rate(table) for table in _tables(cells))
    disagreements = [_disagreements(rate, cell) for cell in rows]
    worth = np.rint([_disagreements(rate, cell) for cell in cells]).astype(int)
    raw = np.array([significance.mcnemar(*pair) for pair in worth.tolist()])
    raw[~np.isfinite(before)] = np.nan
    corrected = significance.holm(raw)

    def plain(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    return tuple(
        GroupChange(
            name,
            plain(before[i]),
            plain(after[i]),
            int(disagreements[i][0]),
            int(disagreements[i][1]),
            plain(corrected[i]),
            plain(raw[i]),
        )
        for i, name in enumerate(groups)
    )


def _disagreements(rate: Rate, cell: np.ndarray) -> tuple[float, float]:
    """Rows that count for the rate under one model only, of joint counts `(label, first, second)`."""

    def hits(label: int, first: int, second: int) -> tuple[float, float]:
        one = np.zeros((1, 2, 2, 2))
        one[0, label, first, second] = cell[label, first, second]
        before, after = (float(rate.numerator(table)[0]) for table in _tables(one))
        return before, after

    pairs = np.array([hits(label, first, 1 - first) for label in (0, 1) for first in (0, 1)])
    return float(pairs[:, 0].sum()), float(pairs[:, 1].sum())


def _gap_change(
    name: str, changes: tuple[GroupChange, ...], cells: np.ndarray, resampling: tuple[int, int]
) -> RateChange:
    rate, gap = RATES[name], DISPARITIES[_DIFFERENCES[name]]
    values = [rate(table) for table in _tables(cells)]
    kept = np.isfinite(values[0])
    if kept.sum() < 2:
        return RateChange(name, changes, None, None, None, None)
    values, cells = [value[kept] for value in values], cells[kept]
    before, after = (float(gap.figure(value[None])) for value in values)
    interval, p_value = _paired(name, values, cells, resampling)
    # The best group is the one with the rate's better end, so a fall of its value counts.
    sign = 1.0 if rate.higher_is_better else -1.0
    fall = max(sign * values[0]) - max(sign * values[1])
    leveled = float(min(fall, before - after)) if after < before and fall > 1e-12 else 0.0
    return RateChange(name, changes, before, after, interval, p_value, leveled)


def _paired(
    name: str, values: list[np.ndarray], cells: np.ndarray, resampling: tuple[int, int]
) -> tuple[Interval, float]:
    """Interval and p-value of the change of a gap; rows are resampled with both answers on them."""
    num_draws, seed = resampling
    rng, rate = np.random.default_rng(seed), RATES[name]
    sizes, smoothed = np.rint(cells.sum((1, 2, 3))).astype(int), _smooth(cells)
    drawn = [
        rng.multinomial(size, shares.reshape(-1) / shares.sum(), num_draws).reshape(-1, 2, 2, 2)
        for size, shares in zip(sizes, smoothed, strict=True)
    ]
    tables, sources = _tables(np.stack(drawn, 1)), _tables(smoothed)
    centres = np.stack([rate(source) for source in sources])
    errors = np.stack(
        [np.nan_to_num(rate(table) - centre) for table, centre in zip(tables, centres, strict=True)]
    )
    asked = np.stack([np.asarray(rate.denominator(table)) for table in _tables(cells)])
    return model_changes.change_of_gap(
        DISPARITIES[_DIFFERENCES[name]], np.stack(values), errors, centres, asked
    )


def _smooth(cells: np.ndarray) -> np.ndarray:
    """Joint counts with half a row spread over the answers of each label that has rows."""
    sizes = cells.sum((2, 3), keepdims=True)
    return np.where(sizes > 0, (cells + 0.25) / (sizes + 1) * sizes, 0.0)


_DIFFERENCES = {
    "true_positive_rate": "equal_opportunity_difference",
    "false_positive_rate": "false_positive_rate_difference",
    "accuracy": "accuracy_difference",
}
