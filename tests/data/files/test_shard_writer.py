"""Writing shards: what is there at the end, after failures, and in place of what was there."""

import os
import shutil
from collections import namedtuple

import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.files.shard_writer import ShardWriter
from facedebias.errors import InputError
from tests.data.files.small_shards import NUM_ROWS, SIZE, SOURCES, VALUES, fill, pictures, write_shards

DEAD = 2**22 + 7  # above the largest number of a process


def names(folder):
    return sorted(os.listdir(folder))


def of_shards(number):
    return ["index.json", *(f"shard-{i:05d}.h5" for i in range(number))]


def test_nothing_is_there_before_all_is_complete(tmp_path):
    output = tmp_path / "new" / "faces"
    with ShardWriter(output, 3, NUM_ROWS, SIZE, VALUES, SOURCES) as writer:
        fill(writer)
        assert not output.exists()
    assert names(tmp_path / "new") == ["faces"] and names(output) == of_shards(3)
    assert writer.path == output / "index.json" and writer.num_rows == NUM_ROWS


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("is_overwritten", [True, False])
def test_failure_leaves_what_was_there(tmp_path, error, is_overwritten):
    if is_overwritten:
        index = write_shards(tmp_path / "faces", 2)
        before = index.read_bytes()
    with (
        pytest.raises(error),
        ShardWriter(
            tmp_path / "faces", 3, NUM_ROWS + 1, SIZE, VALUES, SOURCES, overwrite=is_overwritten
        ) as writer,
    ):
        fill(writer)
        raise error
    assert names(tmp_path) == (["faces"] if is_overwritten else [])
    if is_overwritten:
        assert index.read_bytes() == before
        np.testing.assert_array_equal(FaceDataset(index).read(range(NUM_ROWS)), pictures())


@pytest.mark.parametrize("number", [2, 3, 7])
def test_overwriting_replaces_all_shards(tmp_path, number):
    write_shards(tmp_path / "faces", 3, seed=1)
    with pytest.raises(InputError, match="faces: exists already. Choose another --output or add --overwrite"):
        write_shards(tmp_path / "faces", number)
    index = write_shards(tmp_path / "faces", number, overwrite=True)
    assert names(tmp_path) == ["faces"] and names(index.parent) == of_shards(number)
    np.testing.assert_array_equal(FaceDataset(index).read(range(NUM_ROWS)), pictures())


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "faces").mkdir()
    assert len(FaceDataset(write_shards(tmp_path / "faces", 2))) == NUM_ROWS


def test_a_link_to_a_folder_stays_one(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "faces").symlink_to(tmp_path / "disk")
    assert len(FaceDataset(write_shards(tmp_path / "faces", 2))) == NUM_ROWS
    assert (tmp_path / "faces").is_symlink() and names(tmp_path / "disk") == of_shards(2)


def test_folders_with_other_things_are_never_replaced(tmp_path):
    index = write_shards(tmp_path / "faces", 2)
    (index.parent / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="faces: is a folder with thesis.tex, which is no shard; nothing is"):
        write_shards(tmp_path / "faces", 2, overwrite=True)
    assert (index.parent / "thesis.tex").read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("train.h5", r"train.h5: is the name of a file; --shards makes a folder. .* --output=.*train\."),
        (
            "file",
            r"file: is no folder, and --shards makes one. Choose another --output, e.g. --output=.*file-",
        ),
        ("file/faces", r"file is not a folder. Choose another --output"),
    ],
)
def test_places_that_are_no_folder(tmp_path, name, message):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match=message):
        write_shards(tmp_path / name, 2, overwrite=True)
    assert names(tmp_path) == ["file"]


def test_more_shards_than_pictures(tmp_path):
    with pytest.raises(InputError, match="24 shards of 23 pictures; expected at least one in each. Give a"):
        write_shards(tmp_path / "faces", 24)
    assert names(tmp_path) == []


