import numpy as np
import pytest

from facedebias.audit import metrics


def test_counts_by_group():
    codes = np.array([0, 0, 1, 2, 2, 2])
    found, faces = metrics.count_groups(codes, np.array([1, 0, 0, 1, 1, 1], bool), 3)
    assert found.tolist() == [1, 0, 3]
    assert faces.tolist() == [2, 1, 3]


def test_figures_by_hand():
    recalls = metrics.recall(np.array([9, 7, 10]), np.array([10, 10, 10]))
    assert metrics.mean_recall(recalls) == pytest.approx(26 / 30)
    assert metrics.gap(recalls) == pytest.approx(0.3)
    # 90, 70 and 100% differ from 86.67 by 3.33, -16.67 and 13.33: (11.11 + 277.78 + 177.78) / 3.
    assert metrics.variance(recalls) == pytest.approx(466.6667 / 3, abs=1e-4)


def test_every_group_counts_the_same():
    recalls = metrics.recall(np.array([1, 900]), np.array([2, 1000]))
    assert metrics.mean_recall(recalls) == pytest.approx((0.5 + 0.9) / 2)
