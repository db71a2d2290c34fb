"""A list of checksums: any damage to a listed file, or to the list, is found."""

import errno
import hashlib
import os
import shutil
import subprocess

import pytest

from facedebias.errors import InputError
from facedebias.safekeeping import checksums

FILES = {
    "saved_model.pb": b"graph" * 9,
    "variables/variables.index": b"index",
    "assets.extra/rule é.json": b"{}",
}


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    checksums.write(tmp_path)
    return tmp_path


def test_what_is_left_out_may_change(folder):
    checksums.write(folder, ["saved_model.pb", "assets.extra"])
    (folder / "variables" / "variables.index").write_bytes(b"other")
    checksums.check(folder)
    assert len((folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("name", [b"caf\xe9", b"line\nbreak", b"back\\slash", b".report.partial-1/new"])
def test_what_no_line_can_hold_and_what_is_not_finished_is_left_out(folder, name):
    before = (folder / "SHA256SUMS").read_bytes()
    path = folder / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    checksums.write(folder)
    assert (folder / "SHA256SUMS").read_bytes() == before


def test_so_is_what_is_removed_meanwhile(folder, monkeypatch):
    digest = checksums.file_sha256

    def late(path):
        if path.name == "saved_model.pb":
            path.unlink()
        return digest(path)

    monkeypatch.setattr(checksums, "file_sha256", late)
    checksums.write(folder)
    assert "saved_model.pb" not in (folder / "SHA256SUMS").read_text(encoding="utf-8")
    checksums.check(folder)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum, as Linux has it")
def test_sha256sum_checks_the_same(folder):
    command = ["sha256sum", "--check", "--strict", "--quiet", checksums.NAME]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    (folder / "saved_model.pb").write_text("other")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1


def test_the_list_is_that_of_sha256sum(folder):
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    assert sorted(lines) == sorted(f"{found}  {name}" for name, found in sums.items())
    checksums.check(folder)
    checksums.write(folder)  # the list does not list itself
    assert (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines() == lines


def test_a_folder_without_a_list_passes(folder):
    (folder / "SHA256SUMS").unlink()
    (folder / "saved_model.pb").write_bytes(b"other")
    checksums.check(folder)


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_is_found(folder, name):
    for place in range(len(FILES[name])):
        data = bytearray(FILES[name])
        data[place] ^= 1 << place % 8
        (folder / name).write_bytes(data)
        with pytest.raises(
            InputError, match=rf"{folder}: is damaged: .*differs from the list.*Export it again"
        ):
            checksums.check(folder)


@pytest.mark.parametrize("name", FILES)
def test_so_are_torn_and_absent_files(folder, name):
    (folder / name).write_bytes(FILES[name][:-1])
    with pytest.raises(InputError, match="differs from the list"):
        checksums.check(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match="is absent, but is in the list"):
        checksums.check(folder)


@pytest.mark.parametrize("part", ["file_sha256", "inner_file"])
def test_what_the_process_lacks_is_no_damage(folder, monkeypatch, part):
    def fail(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(checksums, "file_sha256", fail)
    if part == "inner_file":
        monkeypatch.setattr(checksums.inner_file, "read_regular", fail)
    with pytest.raises(OSError, match="Too many open files"):
        checksums.check(folder)


def test_and_damage_to_the_list(folder):
    whole = (folder / "SHA256SUMS").read_bytes()
    for place in range(0, len(whole), 5):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]):
            (folder / "SHA256SUMS").write_bytes(damaged)
            # A list that ends with a line may be that of fewer files.
            if damaged.endswith(b"\n") and damaged == whole[: len(damaged)]:
                continue
            with pytest.raises(InputError, match="is damaged"):
                checksums.check(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a//b", "./saved_model.pb", ""])
def test_a_list_names_files_of_its_folder_alone(folder, name):
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
    with pytest.raises(InputError, match="is no list of checksums any more"):
        checksums.check(folder)
