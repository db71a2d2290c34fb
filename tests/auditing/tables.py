"""Rows and counts that several tests of the audit's statistics draw."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from facedebias.auditing.statistics.metrics import Counts

# Tables are slow to make.
drawn_alike = settings(max_examples=30)


def counts(*cells: tuple[int, int, int, int]) -> Counts:
    """From tp, fn, fp, tn of each group."""
    return Counts.unstack(np.array(cells))


def random_rows(seed: int, num_rows: int = 400, num_groups: int = 4):
    """Labels, scores, decisions and groups, with more errors in the later groups."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, num_groups, num_rows)
    labels = rng.random(num_rows) < 0.5
    scores = np.clip(rng.normal(0.35 + 0.3 * labels - 0.03 * codes * labels, 0.25), 0, 1)
    return labels, scores, scores >= 0.5, codes


@st.composite
def tables(draw, min_cell=0, max_cell=60, max_groups=6):
    """Counts of two groups or more, none of them empty, in which rates may be undefined."""
    size = draw(st.integers(2, max_groups)), 4
    cells = draw(arrays.arrays(np.int64, size, elements=st.integers(min_cell, max_cell)))
    cells[cells.sum(1) == 0, 3] = 1
    return Counts.unstack(cells)


@st.composite
def rows(draw, num_groups=3):
    """Labels, decisions and groups of 1 to 60 rows; codes below 0 are in no group."""
    size = draw(st.integers(1, 60))
    flags = arrays.arrays(np.bool_, size)
    codes = draw(arrays.arrays(np.int64, size, elements=st.integers(-2, num_groups - 1)))
    return draw(flags), draw(flags), codes


# tp, fn, fp, tn of ProPublica's COMPAS data: two years, filtered as in its article; a decile of 5 or more
# is selected, a person charged again is positive.
COMPAS = {
    "African-American": (1188, 473, 641, 873),
    "Asian": (5, 3, 2, 21),
    "Caucasian": (414, 408, 282, 999),
    "Hispanic": (79, 110, 62, 258),
    "Native American": (5, 0, 3, 3),
    "Other": (42, 82, 28, 191),
}


def random_weights(seed, size):
    return np.random.default_rng(seed).lognormal(0.0, 0.8, size)
