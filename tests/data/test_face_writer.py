"""Writing face files: what is read back, and what is left when something goes wrong."""

import re
import shutil
import subprocess
import sys
import time
import zlib
from collections import namedtuple

import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError


def append_rows(writer, start, stop, size=8):
    """Rows of one grey value, their number; every second one is a face."""
    rows = np.arange(start, stop)
    writer.append(
        np.broadcast_to(rows[:, None, None, None], (len(rows), size, size, 3)).astype(np.uint8),
        rows % 2,
        {"group": rows % 3 - 1},
        rows[0] % 2,
        [f"picture-{row}.png" for row in rows],
        rows % 4 - 1,
        rows * 1000,
    )


@pytest.mark.parametrize("capacity", [7, 50])
def test_the_same_pictures_give_the_same_bytes_at_another_time(tmp_path, capacity):
    # A run is known by the SHA-256 of its file; HDF5 would write down when each part was made.
    paths = [tmp_path / name for name in ("a.h5", "b.h5")]
    for path in paths:
        with FaceFileWriter(
            path, capacity, 8, {"group": ("a", "b"), "age": ("x",)}, ["one", "two"]
        ) as writer:
            append_rows(writer, 0, 7)
        time.sleep(1.1)  # HDF5 counts whole seconds
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("capacity", [7, 50])
def test_what_was_appended_is_read_back(tmp_path, capacity):
    # A capacity of 50 leaves 43 rows unused, which must not be in the file.
    path = tmp_path / "new" / "a.h5"
    with FaceFileWriter(path, capacity, 8, {"group": ("a", "b"), "age": ("x",)}, ["one", "two"]) as writer:
        append_rows(writer, 0, 4)
        append_rows(writer, 5, 8)
        assert not path.exists()
    dataset = FaceDataset(path)
    rows = np.array([0, 1, 2, 3, 5, 6, 7])
    np.testing.assert_array_equal(dataset.read(np.arange(7))[:, 7, 7, 2], rows)
    np.testing.assert_array_equal(dataset.labels[:, 0], rows % 2)
    np.testing.assert_array_equal(dataset.attribute("group").codes, rows % 3 - 1)
    np.testing.assert_array_equal(dataset.attribute("age").codes, np.full(7, -1))
    np.testing.assert_array_equal(dataset.split, rows % 4 - 1)
    np.testing.assert_array_equal(dataset.identity, rows * 1000)
    np.testing.assert_array_equal(dataset.source, [0, 0, 0, 0, 1, 1, 1])
    assert dataset.sources == ("one", "two") and list(dataset.attributes) == ["group", "age"]
    assert dataset.paths([6]) == ["picture-7.png"]
    assert [file.name for file in path.parent.iterdir()] == ["a.h5"]


def test_format_is_what_the_documentation_says(tiny_file):
    with h5py.File(tiny_file) as file:
        assert dict(file.attrs) == {"format_version": 1, "channel_order": "RGB"}
        types = {name: (file[name].dtype, file[name].shape) for name in file if name != "attributes"}
        assert types == {
            "images": (np.uint8, (40, 64, 64, 3)),
            "labels": (np.float32, (40, 1)),
            "path": (np.dtype(object), (40,)),
            "split": (np.int8, (40,)),
            "identity": (np.int32, (40,)),
            "source": (np.int8, (40,)),
            "checksums": (np.uint32, (40,)),
        }
        assert file["checksums"][7] == zlib.crc32(file["images"][7])
        assert list(file["split"].attrs["values"]) == ["train", "val", "test"]
        assert file["attributes/group"].dtype == np.int8
        offset = file["images"].id.get_offset()
    images = np.memmap(tiny_file, np.uint8, "r", offset=offset, shape=(40, 64, 64, 3))
    np.testing.assert_array_equal(images[5], FaceDataset(tiny_file).read([5])[0])


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_nothing(tmp_path, error):
    with (
        pytest.raises(error),
        FaceFileWriter(tmp_path / "a.h5", 9, 8, {"group": ("a", "b")}, ["one", "two"]) as writer,
    ):
        append_rows(writer, 0, 4)
        raise error
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_kept_unless_told_otherwise(tmp_path):
    path = tmp_path / "a.h5"
    path.write_text("precious")
    with pytest.raises(InputError, match="a.h5: exists already. Choose another --output or add --overwrite"):
        FaceFileWriter(path, 4, 8, {}, ["one"])
    assert path.read_text() == "precious"
    with FaceFileWriter(path, 4, 8, {"group": ("a", "b")}, ["one"], overwrite=True) as writer:
        append_rows(writer, 0, 4)
    assert len(FaceDataset(path)) == 4


def spoil_picture(writer):
    writer._file.seek(writer._offset)
    writer._file.write(b"\xff")


def spoil_column(writer):
    # As if HDF5 had written another number than it was given.
    writer._columns["attributes/group"] = writer._columns["attributes/group"].astype("<i2")
    writer._columns["attributes/group"][0] = 200


@pytest.mark.parametrize("spoil", [spoil_picture, spoil_column])
def test_a_file_that_does_not_read_back_does_not_replace_another(tmp_path, spoil):
    path = tmp_path / "a.h5"
    path.write_text("precious")
    with (
        pytest.raises(
            InputError, match=r"a.h5: what was written cannot be read back \(.*a.h5 itself was not"
        ),
        FaceFileWriter(path, 4, 8, {"group": ("a", "b")}, ["one", "two"], overwrite=True) as writer,
    ):
        append_rows(writer, 0, 4)
        spoil(writer)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["precious"]


