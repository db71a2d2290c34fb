"""What the test of a gap answers for hits and sizes."""

import numpy as np

from facedebias.auditing.statistics.gaps.estimates import PLAIN, Shares
from facedebias.auditing.statistics.gaps.gap_test import GapTest


def gap_test(hits, sizes, num_draws=2000, seed=0, scale=PLAIN):
    return GapTest([Shares(np.array(hits), np.array(sizes), scale)], num_draws, seed)


def p_and_interval(hits, sizes, num_draws=2000, seed=0, scale=PLAIN):
    test = gap_test(hits, sizes, num_draws, seed, scale)
    p_value = test.p_of_no_gap()
    return p_value, test.interval(p_value)
