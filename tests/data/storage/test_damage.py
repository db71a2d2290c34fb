"""Damaged face files: what is refused, when, and in which words; and what is read without checksums."""

import os
import random
import shutil

import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.storage import picture_checksums, seal
from facedebias.errors import InputError
from tests.data.storage.small_files import NUM_ROWS, SIZE, contents, pictures, write_ours, write_plain

PICTURE = SIZE * SIZE * 3
WAY_OUT = "make it again with `facedebias prepare`."


@pytest.fixture
def ours(tmp_path):
    return write_ours(tmp_path / "ours.h5")


def pixels_of(path):
    with h5py.File(path) as file:
        start = file["images"].id.get_offset()
    return start, start + NUM_ROWS * PICTURE


def flip(path, place, bit=0):
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def test_an_untouched_file_has_no_notes_and_verifies(ours):
    dataset = FaceDataset(ours)
    dataset.verify()
    assert dataset.notes == () and "note" not in dataset.describe()


def test_any_flipped_bit_beside_the_pixels_is_refused_on_opening(ours, tmp_path):
    start, stop = pixels_of(ours)
    content, path = bytearray(ours.read_bytes()), tmp_path / "flipped.h5"
    places = [place for place in range(len(content)) if not start <= place < stop]
    # Every one of the seal and of HDF5's first bytes, every 29th of the others.
    for place in sorted({*places[:100:3], *places[::29], *places[-seal.SIZE :]}):
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        with pytest.raises(InputError, match=WAY_OUT):
            FaceDataset(path)
        content[place] ^= 1 << place % 8


def test_a_flipped_pixel_is_found_when_its_picture_is_read(ours):
    start, _ = pixels_of(ours)
    flip(ours, start + 3 * PICTURE + 77, bit=6)
    dataset = FaceDataset(ours)
    assert (dataset.read([0, 4, 11]) == pictures()[[0, 4, 11]]).all()
    for rows in ([3], [2, 3, 3, 4], np.arange(NUM_ROWS)):
        with pytest.raises(InputError) as error:
            dataset.read(rows)
        assert "ours.h5: the picture of row 3 is not as it was written" in str(error.value)
        assert str(error.value).endswith(WAY_OUT)
    with pytest.raises(InputError, match="row 3 is not as it was written"):
        FaceDataset(ours).verify()


def test_every_pixel_is_covered(ours):
    start, stop = pixels_of(ours)
    content = bytearray(ours.read_bytes())
    for place in range(start, stop, 53):
        content[place] ^= 1 << place % 8
        ours.write_bytes(content)
        row = (place - start) // PICTURE
        with pytest.raises(InputError, match=f"row {row} is not as it was written"):
            FaceDataset(ours).read(np.arange(NUM_ROWS))
        content[place] ^= 1 << place % 8


def test_many_damaged_pictures_are_counted(ours):
    start, stop = pixels_of(ours)
    content = bytearray(ours.read_bytes())
    content[start:stop] = bytes(stop - start)
    ours.write_bytes(content)
    with pytest.raises(
        InputError, match="the pictures of rows 0, 1, 2 and 9 more are not as they were written"
    ):
        FaceDataset(ours).read(np.arange(NUM_ROWS))


def test_pictures_are_compared_once(ours, monkeypatch):
    compared = []
    whole = picture_checksums.of
    monkeypatch.setattr(picture_checksums, "of", lambda images: compared.append(len(images)) or whole(images))
    dataset = FaceDataset(ours)
    for rows in ([1, 2], [2, 1, 1], [2, 3, 5], np.arange(6)):
        dataset.read(rows)
    assert compared == [2, 2, 2]  # 1 and 2; 3 and 5; 0 and 4


