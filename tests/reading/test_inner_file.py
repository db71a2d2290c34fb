"""Files of a folder that somebody else made: none from outside it, and nothing that is waited for."""

import os

import pytest

from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError

SECRET = b"of the machine"


@pytest.fixture
def folder(tmp_path):
    """A folder with a file `own.txt`, beside a file that is not its own."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (tmp_path / "run" / "inside").mkdir(parents=True)
    (tmp_path / "run" / "own.txt").write_bytes(b"own")
    return tmp_path / "run"


def read(folder, *names, most_bytes=100):
    return inner_file.read(folder, *names, most_bytes=most_bytes)


def test_its_own_files_are_read_also_by_links_within(folder):
    (folder / "inside" / "link").symlink_to("../own.txt")
    assert read(folder, "own.txt") == read(folder, "inside", "link") == b"own"
    (folder / "own.json").write_text("[1]")
    assert inner_file.read_json(folder, "own.json", most_bytes=9) == [1]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../secret.txt",
        "/etc/hostname",
        "inside/../../secret.txt",
        "inside/x",
        "own.txt/",
        "a\0",
    ],
)
def test_a_name_is_a_name_alone(folder, name):
    with pytest.raises(RefusedFileError, match="named by a path|no file can have"):
        read(folder, name)


@pytest.mark.parametrize("name", [None, 3, ["own.txt"], {"own.txt": 1}, b"own.txt"])
def test_and_a_text(folder, name):
    with pytest.raises(RefusedFileError, match="named by a path"):
        read(folder, name)


def test_a_name_that_cannot_be_encoded(folder):
    with pytest.raises(RefusedFileError, match="no file can have"):
        read(folder, "\ud800")


@pytest.mark.parametrize("target", ["../secret.txt", "{tmp}/secret.txt", "inside/../../secret.txt", "hop"])
def test_links_that_lead_out_are_refused(folder, tmp_path, target):
    (folder / "hop").symlink_to("../secret.txt")
    (folder / "link").symlink_to(target.format(tmp=tmp_path))
    with pytest.raises(RefusedFileError, match="leads out of its folder"):
        read(folder, "link")


def test_also_of_a_folder_on_the_way(folder, tmp_path):
    (folder / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(RefusedFileError, match="leads out of its folder"):
        read(folder, "elsewhere", "secret.txt")


def test_the_folder_itself_may_be_reached_by_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert read(tmp_path / "link", "own.txt") == b"own"


def test_what_is_no_ordinary_file_is_refused_at_once(folder):
    os.mkfifo(folder / "pipe")  # nobody will ever write into it
    for name in ("pipe", "inside"):
        with pytest.raises(RefusedFileError, match="no ordinary file"):
            read(folder, name)
    (folder / "loop").symlink_to("loop")
    (folder / "gone").symlink_to("nowhere")
    for name in ("loop", "gone", "absent"):
        with pytest.raises(RefusedFileError, match="leads to itself|cannot be read"):
            read(folder, name)


def test_and_what_is_too_large(folder):
    assert read(folder, "own.txt", most_bytes=3) == b"own"
    with pytest.raises(RefusedFileError, match="more than 2 bytes"):
        read(folder, "own.txt", most_bytes=2)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\xff", "1" * 5000])
def test_other_than_json(folder, text):
    (folder / "own.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RefusedFileError, match="is not JSON"):
        inner_file.read_json(folder, "own.json", most_bytes=10**6)