def test_a_file_that_reads_back_as_another_does_not_replace_one(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    path.write_text("precious")
    read = FaceDataset.paths
    monkeypatch.setattr(FaceDataset, "paths", lambda *given: read(*given)[::-1])
    with (
        pytest.raises(InputError, match=r"a.h5: what was written reads back otherwise \(path\)"),
        FaceFileWriter(path, 4, 8, {"group": ("a", "b")}, ["one", "two"], overwrite=True) as writer,
    ):
        append_rows(writer, 0, 4)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["precious"]


def test_leftovers_of_dead_processes_are_removed_and_told(tmp_path):
    left = tmp_path / ".old.h5.partial-99999999"
    left.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(250_000))
    with FaceFileWriter(tmp_path / "a.h5", 4, 8, {"group": ("a", "b")}, ["one", "two"]) as writer:
        append_rows(writer, 0, 4)
    assert [file.name for file in tmp_path.iterdir()] == ["a.h5"]
    (note,) = writer.notes
    assert note.startswith("removed 1 unfinished face file that a killed process had left in ")
    assert note.endswith("(0.3 MB).")


def test_parent_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder. Choose another --output"):
        FaceFileWriter(tmp_path / "file" / "a.h5", 4, 8, {}, ["one"])


def test_too_small_disk_is_refused_before_writing(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 50_000_000))
    # 10,000 pictures of 64 x 64 x 3 bytes are 122.88 MB.
    with pytest.raises(InputError, match=r"a.h5: needs 123 MB, but .* has 50 MB free. Free some or"):
        FaceFileWriter(tmp_path / "a.h5", 10_000, 64, {}, ["one"])
    assert list(tmp_path.iterdir()) == []


def test_what_killed_processes_left_does_not_count_as_taken(tmp_path, monkeypatch):
    left = tmp_path / ".old.h5.partial-99999999"
    left.write_bytes(b"\x89HDF\r\n\x1a\n")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 0 if left.exists() else 10**6))
    with FaceFileWriter(tmp_path / "a.h5", 4, 8, {"group": ("a", "b")}, ["one", "two"]) as writer:
        append_rows(writer, 0, 4)
    assert len(FaceDataset(tmp_path / "a.h5")) == 4


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_leads_to_the_file_still(tmp_path, is_there):
    (tmp_path / "disk").mkdir()
    real, link = tmp_path / "disk" / "real.h5", tmp_path / "a.h5"
    link.symlink_to("disk/real.h5")
    if is_there:
        real.write_text("old")
    with FaceFileWriter(link, 4, 8, {"group": ("a", "b")}, ["one", "two"], overwrite=is_there) as writer:
        append_rows(writer, 0, 4)
    assert link.is_symlink() and len(FaceDataset(real)) == 4
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.h5", "disk", "real.h5"]


FILLS_THE_DISK = """
import resource, signal, sys
import numpy as np
from facedebias.cli import running
from facedebias.data.face_writer import FaceFileWriter

def limit(num_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, resource.RLIM_INFINITY))

def main(argv):
    path, moment, num_rows = argv[1], argv[2], int(argv[3])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if moment == "at the start":
        limit(2_000_000)
    with FaceFileWriter(path, 1000, 64, {}, ["one"]) as writer:
        if moment == "halfway":
            limit(2_000_000)
        for _ in range(num_rows // 100):
            unknown = np.full(100, -1)
            writer.append(np.zeros((100, 64, 64, 3), np.uint8), 0, {}, 0, ["x"] * 100, unknown, unknown)
        if moment == "at the end":
            limit(num_rows * 64 * 64 * 3 + 8192)
    print("written")

running.run(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
@pytest.mark.parametrize("num_rows", [1000, 900])
@pytest.mark.parametrize("moment", ["at the start", "halfway", "at the end"])
def test_full_disk_ends_in_one_line_and_leaves_nothing(tmp_path, moment, num_rows):
    # A limit on the size of files stands in for a full disk: the writes past it fail.
    command = [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path / "a.h5"), moment, str(num_rows)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1, result.stderr
    assert re.fullmatch(r"error: .*a\.h5.*: File too large; free or choose .*\n", result.stderr), (
        result.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_wrong_pictures_are_refused(tmp_path):
    with (
        pytest.raises(
            ValueError, match=r"got float64 \(1, 8, 8, 3\) after 0 rows; expected uint8 \(n, 8, 8, 3\)"
        ),
        FaceFileWriter(tmp_path / "a.h5", 9, 8, {}, ["one"]) as writer,
    ):
        writer.append(np.zeros((1, 8, 8, 3)), 0, {}, 0, ["x"], -1, -1)
    with (
        pytest.raises(ValueError, match="at most 1 rows in all"),
        FaceFileWriter(tmp_path / "a.h5", 1, 8, {}, ["one"]) as writer,
    ):
        writer.append(np.zeros((2, 8, 8, 3), np.uint8), 0, {}, 0, ["x", "y"], -1, -1)


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(InputError, match="is a folder; give a file in it, e.g. .*train.h5"):
        FaceFileWriter(tmp_path, 1, 8, {}, ["a"], overwrite=True)