# 30 rows in 5 shards of 6: 23 rows fill three and most of the fourth.
def test_rows_that_do_not_come_are_missing_at_the_end(tmp_path):
    index = write_shards(tmp_path / "faces", 5, capacity=30)
    sizes = [len(FaceDataset(path)) for path in sorted(index.parent.glob("*.h5"))]
    assert sizes == [6, 6, 6, 5]
    np.testing.assert_array_equal(FaceDataset(index).read(range(NUM_ROWS)), pictures())
    with ShardWriter(tmp_path / "again", 5, 30, SIZE, VALUES, SOURCES) as writer:
        fill(writer)
    assert writer.notes == ("1 shard fewer than asked for, as pictures were left out.",)


def test_too_small_disk_is_refused_before_writing(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 50_000_000))
    with pytest.raises(InputError, match=r"faces: needs 123 MB, but .* has 50 MB free. Free some or"):
        ShardWriter(tmp_path / "faces", 100, 10_000, 64, {}, ["one"])
    assert names(tmp_path) == []


def test_errors_of_the_disk_name_the_shard_where_it_was_to_be(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with (
        pytest.raises(OSError, match="No space left") as caught,
        ShardWriter(tmp_path / "faces", 3, NUM_ROWS, SIZE, VALUES, SOURCES) as writer,
    ):
        monkeypatch.setattr("facedebias.data.storage.seal.append", fail)
        fill(writer)
    assert caught.value.filename == str(tmp_path / "faces/shard-00000.h5")
    assert names(tmp_path) == []


def test_a_shard_that_does_not_read_back_ends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(FaceDataset, "paths", lambda self, rows: ["x"] * len(rows))
    with pytest.raises(
        InputError, match=r"faces/shard-00000.h5: what was written reads back otherwise \(path"
    ):
        write_shards(tmp_path / "faces", 3)
    assert names(tmp_path) == []


def test_what_killed_writers_left_goes_with_the_next_start_whatever_it_makes(tmp_path):
    left = tmp_path / f".other.partial-{DEAD}"
    shutil.copytree(write_shards(tmp_path / "faces", 2).parent, left)
    (left / f".shard-00002.h5.partial-{DEAD}").write_bytes(bytes(250_000))
    report = tmp_path / f".report.partial-{DEAD}"
    report.mkdir()
    (report / "index.html").write_text("of another command")
    with FaceFileWriter(tmp_path / "a.h5", NUM_ROWS, SIZE, VALUES, SOURCES) as writer:
        fill(writer)
    assert names(tmp_path) == [report.name, "a.h5", "faces"]
    (note,) = writer.notes
    assert note.startswith("removed 4 unfinished face files that a killed process had left in ")


def test_shards_that_somebody_makes_are_left_alone(tmp_path):
    with ShardWriter(tmp_path / "faces", 3, NUM_ROWS, SIZE, VALUES, SOURCES) as writer:
        fill(writer)
        index = write_shards(tmp_path / "faces", 2)
        assert names(index.parent) == of_shards(2)
    # Who is ready last is what is there.
    assert names(tmp_path) == ["faces"] and names(index.parent) == of_shards(3)


def test_what_killed_writers_left_does_not_count_as_taken(tmp_path, monkeypatch):
    left = tmp_path / f".other.partial-{DEAD}"
    shutil.copytree(write_shards(tmp_path / "other", 2).parent, left)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 0 if left.exists() else 10**6))
    assert len(FaceDataset(write_shards(tmp_path / "faces", 2))) == NUM_ROWS


def test_shards_whose_replacement_was_killed_are_put_back_and_kept(tmp_path):
    index = write_shards(tmp_path / "faces", 2)
    index.parent.rename(tmp_path / f".faces.partial-before-{DEAD}")
    with pytest.raises(InputError, match="faces: exists already. Choose another --output or add --overwrite"):
        write_shards(tmp_path / "faces", 3)
    assert names(tmp_path) == ["faces"] and names(index.parent) == of_shards(2)
