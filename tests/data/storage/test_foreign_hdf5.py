# ruff: noqa: E501 (one case a line)
"""HDF5 files that point elsewhere, claim what they do not hold, or hold something else."""

import os

import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from facedebias.errors import InputError
from tests.data.storage.small_files import NUM_ROWS, SIZE, contents, pictures, write_ours, write_plain

SHAPE = (NUM_ROWS, SIZE, SIZE, 3)
ELSEWHERE = "expected the numbers themselves. If you trust the file, copy them into one: facedebias prepare"


def link_to_another_file(file, folder):
    write_plain(folder / "other.h5")
    file["images"] = h5py.ExternalLink("other.h5", "images")


def link_by_a_soft_link(file, folder):
    file["deep/inside"] = pictures()
    file["images"] = h5py.SoftLink("/deep/inside")


def store_outside(file, folder):
    pictures().tofile(folder / "pixels.raw")
    outside = [(str(folder / "pixels.raw"), 0, h5py.h5f.UNLIMITED)]
    file.create_dataset("images", SHAPE, np.uint8, external=outside)


def make_virtual(file, folder):
    write_plain(folder / "other.h5")
    layout = h5py.VirtualLayout(SHAPE, np.uint8)
    layout[:] = h5py.VirtualSource("other.h5", "images", SHAPE)
    file.create_virtual_dataset("images", layout)


def pack_by_a_plug_in(file, folder):
    # Its pictures are stored as they are, since the filter may be left out and is not there.
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((4, SIZE, SIZE, 3))
    properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple(SHAPE)
    found = h5py.h5d.create(file.id, b"images", h5py.h5t.NATIVE_UINT8, space, properties)
    h5py.Dataset(found)[:] = pictures()


POINTING = (
    (link_to_another_file, "'images' is a link to another file"),
    (link_by_a_soft_link, "'images' is a soft link"),
    (store_outside, "'images' is stored in another file"),
    (make_virtual, "'images' is a virtual data set"),
    (pack_by_a_plug_in, "'images' is packed by a plug-in (filter 32015)"),
)


@pytest.fixture
def foreign(tmp_path):
    """Makes a file whose pictures are elsewhere."""

    def make(how):
        path = write_plain(tmp_path / "foreign.h5", omit=["images"])
        with h5py.File(path, "r+") as file:
            how(file, tmp_path)
        return path

    return make


@pytest.mark.parametrize(("how", "message"), POINTING)
def test_what_points_out_of_the_file_is_refused(foreign, how, message):
    path = foreign(how)
    with pytest.raises(InputError) as error:
        FaceDataset(path)
    assert str(error.value).startswith(f"{path}: {message}, which is not followed") and ELSEWHERE in str(
        error.value
    )


@pytest.mark.parametrize(("how", "message"), POINTING)
def test_and_becomes_a_plain_file_if_it_is_trusted(foreign, how, message, tmp_path):
    path = foreign(how)
    assert (FaceDataset(path, follow_links=True).read(np.arange(NUM_ROWS)) == pictures()).all()
    trusted = ImportOptions(size=SIZE, follow_links=True)
    prepare([f"lab:{path}"], [f"lab:{path}"], trusted, tmp_path / "plain.h5")
    # Faces, which are every second one, come first.
    order = [*range(1, NUM_ROWS, 2), *range(0, NUM_ROWS, 2)]
    assert (FaceDataset(tmp_path / "plain.h5").read(np.arange(NUM_ROWS)) == pictures()[order]).all()
    with pytest.raises(InputError, match="which is not followed"):
        prepare([f"lab:{path}"], [], ImportOptions(size=SIZE), tmp_path / "other_plain.h5")


def test_a_missing_part_is_not_black_even_if_it_is_trusted(foreign, tmp_path):
    path = foreign(make_virtual)
    (tmp_path / "other.h5").unlink()
    with pytest.raises(InputError, match=r"takes numbers from other.h5, which is not there. Put it beside"):
        FaceDataset(path, follow_links=True)


@pytest.mark.parametrize("name", ["labels", "split", "identity", "attributes/Male", "path", "attributes"])
@pytest.mark.parametrize("link", [h5py.SoftLink("/nowhere"), h5py.ExternalLink("none.h5", "x")])
def test_links_are_refused_wherever_they_are(tmp_path, name, link):
    # A dangling one would read as a column that is not there.
    path = write_plain(tmp_path / "a.h5", omit=[name])
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        file[name] = link
    with pytest.raises(InputError, match=r"which is not followed"):
        FaceDataset(path)


