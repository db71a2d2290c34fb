"""Shards open as one face file, or are refused in a sentence that names the shard."""

import gc
import hashlib
import json
import os
import shutil
import sys

import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.files import sharded_file
from facedebias.errors import InputError
from tests.data.files.small_shards import NUM_ROWS, VALUES, pictures, write_shards, write_single
from tests.data.storage.small_files import contents


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    return write_shards(tmp_path_factory.mktemp("shards") / "five", 5).parent  # of 5, 5, 5, 4 and 4 rows


@pytest.fixture
def index(five, tmp_path):
    return shutil.copytree(five, tmp_path / "five") / "index.json"


@pytest.mark.parametrize("num_shards", [1, 2, NUM_ROWS])
def test_shards_hold_what_one_file_holds(tmp_path, num_shards):
    index = write_shards(tmp_path / "shards", num_shards)
    assert contents(index) == contents(write_single(tmp_path / "single.h5"))
    dataset = FaceDataset(index)
    np.testing.assert_array_equal(dataset.read(range(NUM_ROWS)), pictures())
    assert list(dataset.attributes) == list(VALUES) and dataset.notes == ()
    sizes = [len(FaceDataset(path)) for path in sorted(index.parent.glob("*.h5"))]
    assert len(sizes) == num_shards and sum(sizes) == NUM_ROWS and max(sizes) - min(sizes) <= 1


# Row 4 is the last of the first shard, 5 the first of the second; -1 is the last row, as of a single file.
@pytest.mark.parametrize("rows", [[], [4], [4, 5], [22, 0, 4, 5, 5, 9, 10, 0], [3, 1, 2, 2], [-1, 0]])
def test_rows_come_in_the_order_that_is_asked_for(index, rows):
    dataset = FaceDataset(index)
    np.testing.assert_array_equal(dataset.read(rows), pictures()[np.array(rows, int)])
    np.testing.assert_array_equal(dataset.read(np.array(rows, np.int64)), pictures()[np.array(rows, int)])
    assert dataset.paths(rows) == [f"{row % NUM_ROWS}.jpg" for row in rows]


@pytest.mark.parametrize("row", [NUM_ROWS, -NUM_ROWS - 1])
def test_rows_that_are_none_are_refused(index, row):
    with pytest.raises(IndexError, match="it has 23"):
        FaceDataset(index).read([0, row])


def test_it_says_of_how_many_shards_it_is(index):
    assert FaceDataset(index).describe().startswith(f"{index}: 23 pictures of 8x8 in 5 shards\n")
    FaceDataset(index).verify()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_few_files_are_open_at_a_time(index, monkeypatch):
    monkeypatch.setattr(sharded_file, "most_open_files", lambda: 8)  # two shards at a time
    most = []
    whole = sharded_file.ShardedFile._gather

    def counted(*given):
        whole(*given)
        most.append(num_open(index.parent))

    monkeypatch.setattr(sharded_file.ShardedFile, "_gather", counted)
    dataset = FaceDataset(index)
    assert num_open(index.parent) == 0  # nothing is open until a picture is asked for
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = rng.integers(0, NUM_ROWS, 9)
        np.testing.assert_array_equal(dataset.read(rows), pictures()[rows])
    # Two handles each of two that are used and, for a moment, two that were.
    assert 0 < max(most) <= 8
    del dataset
    gc.collect()
    assert num_open(index.parent) == 0


def num_open(folder):
    """Files of a folder that this process has open."""
    files = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return sum(os.path.realpath(file).startswith(f"{folder}/") for file in files)


