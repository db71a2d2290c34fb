"""Prepared files as a data set of TFDS: the same pictures, labels and attributes, without a network."""

import socket
import sys
import types

import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from tests.data.files.small_shards import NUM_ROWS, VALUES, pictures, write_shards, write_single
from tests.data.storage.small_files import write_plain

tfds = pytest.importorskip("tensorflow_datasets")
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    return {"single": write_single(folder / "train.h5"), "shards": write_shards(folder / "many", 5)}


def load(path, data_dir, **options):
    from facedebias.data.tfds_builder import face_file_config

    config = face_file_config(path, **options)
    loaded = tfds.load("face_file", data_dir=str(data_dir), builder_kwargs={"config": config}, with_info=True)
    return *loaded, config


# The split of row i is i % 4 - 1: none for rows 0, 4, ..., which go with "train".
ROWS = {
    "train": [row for row in range(NUM_ROWS) if row % 4 in {0, 1}],
    "validation": list(range(2, NUM_ROWS, 4)),
    "test": list(range(3, NUM_ROWS, 4)),
}


def assert_same(data, dataset):
    assert set(data) == set(ROWS)
    for split, rows in ROWS.items():
        found = list(data[split].as_numpy_iterator())
        np.testing.assert_array_equal([example["image"] for example in found], pictures()[rows])
        for name in VALUES:
            codes = [example["attributes"][name] for example in found]
            np.testing.assert_array_equal(codes, dataset.attribute(name).codes[rows])
        assert [example["label"] for example in found] == dataset.labels[rows, 0].tolist()
        assert [example["identity"] for example in found] == dataset.identity[rows].tolist()
        assert [example["source"] for example in found] == dataset.source[rows].tolist()
        assert [example["path"].decode() for example in found] == dataset.paths(rows)


@pytest.mark.parametrize("kind", ["single", "shards"])
def test_tfds_loads_what_the_file_holds(files, tmp_path, kind):
    data, info, config = load(files[kind], tmp_path)
    assert_same(data, FaceDataset(files[kind]))
    assert info.features["label"].names == ["no face", "face"]
    assert {name: tuple(info.features["attributes"][name].names) for name in VALUES} == VALUES
    # Without the face file and its config, from what was written.
    again = tfds.load(f"face_file/{config.name}", data_dir=str(tmp_path))
    assert_same(again, FaceDataset(files[kind]))


def test_two_files_of_one_name_are_kept_apart(files, tmp_path):
    from facedebias.data.tfds_builder import face_file_config

    other = tmp_path / "train.h5"
    write_single(other, seed=1)
    names = [face_file_config(path).name for path in (files["single"], other, files["shards"])]
    assert len(set(names)) == 3
    assert [name.rpartition("-")[0] for name in names] == ["train", "train", "many"]


def test_a_file_without_attributes_sources_and_parts(tmp_path):
    path = write_plain(tmp_path / "plain.h5", omit=("split", "attributes/Male", "path"))
    data, info, _ = load(path, tmp_path)
    assert list(data) == ["train"] and set(info.features) == {"image", "label", "identity", "path"}
    assert {example["path"] for example in data["train"].as_numpy_iterator()} == {b""}


def test_mistakes_are_one_sentence(tmp_path):
    from facedebias.data.tfds_builder import face_file_config

    with pytest.raises(InputError, match="none.h5: no such file"):
        face_file_config(tmp_path / "none.h5")
    with pytest.raises(InputError, match="face_file: no file is named; give tfds.load builder_kwargs="):
        tfds.builder("face_file", data_dir=str(tmp_path))


class Step:
    """Stands in for a transform of Beam: `Create(parts) | FlatMap(function)`."""

    def __init__(self, run):
        self.run = run

    def __or__(self, other):
        return Step(lambda: other.run(self.run()))


def test_beam_gets_one_part_a_shard(files, tmp_path, monkeypatch):
    import pickle

    from facedebias.data.tfds_builder import face_file_config

    sent = []

    def create(parts):
        sent.append(parts)
        return Step(lambda: pickle.loads(pickle.dumps(parts)))  # noqa: S301 (ours: Beam sends it so)

    fake = types.SimpleNamespace(
        Create=create, FlatMap=lambda f: Step(lambda parts: [x for part in parts for x in f(part)])
    )
    monkeypatch.setitem(sys.modules, "apache_beam", fake)
    config = face_file_config(files["shards"], use_beam=True)
    builder = tfds.builder("face_file", data_dir=str(tmp_path), config=config)
    found = dict(builder._split_generators(None)["test"].run())
    assert sorted(found) == ROWS["test"]
    for row, example in found.items():
        np.testing.assert_array_equal(example["image"], pictures()[row])
    assert [path for path, _, _ in sent[0]] == [str(p) for p in sorted(files["shards"].parent.glob("*.h5"))]


def test_beam_that_is_not_there(files, tmp_path, monkeypatch):
    from facedebias.data.tfds_builder import face_file_config

    monkeypatch.setitem(sys.modules, "apache_beam", None)
    config = face_file_config(files["shards"], use_beam=True)
    builder = tfds.builder("face_file", data_dir=str(tmp_path), config=config)
    with pytest.raises(InputError, match="use_beam needs Apache Beam.*pip install apache-beam"):
        builder._split_generators(None)