def replaced(name, value):
    def change(file):
        del file[name]
        file[name] = value

    return change


def as_group(name):
    def change(file):
        del file[name]
        file.create_group(name)

    return change


def never_written(name, shape, dtype, **storage):
    def change(file):
        del file[name]
        file.create_dataset(name, shape, dtype, **storage)

    return change


def with_attribute(name, attribute, value):
    return lambda file: (file[name] if name else file).attrs.__setitem__(attribute, value)


def with_texts(values):
    def change(file):
        del file["path"]
        file["path"] = values

    return change


def with_a_byte_name(file):
    h5py.h5o.link(file["split"].id, file["attributes"].id, b"\xff\xfe")


CODES = np.zeros(NUM_ROWS, np.int8)
PAIRS = np.zeros(NUM_ROWS, [("a", "i1"), ("b", "f4")])
CHUNKED = {"chunks": (1, 64, 64, 3), "compression": "gzip"}
OTHERWISE = {
    "a group of pictures": (as_group("images"), "'images' is a group; expected a dataset"),
    "a group of labels": (as_group("labels"), "'labels' is a group; expected a dataset"),
    "a group as an attribute": (as_group("attributes/Male"), "'attributes/Male' is a group; expected a dataset"),
    "a type as an attribute": (replaced("attributes/Male", np.dtype("i1")), "is a type; expected a dataset"),
    "a dataset of attributes": (replaced("attributes", CODES), "'attributes' is a dataset; expected a group"),
    "pairs": (replaced("attributes/Male", PAIRS), "expected whole numbers"),
    "complex labels": (replaced("labels", np.zeros(NUM_ROWS, np.complex64)), "'labels' has dtype complex64"),
    "pair labels": (replaced("labels", PAIRS), "'labels' has dtype"),
    "fractions": (replaced("split", np.full(NUM_ROWS, 0.5)), "or fractions; expected whole numbers"),
    "no numbers": (replaced("split", np.full(NUM_ROWS, np.nan)), "or fractions; expected whole numbers"),
    "texts as codes": (replaced("split", np.array([b"train"] * NUM_ROWS)), "expected whole numbers"),
    "one label": (replaced("labels", 1.0), "'labels' has shape () beside 12 images"),
    "nothing": (replaced("split", h5py.Empty("i1")), "'split' has shape None beside 12 images"),
    "numbers as names": (replaced("path", CODES), "'path' has dtype int8; expected text"),
    "few names": (with_texts(["a", "b"]), "'path' has shape (2,) beside 12 images"),
    "a huge name": (with_texts(np.array([b"x" * 70_000] + [b"y"] * 11)), "has a text of 70,000 bytes"),
    "people beyond 32 bits": (
        replaced("identity", np.full(NUM_ROWS, 2**31, np.int64)),
        "'identity' has numbers from 2147483648 to 2147483648; expected -1 to 2147483647",
    ),
    "people below none": (replaced("identity", np.full(NUM_ROWS, -2)), "'identity' has numbers from -2 to -2"),
    "codes beyond 64 bits": (replaced("split", np.full(NUM_ROWS, 2**64 - 1, np.uint64)), "'split' has codes from"),
    "codes that would wrap": (replaced("split", np.full(NUM_ROWS, -256, np.int16)), "'split' has codes from -256"),
    "no sides": (replaced("images", np.zeros((NUM_ROWS, 0, 0, 3), np.uint8)), "has shape (12, 0, 0, 3)"),
    "terabytes": (
        never_written("images", (10**9, 64, 64, 3), np.uint8, **CHUNKED),
        "claims 12,288,000,000,000 bytes, but 0 are stored",
    ),
    "a chunk of gigabytes": (
        never_written("labels", (NUM_ROWS,), np.float32, chunks=(2**29,), maxshape=(None,)),
        "claims 2,147,483,648 bytes",
    ),
    "pictures never written": (
        never_written("images", SHAPE, np.uint8),
        "2,304 bytes by its shape (12, 8, 8, 3), which are not all in the file",
    ),
    "labels never written": (never_written("labels", (NUM_ROWS, 1), np.float32), "which are not all in the file"),
    "chunks never written": (
        never_written("images", SHAPE, np.uint8, chunks=(1, SIZE, SIZE, 3)),
        "what is missing would read as zeros",
    ),
    "a version in words": (with_attribute("", "format_version", "one"), "expected a whole number"),
    "a version below none": (with_attribute("", "format_version", -1), "format version -1"),
    "an order in numbers": (with_attribute("", "channel_order", 7), "expected a list of texts"),
    "an order of no UTF-8": (with_attribute("", "channel_order", np.bytes_(b"\xff")), "cannot be read"),
    "values in numbers": (with_attribute("attributes/Male", "values", [0, 1]), "expected a list of texts"),
    "values of no UTF-8": (with_attribute("attributes/Male", "values", [b"\xff", b"a"]), "cannot be read"),
    "a value twice": (with_attribute("attributes/Male", "values", ["no", "no"]), "names a value twice"),
    "a value that is a text": (with_attribute("attributes/Male", "values", "no"), "has codes from 0 to 1, but names"),
    "another part": (with_attribute("split", "values", ["train", "dev", "test"]), "has a part 'dev'; expected"),
    "a name of no UTF-8": (with_a_byte_name, "group '/attributes' cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERWISE)
def test_what_is_not_as_it_should_be_is_one_line(tmp_path, kind):
    change, message = OTHERWISE[kind]
    path = write_plain(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(InputError) as error:
        FaceDataset(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)


def test_parts_in_another_order_keep_their_names(tmp_path):
    path = write_plain(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file["split"][:] = np.arange(NUM_ROWS) % 4 - 1
        file["split"].attrs["values"] = ["test", "train", "val"]
    # -1 is nothing, then test (2), train (0) and val (1).
    assert FaceDataset(path).split.tolist() == [-1, 2, 0, 1] * 3


def test_codes_may_be_booleans_or_whole_fractions(tmp_path):
    path = write_plain(tmp_path / "a.h5", omit=["attributes/Male", "split"])
    with h5py.File(path, "r+") as file:
        file["attributes/Male"] = np.arange(NUM_ROWS) % 2 == 1
        file["attributes/Male"].attrs["values"] = ["no", "yes"]
        file["split"] = np.full(NUM_ROWS, 2.0)
    dataset = FaceDataset(path)
    assert dataset.attribute("Male").codes.tolist() == [0, 1] * 6 and set(dataset.split.tolist()) == {2}


@pytest.mark.parametrize(
    "storage",
    [
        {"chunks": (5, SIZE, SIZE, 3)},
        {"chunks": True, "compression": "gzip", "shuffle": True, "fletcher32": True},
        {"chunks": True, "compression": "lzf"},
        {"libver": "latest"},
    ],
)
def test_every_layout_of_a_file_of_its_own_is_read(tmp_path, storage):
    assert contents(write_plain(tmp_path / "a.h5", **storage)) == contents(write_plain(tmp_path / "b.h5"))


def test_names_of_no_utf_8_are_shown_as_bytes(tmp_path):
    path = write_plain(tmp_path / "a.h5", omit=["path"])
    with h5py.File(path, "r+") as file:
        file["path"] = np.array([b"caf\xe9.jpg"] * NUM_ROWS)
    assert FaceDataset(path).paths([0]) == ["caf\\xe9.jpg"]


def test_pictures_larger_than_memory_are_not_unpacked(tmp_path, monkeypatch):
    path = write_plain(tmp_path / "a.h5", chunks=True, compression="gzip")
    monkeypatch.setattr("facedebias.machine.memory_bytes", lambda: 2000)
    with pytest.raises(InputError, match="packed pictures take .* of memory, and this machine has"):
        FaceDataset(path).read([0])


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.h5")
    with pytest.raises(InputError, match="is a pipe; expected a file"):
        FaceDataset(tmp_path / "a.h5")


def test_a_file_that_was_replaced_is_not_read_by_the_places_of_the_old_one(tmp_path):
    path = write_ours(tmp_path / "a.h5")
    dataset = FaceDataset(path)
    write_ours(path, 255 - pictures(), overwrite=True)
    for reading in (dataset.read, dataset.paths):
        with pytest.raises(InputError, match="was replaced or changed since it was opened. Wait until"):
            reading([0])


def test_a_file_that_is_being_read_may_be_replaced_but_not_changed(tmp_path):
    path = write_ours(tmp_path / "a.h5")
    dataset = FaceDataset(path)
    dataset.read([0])
    write_ours(path, 255 - pictures(), overwrite=True)
    assert (dataset.read([0, 5]) == pictures()[[0, 5]]).all()
    dataset = FaceDataset(path)
    assert (dataset.read([5]) == 255 - pictures()[[5]]).all()
    os.truncate(path, 100)  # touching a picture would end the process
    with pytest.raises(InputError, match="was replaced or changed since it was opened") as caught:
        dataset.read([6])
    assert dataset.failure is caught.value  # for who hears of it from TensorFlow alone