def test_the_same_rows_have_the_same_index_and_others_another(tmp_path):
    written = [write_shards(tmp_path / name, 5, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    a, b, c = (hashlib.sha256(index.read_bytes()).hexdigest() for index in written)
    assert a == b != c


def test_shards_move_as_a_folder(index, tmp_path):
    shutil.move(index.parent, tmp_path / "elsewhere")
    assert len(FaceDataset(tmp_path / "elsewhere/index.json")) == NUM_ROWS


def test_a_folder_of_shards_says_what_to_give(index):
    with pytest.raises(InputError, match=r"five: is a folder of shards; give the index in it, .*index.json"):
        FaceDataset(index.parent)


def remove(folder):
    (folder / "shard-00002.h5").unlink()


def exchange(folder):
    first, second = folder / "shard-00001.h5", folder / "shard-00002.h5"
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def replace_by_another(folder):
    other = write_shards(folder.parent / "other", 5, seed=1).parent
    shutil.copy(other / "shard-00002.h5", folder)


def cut(folder):
    os.truncate(folder / "shard-00002.h5", 1500)


def shorten(folder):
    os.truncate(folder / "shard-00002.h5", 500)


def flip_column(folder):
    path = folder / "shard-00002.h5"
    content = bytearray(path.read_bytes())
    content[-200] ^= 4
    path.write_bytes(content)


def add(folder):
    shutil.copy(folder / "shard-00002.h5", folder / "shard-00005.h5")


def put_a_folder(folder):
    remove(folder)
    (folder / "shard-00002.h5").mkdir()


DAMAGE = {
    remove: r"shard-00002.h5: is missing, but the index beside it names it\.",
    exchange: r"shard-00001.h5: is another file than the one that the index beside it names\.",
    replace_by_another: r"shard-00002.h5: is another file than the one that the index beside it names\.",
    cut: r"shard-00002.h5: is cut short \(1,500 bytes\)\.",
    shorten: r"shard-00002.h5: has 500 bytes, too few for 5 pictures, as the index beside it says\.",
    flip_column: r"shard-00002.h5: .*is not as it was written, so the file is damaged\.",
    add: r"shard-00005.h5: a shard that .*index.json does not name, so the two do not belong together\.",
    put_a_folder: r"shard-00002.h5: is a folder; expected a file",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_shards_that_are_not_those_of_the_index_are_refused_on_opening(index, damage):
    damage(index.parent)
    with pytest.raises(InputError, match=DAMAGE[damage]) as caught:
        FaceDataset(index)
    assert "`facedebias prepare" in str(caught.value)  # the way out


def test_a_flipped_pixel_is_found_when_it_is_read_and_names_the_row_of_its_shard(index):
    path = index.parent / "shard-00001.h5"
    content = bytearray(path.read_bytes())
    place = content.index(pictures()[7].tobytes())  # row 2 of the second shard
    content[place + 50] ^= 1
    path.write_bytes(content)
    dataset = FaceDataset(index)
    dataset.read([0, 6, 8, 12])
    for read in (lambda: dataset.read([0, 7, 12]), lambda: dataset.read([7]), dataset.verify):
        with pytest.raises(
            InputError, match=r"shard-00001.h5: the picture of row 2 is not as it was written"
        ):
            read()
    assert dataset.failure is not None


def test_verify_finds_a_shard_whose_checksums_agree_with_another_content(index):
    # Nothing but the SHA-256 tells: a hand has put pixels, their checksums and the seal right.
    content = json.loads(index.read_text())
    content["shards"][3]["sha256"] = "0" * 64
    sign(index, content)
    dataset = FaceDataset(index)
    with pytest.raises(InputError, match=r"shard-00003.h5: is another file than the one"):
        dataset.verify()


def sign(index, content):
    """Writes an index with a digest that is right."""
    del content["sha256"]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    index.write_text(json.dumps({**content, "sha256": digest}))


def test_no_flipped_bit_of_an_index_is_read_as_something_else(index):
    whole, expected = index.read_bytes(), contents(index)
    for place in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[place] ^= 1 << place % 8
        index.write_bytes(broken)
        try:
            found = contents(index)
        except InputError as error:
            assert str(error).startswith(str(index))
        else:
            assert found == expected  # of a space between two parts


def change(**values):
    return lambda content: content.update(values)


def change_shard(**values):
    return lambda content: content["shards"][0].update(values)


def repeat(content):
    content["shards"][1] = content["shards"][0]


CLAIMS = [
    (change(format_version=2), "format version 2; this program reads 1. Update facedebias."),
    (change(format="x"), "is neither a face file nor an index of shards."),
    (change(shards=[]), "the index names no shard, or one twice"),
    (repeat, "the index names no shard, or one twice"),
    (change(attributes=3), "the index lacks parts, or has parts that are none"),
    (change(image_shape=[8, 8]), "the index lacks parts"),
    (change(image_shape=[0, 8, 3]), "the index lacks parts"),
    (change(sources=["one"]), "shard-00000.h5: holds something else than the index beside it says"),
    (change(image_shape=[8, 4, 3]), "shard-00000.h5: holds something else than the index beside it says"),
    (change_shard(num_rows=4), "shard-00000.h5: holds something else than the index beside it says"),
    (
        change_shard(num_rows=10**15),
        "shard-00000.h5: has .* bytes, too few for 1,000,000,000,000,000 pictures",
    ),
    (change_shard(num_rows="5"), "the index lacks parts"),
    (change_shard(num_rows=-1), "the index lacks parts"),
    (change_shard(file="../five/shard-00000.h5"), "the index names '../five/shard-00000.h5'; expected names"),
    (change_shard(file="/etc/passwd"), "the index names '/etc/passwd'; expected names like shard-00000.h5"),
    (change_shard(more=1), "the index lacks parts"),
]


@pytest.mark.parametrize(("claim", "message"), CLAIMS)
def test_an_index_that_somebody_wrote_is_refused_where_it_is_wrong(index, claim, message):
    content = json.loads(index.read_text())
    claim(content)
    sign(index, content)
    with pytest.raises(InputError, match=message):
        FaceDataset(index)


def test_half_an_index_is_refused(index):
    index.write_text("{")
    with pytest.raises(InputError, match="the index is no JSON, so it is damaged"):
        FaceDataset(index)
