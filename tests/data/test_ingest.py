"""Face files from one source or several: rows, labels, attributes, bad pictures."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import prepare, unite_attributes
from facedebias.data.records import ImportOptions, Source
from facedebias.errors import InputError
from tests.data.gray_pictures import gray_pictures

TRAIN = ImportOptions(size=8, split="train")


def test_rows_labels_and_split(groups, classes, tmp_path):
    output = tmp_path / "a.h5"
    summary = prepare([f"folder:{groups}"], [f"imagenet:{classes}"], TRAIN, output)
    assert (summary.num_rows, summary.num_bad, summary.bad, summary.path) == (10, 0, [], output)
    dataset = FaceDataset(output)
    np.testing.assert_array_equal(
        dataset.read(np.arange(10))[:, 4, 4, 0], [0, 10, 20, 30, 40, 50, 100, 101, 102, 103]
    )
    np.testing.assert_array_equal(dataset.rows(label=FACE), np.arange(6))
    np.testing.assert_array_equal(dataset.rows(label=NONFACE), np.arange(6, 10))
    assert dataset.attribute("group").values == ("A", "B", "C")
    assert dataset.attribute("group").codes.tolist() == [0, 0, 1, 1, 1, 2, -1, -1, -1, -1]
    # Neither source has a partition: all of it becomes the part that was asked for.
    assert (dataset.split == 0).all()
    assert dataset.sources == ("folder", "imagenet") and dataset.source.tolist() == [0] * 6 + [1] * 4
    assert dataset.paths([2, 6]) == ["B/2.png", "n01440760/x.png"]


def test_split_stays_unknown_if_none_is_asked_for(groups, tmp_path):
    prepare([f"folder:{groups}"], [], ImportOptions(size=8), tmp_path / "a.h5")
    assert (FaceDataset(tmp_path / "a.h5").split == -1).all()


def test_attributes_of_several_sources_are_united(groups, tmp_path):
    # The same place's codes change: its groups are A, B, C; those of the other D, B.
    other = gray_pictures(tmp_path / "other", {"B/1.png": 200, "D/1.png": 210})
    prepare([f"folder:{other}", f"folder:{groups}"], [], TRAIN, tmp_path / "a.h5")
    dataset = FaceDataset(tmp_path / "a.h5")
    assert dataset.attribute("group").values == ("B", "D", "A", "C")
    assert dataset.attribute("group").codes.tolist() == [0, 1, 2, 2, 0, 0, 0, 3]
    assert dataset.sources == ("folder", "folder-2") and dataset.source.tolist() == [0] * 2 + [1] * 6


def test_unite_attributes():
    def source(**attributes):
        return Source("x", 1, lambda: iter(()), attributes)

    united = unite_attributes([source(a=("x", "y")), source(b=("no", "yes"), a=("z", "y"))])
    assert united == {"a": ("x", "y", "z"), "b": ("no", "yes")}
    assert len(unite_attributes([source(a=tuple(map(str, range(127))))])["a"]) == 127
    with pytest.raises(InputError, match="'a' has 128 values; a face file holds up to 127"):
        unite_attributes([source(a=tuple(map(str, range(128))))])


def test_a_face_file_gives_both_kinds(tiny_file, tmp_path):
    prepare([f"lab:{tiny_file}"], [f"lab:{tiny_file}"], ImportOptions(), tmp_path / "a.h5")
    ours, original = FaceDataset(tmp_path / "a.h5"), FaceDataset(tiny_file)
    np.testing.assert_array_equal(ours.read(np.arange(40)), original.read(np.arange(40)))
    np.testing.assert_array_equal(ours.labels, original.labels)
    np.testing.assert_array_equal(ours.attribute("group").codes, original.attribute("group").codes)
    assert ours.sources == ("lab",)


def test_threads_do_not_change_the_rows(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(300):
        path = tmp_path / f"tree/n0000000{i % 3}/{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20 + i % 7, 24, 3), np.uint8)).save(path)
    (tmp_path / "tree/n00000001/4.png").write_bytes(b"bad")
    options = ImportOptions(size=8, crops_per_image=2)
    files = []
    for num_threads in (1, 5):
        output = tmp_path / f"{num_threads}.h5"
        prepare([], [f"imagenet:{tmp_path / 'tree'}"], options, output, num_threads=num_threads)
        files.append(FaceDataset(output))
    assert len(files[0]) == 598
    np.testing.assert_array_equal(files[0].read(np.arange(598)), files[1].read(np.arange(598)))
    assert files[0].paths(np.arange(598)) == files[1].paths(np.arange(598))


def test_bad_pictures_are_skipped_and_named(groups, tmp_path):
    for i in range(12):
        (groups / f"B/bad{i:02}.png").write_text("no picture")
    summary = prepare([f"folder:{groups}"], [], TRAIN, tmp_path / "a.h5", max_bad=0.7)
    assert summary.num_bad == 12 and len(summary.bad) == 10
    assert summary.bad[0].startswith("folder B/bad00.png: cannot identify image file")
    dataset = FaceDataset(tmp_path / "a.h5")
    assert dataset.read(np.arange(6))[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]
    assert dataset.attribute("group").codes.tolist() == [0, 0, 1, 1, 1, 2]


def test_too_many_bad_pictures_fail_and_leave_nothing(groups, tmp_path):
    (groups / "C/bad.png").write_text("no picture")
    # 1 of 7 is bad; 1% of 7 allows none.
    message = (
        r"1 picture could not be read; --max_bad 0.01 allows 0 of 7. First: folder C/bad.png: .* Mend or"
    )
    with pytest.raises(InputError, match=message):
        prepare([f"folder:{groups}"], [], TRAIN, tmp_path / "out" / "a.h5")
    assert list((tmp_path / "out").iterdir()) == []


def test_nothing_but_bad_pictures(tmp_path):
    (tmp_path / "g/A").mkdir(parents=True)
    (tmp_path / "g/A/1.png").write_text("no picture")
    with pytest.raises(InputError, match="every picture is bad, first folder A/1.png: cannot identify"):
        prepare([f"folder:{tmp_path / 'g'}"], [], TRAIN, tmp_path / "a.h5", max_bad=1)
    assert not (tmp_path / "a.h5").exists()


def test_no_source_at_all(tmp_path):
    with pytest.raises(InputError, match="give --faces or --nonfaces, e.g. --faces celeba:DIR"):
        prepare([], [], TRAIN, tmp_path / "a.h5")


def test_interrupted_run_leaves_nothing(groups, tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("facedebias.data.face_writer.FaceFileWriter.append", interrupt)
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        prepare([f"folder:{groups}"], [], TRAIN, tmp_path / "out" / "a.h5")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["a/b", "", " ", ".", "a\0", "\ud800"])
def test_names_that_no_file_holds_are_refused_before_anything_is_decoded(name):
    def refuse():
        raise AssertionError("decoded")

    for attributes in ({name: ("no", "yes")}, {"g": ("A", name)}):
        if name == "a/b" and "g" in attributes:
            continue  # a value may have a slash
        with pytest.raises(InputError, match="attribute '.*Rename it in the source"):
            unite_attributes([Source("a", 1, refuse, attributes)])


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "TIFF", "GIF", "JPEG2000"])
def test_a_damaged_picture_of_any_format_is_a_bad_one(groups, tmp_path, kind):
    path = tmp_path / "picture"
    Image.linear_gradient("L").convert("RGB").save(path, kind)
    (groups / "A/3.jpg").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    summary = prepare([f"folder:{groups}"], [], TRAIN, tmp_path / "a.h5", max_bad=0.5)
    assert (summary.num_rows, summary.num_bad) == (6, 1)
    assert summary.bad[0].startswith("folder A/3.jpg: ")
