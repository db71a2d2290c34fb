import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError

TRAIN, VAL, TEST, UNKNOWN = 0, 1, 2, -1


def make(tmp_path, labels, split=None, identity=None, source=None):
    path = tmp_path / "split.h5"
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros((len(labels), 16, 16, 3), np.uint8)
        file["labels"] = np.array(labels, np.float32)[:, None]
        if split is not None:
            file["split"] = np.array(split, np.int8)
        if identity is not None:
            file["identity"] = np.array(identity, np.int32)
        if source is not None:
            file["source"] = np.array(source, np.int8)
            file["source"].attrs["values"] = ["a", "b"]
    return FaceDataset(path)


def test_marked_rows_are_taken_as_marked_and_test_rows_never(tmp_path):
    dataset = make(tmp_path, [1, 1, 1, 0, 0, 0], [TRAIN, VAL, TEST, TEST, VAL, TRAIN])
    rows = split_rows(dataset, 0.1, 0)
    assert rows.train_positives.tolist() == [0]
    assert rows.validation_positives.tolist() == [1]
    assert rows.train_negatives.tolist() == [5]
    assert rows.validation_negatives.tolist() == [4]


def test_without_marks_a_fraction_is_held_out_of_each_class(tmp_path):
    rows = split_rows(make(tmp_path, [1] * 50 + [0] * 30), 0.2, 0)
    assert (len(rows.train_positives), len(rows.validation_positives)) == (40, 10)
    assert (len(rows.train_negatives), len(rows.validation_negatives)) == (24, 6)
    everything = np.concatenate(
        [rows.train_positives, rows.validation_positives, rows.train_negatives, rows.validation_negatives]
    )
    assert sorted(everything) == list(range(80))


def test_nobody_is_in_both_parts(tmp_path):
    identity = np.r_[np.repeat(np.arange(20), 5), np.full(10, -1)]
    dataset = make(tmp_path, [1] * 100 + [0] * 10, identity=identity)
    for seed in range(5):
        rows = split_rows(dataset, 0.3, seed)
        assert not set(identity[rows.train_positives]) & set(identity[rows.validation_positives])
        assert len(rows.validation_positives) == 30


def test_the_same_number_in_two_sources_is_two_people(tmp_path):
    # With one person the class could not be divided; two sources' person 7 are two.
    dataset = make(tmp_path, [1, 1, 0, 0], identity=[7, 7, -1, -1], source=[0, 1, 0, 0])
    rows = split_rows(dataset, 0.5, 0)
    assert len(rows.train_positives) == len(rows.validation_positives) == 1


def test_crops_of_one_picture_stay_together(tmp_path):
    dataset = make(tmp_path, [1] * 10 + [0] * 60)
    with h5py.File(dataset.path, "a") as file:
        file["path"] = [f"face{i}" for i in range(10)] + [f"dog{i // 3}.jpg" for i in range(60)]
    rows = split_rows(FaceDataset(dataset.path), 0.25, 0)
    assert len(rows.validation_negatives) == 15
    pictures = (rows.validation_negatives - 10) // 3
    assert np.all(np.bincount(pictures)[np.unique(pictures)] == 3)


def test_the_seed_decides_who_is_held_out(tmp_path):
    dataset = make(tmp_path, [1] * 50 + [0] * 50)
    one, same, other = (split_rows(dataset, 0.2, seed).validation_positives.tolist() for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("labels", "split", "message"),
    [
        ([1, 1, 1], None, "0 non-faces to train on and 0 to validate"),
        ([0, 0, 0], None, "0 faces to train on and 0 to validate"),
        ([1, 1, 0, 0], [TEST, TEST, TRAIN, TRAIN], "0 faces to train on"),
    ],
)
def test_a_missing_class_is_named_with_the_way_out(tmp_path, labels, split, message):
    with pytest.raises(InputError, match=rf"split\.h5: {message}.*--nonfaces"):
        split_rows(make(tmp_path, labels, split), 0.1, 0)
