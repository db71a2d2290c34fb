"""Pipes, devices, folders and sockets where a file is expected: refused at once, at every door."""

import os
import signal

import pytest

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.auditing.inputs.row_list import RowList
from facedebias.cli.parsing import flag_files
from facedebias.data.portraits import METADATA, read_portraits
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.data.wordnet import read_ids
from facedebias.detection import photographs
from facedebias.detection.output import RESULTS, check_place
from facedebias.errors import InputError
from facedebias.scoring.loading import model_places
from facedebias.scoring.loading.loaders import load
from facedebias.scoring.loading.model_places import find_model
from tests.chaos.read_rows import encoded

SECONDS = 5


def opened(spec):
    list(open_source(spec, ImportOptions()).records())


def list_of_celeba(name):
    def read(folder, put):
        (folder / "img_align_celeba").mkdir()
        (folder / "img_align_celeba/000001.jpg").write_bytes(encoded("JPEG"))
        put(folder / name)
        opened(f"celeba:{folder}")

    return read


def placed(name, read):
    """A door that gets a path; something is put there first."""

    def at(folder, put):
        put(folder / name)
        read(folder / name)

    return at


def in_a_model(name, read=load):
    """A door that gets the folder of a SavedModel."""

    def at(folder, put):
        for inner in ("variables", "assets.extra"):
            (folder / inner).mkdir()
        put(folder / name)
        read(folder)

    return at


class _Rows:
    identify = staticmethod(lambda rows: {"line": []})


DOORS = {
    "celeba zip": placed("a.zip", lambda path: opened(f"celeba:{path}")),
    "celeba attributes": list_of_celeba("list_attr_celeba.txt"),
    "celeba people": list_of_celeba("identity_CelebA.txt"),
    "celeba parts": list_of_celeba("list_eval_partition.csv"),
    "fairface": placed("fairface_label_train.csv", lambda path: opened(f"fairface:{path.parent}")),
    "table csv": placed("a.csv", lambda path: opened(f"table:{path}")),
    "table jsonl": placed("a.jsonl", lambda path: opened(f"table:{path}")),
    "table parquet": placed("a.parquet", lambda path: opened(f"table:{path}")),
    "table pattern": placed("a.csv", lambda path: opened(f"table:{path.parent}/*.csv")),
    "ppb": placed(METADATA, lambda path: read_portraits(path.parent)),
    "wordnet ids": placed("ids.txt", lambda path: read_ids(f"@{path}")),
    "excluded rows": placed("rows.csv", lambda path: RowList(str(path), _Rows())),
    "predictions": placed("p.csv", lambda path: read_table(path, {"score"})),
    "flags": placed("flags.txt", lambda path: flag_files.expanded([f"--flagfile={path}"])),
    "photograph": placed("a.jpg", photographs.measure),
    "keras model": placed("a.keras", find_model),
    "model": placed("a", find_model),
    "saved model": in_a_model("saved_model.pb"),
    "fingerprint": in_a_model("fingerprint.pb"),
    "weights": in_a_model("variables/variables.index"),
    "model to copy": in_a_model("assets.extra/x", model_places.refuse_links_out),
    "earlier detections": placed(RESULTS, lambda path: check_place(path.parent, True)),
}


@pytest.fixture
def alarm():
    """Ends what waits."""

    def ring(*_):
        raise AssertionError("waited for what never comes")

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


PUT = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": lambda path: path.mkdir(),
    "link to a pipe": lambda path: (os.mkfifo(f"{path}-pipe"), path.symlink_to(f"{path}-pipe")),
}
# What these doors take a folder for, or say of one, is tested with them.
TAKES_FOLDERS = {"celeba zip", "table csv", "table jsonl", "table parquet", "table pattern", "keras model"}
TAKES_FOLDERS |= {"celeba attributes", "celeba people", "celeba parts", "model"}
TAKES_FOLDERS |= {"saved model", "fingerprint", "weights", "model to copy"}


PAIRS = [(door, kind) for door in DOORS for kind in PUT if kind != "folder" or door not in TAKES_FOLDERS]


@pytest.mark.parametrize(("door", "kind"), PAIRS)
def test_no_door_waits_or_reads_without_end(tmp_path, alarm, door, kind):
    with pytest.raises(InputError) as caught:
        DOORS[door](tmp_path, PUT[kind])
    message = str(caught.value)
    assert any(word in message for word in ("pipe", "device", "folder", "no such file")), message


@pytest.mark.parametrize("kind", PUT)
def test_a_picture_that_is_no_file_is_a_bad_picture(tmp_path, alarm, kind):
    PUT[kind](tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="is a (pipe|device|folder), not a picture"):
        load_picture(tmp_path / "a.jpg", 8, centre_square)


def test_pictures_that_are_no_files_are_left_out_of_folders(tmp_path, alarm):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/1.png").write_bytes(encoded("PNG", (8, 8)))
    os.mkfifo(tmp_path / "a/2.png")
    (tmp_path / "a/3.png").symlink_to("/dev/zero")
    source = open_source(f"folder:{tmp_path}", ImportOptions(size=8))
    assert source.num_records == 1
    assert source.notes == ("2 files are no pictures and were left out: a/2.png, a/3.png.",)


def test_flag_files_in_flag_files(tmp_path):
    (tmp_path / "a").write_text("\ufeff--one=1\n# a comment\n\n--flagfile=" + str(tmp_path / "b") + "\n")
    (tmp_path / "b").write_bytes("--two=2\r\n".encode("utf-16"))
    words = ["train", f"--flagfile={tmp_path / 'a'}", "--three=3", "--", "--flagfile=x"]
    assert flag_files.expanded(words) == ["train", "--one=1", "--two=2", "--three=3", "--", "--flagfile=x"]
    (tmp_path / "b").write_text(f"--flagfile {tmp_path / 'a'}\n--flagfile={tmp_path / 'a'}\n")
    with pytest.raises(InputError, match="names itself, or is named by a file that it names"):
        flag_files.expanded(words)
    for content, message in ((b"--one=\xff", "line 1: is not UTF-8 text"), (b"--one=1\n\0", "zero byte")):
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(InputError, match=message):
            flag_files.expanded(words)
    with pytest.raises(InputError, match="--flagfile=none: cannot be read"):
        flag_files.expanded(["--flagfile=none"])
