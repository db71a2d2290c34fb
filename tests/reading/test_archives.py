"""Zip files that somebody packed to harm, or that were damaged."""

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest

from facedebias.errors import InputError
from facedebias.reading import archives
from facedebias.reading.archives import Archive

MEGABYTE = 1 << 20


def packed(*members, method=zipfile.ZIP_DEFLATED):
    """A zip file of members, each a name or `ZipInfo` and its content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


def opened(data):
    return Archive(io.BytesIO(data), "a.zip")


def refusal(data):
    with pytest.raises(InputError) as caught:
        opened(data)
    assert str(caught.value).startswith("a.zip: ") and str(caught.value).endswith(".")
    return str(caught.value)


def test_members_in_order_and_folders_left_out():
    archive = opened(packed(("b/", ""), ("b/1.txt", "one"), ("a.txt", "two" * 1000)))
    assert archive.names == ["b/1.txt", "a.txt"]
    assert [archive.read(name) for name in archive.names] == [b"one", b"two" * 1000]


@pytest.mark.parametrize(
    "name", ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:/a.jpg", "a\\..\\..\\b.jpg", "\\a.jpg"]
)
def test_a_member_that_leads_out_is_refused(name):
    data = packed(("x" * len(name), "text"))
    # Python's own writer changes some of these names.
    data = data.replace(b"x" * len(name), name.encode())
    assert "leads out of the archive" in refusal(data)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is no file"), (stat.S_IFCHR, "is no file")],
)
def test_links_and_devices_are_refused(kind, words):
    info = zipfile.ZipInfo("a.jpg")
    info.external_attr = (kind | 0o777) << 16
    assert f"'a.jpg' {words}" in refusal(packed((info, "/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["a/1.jpg", "a//1.jpg", "./a/1.jpg", "a\\1.jpg", "a/1.jpg/"])
def test_two_members_of_one_name_are_refused(other):
    assert "have one name; only one can be meant" in refusal(packed(("a/1.jpg", "1"), (other, "")))


@pytest.mark.parametrize(
    ("method", "name"), [(zipfile.ZIP_LZMA, "LZMA"), (zipfile.ZIP_BZIP2, "bzip2"), (99, "AES"), (77, "77")]
)
def test_other_ways_of_packing_are_refused(method, name):
    if method in {zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2}:
        data = packed(("a.txt", "text"), method=method)
    else:
        data = packed(("a.txt", "text"), method=zipfile.ZIP_STORED)
        place = data.index(b"PK\x01\x02")
        data = data[: place + 10] + struct.pack("<H", method) + data[place + 12 :]
    assert f"is packed by {'' if name != '77' else 'method '}{name}" in refusal(data)


def test_encrypted_members_are_refused():
    data = bytearray(packed(("a.txt", "text")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "'a.txt' is encrypted" in refusal(bytes(data))


def test_what_unpacks_to_far_more_is_refused_before_it_is_read():
    data = packed(("a.txt", bytes(64 * MEGABYTE)))
    tracemalloc.start()
    try:
        assert "to 67,108,864, more than 200 times as many" in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_size_that_lies_is_found_without_unpacking_all():
    data = packed(("a.txt", bytes(64 * MEGABYTE)))
    data = data.replace(struct.pack("<L", 64 * MEGABYTE), struct.pack("<L", 1000))
    archive = opened(data)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="Bad CRC-32"):
            archive.read("a.txt")
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_large_member_is_refused(monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBER_BYTES", 100)
    assert "has 101 bytes; a member may have 100" in refusal(packed(("a.txt", "x" * 101)))


def test_too_many_members_are_refused_before_they_are_listed(monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    members = [(f"{number}.txt", "") for number in range(4)]
    assert len(opened(packed(*members[:3])).names) == 3
    data = packed(*members)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "has over 3 members" in refusal(data)


def test_members_over_each_other_are_refused():
    data = bytearray(packed(("a.txt", "text"), ("b.txt", "text")))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)
    assert "lie in one place of the archive" in refusal(bytes(data))


def test_a_list_of_members_that_breaks_off_is_refused():
    data = bytearray(packed(("a.txt", "text"), ("b.txt", "text")))
    first = data.index(b"PK\x01\x02")
    data[first + 32] = 200  # bytes of a comment, in which the second member disappears
    assert "lists 2 members, of which 1 can be found" in refusal(bytes(data))


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" * 9, b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_file(content):
    assert refusal(content).endswith("Copy the zip file again.")


def test_a_damaged_member_is_told_when_it_is_read():
    data = bytearray(packed(("a.txt", "text" * 100), method=zipfile.ZIP_STORED))
    data[50] ^= 1
    with pytest.raises(ValueError, match="Bad CRC-32"):
        opened(bytes(data)).read("a.txt")
