"""Batches are shared out whole, evenly, and faces first."""

import numpy as np
import pytest

from facedebias.distribution.batch_split import BatchSplit
from facedebias.errors import InputError


@pytest.mark.parametrize(("size", "first", "replicas"), [(8, 4, 2), (12, 6, 3), (8, None, 4), (6, None, 1)])
def test_each_picture_has_one_replica(size, first, replicas):
    split = BatchSplit(size, first, replicas)
    places = [split.places(number) for number in range(replicas)]
    np.testing.assert_array_equal(np.sort(np.concatenate(places)), np.arange(size))
    assert {len(own) for own in places} == {split.own_size}


def test_each_replica_has_its_share_of_the_faces_first():
    split = BatchSplit(8, 4, 2)
    # Faces 0 to 3 and non-faces 4 to 7, half of each to both.
    assert split.places(0).tolist() == [0, 1, 4, 5] and split.places(1).tolist() == [2, 3, 6, 7]
    assert split.own_num_first == 2


@pytest.mark.parametrize(
    ("size", "first", "replicas", "advice"),
    [
        (6, 3, 2, r"--batch_size=6: cannot .* 2 replicas\. Take a multiple of 4, such as --batch_size=8\."),
        (7, None, 2, r"--batch_size=7: .* multiple of 2, such as --batch_size=8\."),
        (64, 32, 3, r"half of it faces, to 3 replicas\. Take a multiple of 6, such as --batch_size=66\."),
    ],
)
def test_what_does_not_come_out_even_is_refused(size, first, replicas, advice):
    with pytest.raises(InputError, match=advice):
        BatchSplit(size, first, replicas)
