"""Audits with a known truth that benchmarks/auditing/interval_coverage.py simulates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedebias.auditing.statistics.metrics import Counts

SIZES = ((2, 200), (2, 1000), (4, 300), (14, 150), (14, 1000), (4, 5))
ONE_SMALL = (1000, 1000, 1000, 40)
COMPAS = (1661, 822, 189, 124, 8, 5)  # people who reoffended, by race, in ProPublica's data
WIDE = (3000, 1000, 300, 100, 30)
PAIRED_GROUPS, PAIRED_ROWS, CORRELATION = (2, 4, 14), 300, 0.5


@dataclass(frozen=True)
class Case:
    """Groups of as many positives as negatives.

    Attributes:
        truth: what the rates are like.
        sizes: int `(num_groups,)`, rows of each label.
        tpr: float `(num_groups,)`, true.
        fpr: float `(num_groups,)`, true.
    """

    truth: str
    sizes: np.ndarray
    tpr: np.ndarray
    fpr: np.ndarray

    @property
    def name(self) -> str:
        """As in the result file."""
        sizes = self.sizes.tolist()
        if len(set(sizes)) == 1:
            return f"{len(sizes)} groups of {sizes[0]:,}, {self.truth}"
        return f"{' / '.join(map(str, sizes))}, {self.truth}"

    @property
    def is_equal(self) -> bool:
        """Whether there is no gap."""
        return bool(np.ptp(self.tpr) == 0 and np.ptp(self.fpr) == 0)

    def expected(self) -> Counts:
        """Counts as they are on average."""
        return self._counts(self.sizes * self.tpr, self.sizes * self.fpr)

    def draw(self, rng: np.random.Generator) -> Counts:
        """Counts of one sample."""
        tp, fp = (rng.binomial(self.sizes, rate) for rate in (self.tpr, self.fpr))
        return self._counts(tp, fp)

    def _counts(self, tp: np.ndarray, fp: np.ndarray) -> Counts:
        return Counts(tp, self.sizes - tp, fp, self.sizes - fp)


def cases() -> list[Case]:
    """All of them; the false positive rate mirrors the true one except where the gap is known."""
    found = []
    for num_groups, num_rows in SIZES:
        one_low = np.full(num_groups, 0.97)
        one_low[0] = 0.85
        truths = {
            "equal": np.full(num_groups, 0.95),
            "spread": np.linspace(0.9, 0.98, num_groups),
            "one low": one_low,
        }
        found += [_case(name, [num_rows] * num_groups, tpr) for name, tpr in truths.items()]
    known = Case("known gap", np.array([500, 500]), np.array([0.95, 0.85]), np.array([0.05, 0.1]))
    return [known, *found, *unequal_cases()]


def unequal_cases() -> list[Case]:
    """Groups of unequal sizes, with the gap between large ones, in a small one, and nowhere."""
    return [
        _case("equal", ONE_SMALL, [0.95] * 4),
        _case("equal at 0.99", ONE_SMALL, [0.99] * 4),
        _case("spread", ONE_SMALL, [0.95, 0.92, 0.88, 0.915]),
        _case("a large one low", ONE_SMALL, [0.95, 0.95, 0.85, 0.95]),
        _case("the small one low", ONE_SMALL, [0.95, 0.95, 0.95, 0.85]),
        _case("equal", COMPAS, [0.62] * 6),
        _case("as COMPAS", COMPAS, [0.715, 0.504, 0.418, 0.339, 0.625, 0.9]),
        _case("a tenth of the way", COMPAS, 0.62 + 0.2 * np.array([0.095, -0.116, -0.202, -0.281, 0, 0.28])),
        _case("equal", WIDE, [0.95] * 5),
        _case("equal at 0.99", WIDE, [0.99] * 5),
        _case("spread", WIDE, [0.95, 0.92, 0.9, 0.93, 0.95]),
        _case("second low", WIDE, [0.95, 0.92, 0.95, 0.95, 0.95]),
        _case("the smallest low", WIDE, [0.95, 0.95, 0.95, 0.95, 0.8]),
    ]


def _case(truth: str, sizes: Sequence[int], tpr: Sequence[float] | np.ndarray) -> Case:
    rates = np.asarray(tpr, float)
    return Case(truth, np.asarray(sizes), rates, 1 - rates)


def pairs(num_groups: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """True positive rates under two models."""
    equal, low, other, half = (np.full(num_groups, 0.95) for _ in range(4))
    low[0], other[-1], half[0] = 0.85, 0.85, 0.9
    return {
        "no gaps": (equal, equal),
        "same gap": (low, low),
        "same gap, other group": (low, other),
        "gap halved": (low, half),
    }