CHANGES = {
    "cut": lambda content: content[: len(content) // 2],
    "cut in the seal": lambda content: content[:-5],
    "longer": lambda content: content + bytes(9),
    "much longer": lambda content: content + bytes(500),
    "another end": lambda content: content[: -seal.SIZE] + bytes(500),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_another_length_is_refused(ours, change):
    ours.write_bytes(CHANGES[change](ours.read_bytes()))
    with pytest.raises(InputError, match=r"Copy it again, or make it again"):
        FaceDataset(ours)


def test_a_change_through_hdf5_is_read_with_a_note(ours):
    with h5py.File(ours, "r+") as file:
        file["split"][:] = 2
    dataset = FaceDataset(ours)
    assert set(dataset.split.tolist()) == {2} and (dataset.read([5]) == pictures()[[5]]).all()
    (note,) = dataset.notes
    assert note == (
        f"{ours} was changed by another program since it was prepared, so damage to its columns goes unseen."
    )
    assert f"  note: {note}" in dataset.describe().splitlines()
    with pytest.raises(InputError, match="damage to its columns goes unseen. Make it again with"):
        dataset.verify()


def test_pixels_changed_through_hdf5_are_found(ours):
    with h5py.File(ours, "r+") as file:
        file["images"][7, 0, 0, 0] ^= 1
    with pytest.raises(InputError, match="row 7 is not as it was written"):
        FaceDataset(ours).read([7])


def test_packed_copies_of_a_file_keep_the_checksums_of_its_pictures(ours, tmp_path):
    packed, damaged = tmp_path / "packed.h5", pictures()
    damaged[2, 0, 0, 0] ^= 1
    for images in (pictures(), damaged):
        with h5py.File(ours) as old, h5py.File(packed, "w") as new:
            for name in old:
                if name != "images":
                    old.copy(name, new)
            new.attrs.update(old.attrs)
            new.create_dataset("images", data=images, chunks=True, compression="gzip")
        assert (FaceDataset(packed).read([1, 3]) == images[[1, 3]]).all()
    with pytest.raises(InputError, match="row 2 is not as it was written"):
        FaceDataset(packed).read([2])


def test_a_file_without_checksums_is_read_with_a_note(tmp_path):
    dataset = FaceDataset(write_plain(tmp_path / "old.h5"))
    assert (dataset.read(np.arange(NUM_ROWS)) == pictures()).all()
    assert dataset.notes == (
        f"{tmp_path / 'old.h5'} has no checksums, as of an earlier version or another program, so damage to "
        "it goes unseen.",
    )
    with pytest.raises(InputError, match=r"has no checksums, .* Make it again with `facedebias prepare`\."):
        dataset.verify()


def broken(content, seed, places):
    """A file that was broken in one place, most often beside its pixels."""
    rng, content = random.Random(seed), bytearray(content)
    place = rng.choice(places) if rng.random() < 0.8 else rng.randrange(len(content))
    length = rng.choice([1, 1, 1, 2, 8, 100])
    kind = rng.randrange(5)
    if kind == 0:
        content[place] ^= 1 << rng.randrange(8)
    elif kind == 1:
        content[place : place + length] = bytes([rng.choice([0, 255])]) * len(content[place : place + length])
    elif kind == 2:
        content[place : place + length] = rng.randbytes(len(content[place : place + length]))
    elif kind == 3:
        del content[place : place + length]
    else:
        del content[place:]
    return bytes(content)


@pytest.mark.parametrize("kind", ["ours", "plain", "packed", "latest"])
def test_broken_files_are_refused_or_read_but_never_a_traceback(tmp_path, kind):
    path, damaged = tmp_path / "a.h5", tmp_path / "broken.h5"
    storage = {"packed": {"chunks": True, "compression": "gzip"}, "latest": {"libver": "latest"}}
    if kind == "ours":
        write_ours(path)
    else:
        write_plain(path, **storage.get(kind, {}))
    whole, content = contents(path), path.read_bytes()
    start, stop = (0, 0) if kind == "packed" else pixels_of(path)
    places = [place for place in range(len(content)) if not start <= place < stop]
    num_refused = 0
    for seed in range(120):
        data = broken(content, seed, places)
        damaged.write_bytes(data)
        try:
            found = contents(damaged)
        except InputError as error:
            assert str(error).startswith(f"{damaged}: ") and "\n" not in str(error)
            num_refused += 1
        else:
            # Without checksums a changed number is a number.
            assert data != content or found == whole
            assert kind != "ours" or data == content
    assert num_refused > 40


def size(number):
    return number.to_bytes(8, "little")


def test_texts_that_would_be_read_for_ever_are_refused(tmp_path):
    path = write_plain(tmp_path / "a.h5")
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    # What is left of a heap says how much that is; HDF5 would go on by nothing.
    (left,) = [
        at for at in range(heap + 16, heap + 4096, 8) if content[at + 8 : at + 16] == size(heap + 4096 - at)
    ]
    content[left + 8 : left + 16] = size(0)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a.h5: the texts at byte [0-9,]+ are damaged. Copy it again"):
        contents(path)


@pytest.mark.parametrize("byte", [255, 127])
def test_an_end_of_the_file_that_is_none_is_refused(tmp_path, byte):
    path = write_plain(tmp_path / "a.h5")
    content = bytearray(path.read_bytes())
    content[47] = byte  # the highest of the end that HDF5 wrote down
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a.h5: is .* Copy it again"):
        FaceDataset(path)


def test_the_seal_goes_with_a_copy(ours, tmp_path):
    shutil.copy(ours, tmp_path / "copy.h5")
    os.truncate(ours, 0)
    FaceDataset(tmp_path / "copy.h5").verify()
    with pytest.raises(InputError, match="is not an HDF5 file"):
        FaceDataset(ours)
