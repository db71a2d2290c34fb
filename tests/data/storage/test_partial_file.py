"""Files that get their name at the end, and what dead processes leave of them."""

import os
import subprocess
import sys

import pytest

from facedebias.data.storage.partial_file import PartialFile, remove_dead

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(1000)
DEAD = 2**22 + 7  # above the largest number of a process


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_gets_its_name_when_it_is_published(tmp_path):
    place = PartialFile(tmp_path / "a.h5")
    place.path.write_bytes(b"new")
    (tmp_path / "a.h5").write_bytes(b"old")
    assert names(tmp_path) == [f".a.h5.partial-{os.getpid()}", "a.h5"]
    place.publish()
    place.close()
    assert names(tmp_path) == ["a.h5"] and (tmp_path / "a.h5").read_bytes() == b"new"


def test_a_file_that_is_not_published_goes(tmp_path):
    PartialFile(tmp_path / "a.h5").close()
    assert names(tmp_path) == []


def test_closing_leaves_another_file_of_its_old_name(tmp_path):
    first = PartialFile(tmp_path / "a.h5")
    first.publish()
    second = PartialFile(tmp_path / "a.h5")
    assert second.path == first.path
    first.close()
    assert second.path.exists()
    second.close()


def test_two_at_once_do_not_share_a_file(tmp_path):
    first, second = PartialFile(tmp_path / "a.h5"), PartialFile(tmp_path / "a.h5")
    assert first.path != second.path
    first.close()
    assert second.path.exists()
    second.close()


def test_what_dead_processes_left_goes_and_nothing_else(tmp_path):
    alive = PartialFile(tmp_path / "a.h5")
    alive.path.write_bytes(HDF5)
    others = {f".detections.json.partial-{number}" for number in (1, DEAD)}
    kept = {alive.path.name, "a.h5.partial-1", ".a.h5", ".link.partial-9", "x"} | others
    # Of another kind: `detect` knows by such a file what it has moved. In another container it may live.
    for name in others:
        (tmp_path / name).write_text("{}")
    for name in ("a.h5.partial-1", ".a.h5", "x"):
        (tmp_path / name).write_bytes(HDF5)
    (tmp_path / ".link.partial-9").symlink_to(tmp_path / "x")
    (tmp_path / f".folder.partial-{DEAD}").mkdir()
    # Process 1 lives, but has no lock on a face file: it had this number before, or has it elsewhere.
    for name in (".b.h5.partial-1", f".c.h5.partial-{DEAD}", f".c.h5.partial-{DEAD}-header"):
        (tmp_path / name).write_bytes(HDF5)
    (tmp_path / f".d.h5.partial-{DEAD}").write_bytes(bytes(5000))  # killed before HDF5 had begun
    count, num_bytes = remove_dead(tmp_path)
    assert count == 4 and num_bytes >= 4 * 1008
    assert set(names(tmp_path)) == kept | {f".folder.partial-{DEAD}"}
    alive.close()


def test_the_header_of_a_living_process_stays(tmp_path):
    alive = PartialFile(tmp_path / "a.h5")
    header = alive.path.with_name(alive.path.name + "-header")
    header.write_bytes(HDF5)
    assert remove_dead(tmp_path)[0] == 0 and header.exists()
    alive.close()
    assert remove_dead(tmp_path)[0] == 1 and not header.exists()


@pytest.mark.parametrize("is_killed", [False, True])
def test_the_lock_ends_with_the_process(tmp_path, is_killed):
    program = (
        "import sys; from pathlib import Path; from facedebias.data.storage.partial_file import PartialFile\n"
        "place = PartialFile(Path(sys.argv[1])); place.path.write_bytes(bytes.fromhex(sys.argv[2]))\n"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.h5"), HDF5.hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        if is_killed:
            process.kill()
            process.wait()
        assert remove_dead(tmp_path)[0] == is_killed and len(names(tmp_path)) == (not is_killed)
