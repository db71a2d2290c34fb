"""What lies where a file is expected."""

import os
import socket

import pytest

from facedebias.errors import InputError
from facedebias.reading.files import check_file, expanded, leads_out, read_bytes


def made(folder, kind):
    """Something of a kind in a folder, by its path."""
    path = folder / "thing"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    return path


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "a socket"])
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, kind, is_linked):
    monkeypatch.chdir(tmp_path)  # names of sockets must be short
    path = made(type(tmp_path)("."), kind)
    if is_linked:
        os.symlink(path, "link")
        path = type(path)("link")
    for refuse in (check_file, read_bytes):
        with pytest.raises(
            InputError, match=f"^{path}: is {kind}; expected a file. Give the name of a file.$"
        ):
            refuse(path)


def test_links_to_files_are_read(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "b").symlink_to("a")
    assert read_bytes(tmp_path / "b") == b"text"


def test_what_is_missing_broken_or_too_large(tmp_path):
    (tmp_path / "round").symlink_to("round")
    for name in ("none", "round", "x" * 300, "a\0b"):
        with pytest.raises(InputError, match=r"^the list: cannot be read \(.*\)\. Check the name"):
            read_bytes(tmp_path / name, "the list")
        check_file(tmp_path / name)
    (tmp_path / "large").write_bytes(b"12345")
    assert read_bytes(tmp_path / "large", most=5) == b"12345"
    with pytest.raises(InputError, match="is larger than 4 bytes, the most that is read. Divide"):
        read_bytes(tmp_path / "large", most=4)
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="is larger than"):
        read_bytes(tmp_path / "huge")


def test_names_that_lead_out():
    assert all(map(leads_out, ["../a", "a/../../b", "/a", "\\a", "C:\\a", "c:a", "a\\..\\b"]))
    assert not any(map(leads_out, ["a", "a/b.jpg", "..a", "a..b/c...", "a:b"[:1]]))


def test_homes_of_nobody_stay_as_they_are():
    assert str(expanded("~nobody-of-this-name/a")) == "~nobody-of-this-name/a"
