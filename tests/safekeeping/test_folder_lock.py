"""Two processes that want one folder."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from facedebias.errors import InputError
from facedebias.safekeeping import folder_lock, processes
from facedebias.safekeeping.folder_lock import FILE, only_writer

HOLDER = """
import sys, time
from pathlib import Path
from facedebias.safekeeping.folder_lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def write(folder, **changes):
    owner = {**processes.this(), "since": "2020-01-01T00:00:00+00:00"} | changes
    (folder / FILE).write_text(json.dumps(owner))


def test_a_living_owner_is_named_with_its_start_and_what_to_do(tmp_path, holder):
    since = json.loads((tmp_path / FILE).read_text())["since"]
    expected = rf"process {holder.pid} on .*since {since[:16]}.* is training in it. Wait .* kill {holder.pid}"
    with pytest.raises(InputError, match=expected.replace("+", r"\+")), only_writer(tmp_path):
        pass
    assert (tmp_path / FILE).exists()


@pytest.mark.parametrize("is_fetched", [True, False])
def test_a_killed_owners_lock_is_taken_over(tmp_path, holder, is_fetched):
    holder.send_signal(signal.SIGKILL)
    if is_fetched:
        holder.wait()
    else:  # a zombie has a number still
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    with only_writer(tmp_path) as (_, note):
        assert f"took over the lock of process {holder.pid}" in note
    assert os.listdir(tmp_path) == []


def test_a_number_that_another_process_has_now_is_no_owner(tmp_path):
    write(tmp_path, started=f"{processes._boot()}:17")
    with only_writer(tmp_path) as (_, note):
        assert "took over" in note


def seen_otherwise(monkeypatch, tmp_path, boot="", machine="", hidden=()):
    """Has this machine look otherwise: its boot and its machine-id, and the processes that it hides."""
    proc = tmp_path / "proc"
    (proc / "sys/kernel/random").mkdir(parents=True)
    if boot:
        (proc / "sys/kernel/random/boot_id").write_text(f"{boot}\n")
    (tmp_path / "machine-id").write_text(machine)
    for path in processes._PROC.iterdir():
        if (path.name.isdigit() or path.name == "self") and path.name not in map(str, hidden):
            (proc / path.name).symlink_to(path.resolve() if path.name == "self" else path)
    monkeypatch.setattr(processes, "_PROC", proc)
    monkeypatch.setattr(processes, "_MACHINE", tmp_path / "machine-id")


def assert_refused(folder):
    with pytest.raises(InputError, match="is training in it"), only_writer(folder):
        pass


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def silence(folder):
    past = time.time() - 601
    os.utime(folder / FILE, (past, past))


def test_where_the_boot_cannot_be_read_a_living_owner_is_known(tmp_path, folder, monkeypatch):
    write(folder)  # with its boot
    seen_otherwise(monkeypatch, tmp_path)
    assert_refused(folder)
    write(folder)  # and without
    silence(folder)
    assert_refused(folder)
    write(folder, started=":17")
    with only_writer(folder) as (_, note):
        assert "took over" in note


def test_a_machine_of_the_same_name_counts_as_long_as_it_is_heard_of(tmp_path, folder, monkeypatch):
    write(folder, started="other:17", machine="m")
    assert_refused(folder)
    silence(folder)
    with only_writer(folder) as (_, note):
        assert "took over" in note


def test_no_process_outlives_its_machine(tmp_path, folder, monkeypatch):
    seen_otherwise(monkeypatch, tmp_path, boot="first", machine="m")
    write(folder)
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text("second\n")
    with only_writer(folder) as (_, note):
        assert "took over" in note


def test_a_process_that_is_hidden_counts_as_long_as_it_is_heard_of(tmp_path, folder, monkeypatch):
    parent = os.getppid()
    write(folder, pid=parent, started=processes.started(parent))
    seen_otherwise(monkeypatch, tmp_path, boot=processes._boot(), hidden=[parent])
    monkeypatch.setattr(os, "kill", not_allowed)
    assert_refused(folder)
    silence(folder)
    with only_writer(folder) as (_, note):
        assert "took over" in note


def not_allowed(pid, number):
    raise PermissionError(1, "Operation not permitted")


def test_a_pipe_in_place_of_a_lock_is_not_waited_for(folder):
    os.mkfifo(folder / FILE)
    with only_writer(folder) as (_, note):
        assert "half a lock" in note
    assert os.listdir(folder) == []


def test_half_a_lock_is_nobodys(tmp_path):
    for text in ("", '{"host": "a', "[]", '{"pid": "x"}'):
        (tmp_path / FILE).write_text(text)
        with only_writer(tmp_path) as (_, note):
            assert "half a lock" in note


def test_another_machine_counts_as_long_as_it_is_heard_of(tmp_path):
    write(tmp_path, host="elsewhere", pid=1)
    expected = r"process 1 on elsewhere .*signs of life \d+ s ago.*10 minutes"
    with pytest.raises(InputError, match=expected), only_writer(tmp_path):
        pass
    past = time.time() - 601
    os.utime(tmp_path / FILE, (past, past))
    with only_writer(tmp_path) as (_, note):
        assert "elsewhere" in note


def test_an_owner_shows_that_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "_BEAT_SECONDS", 0.01)
    with only_writer(tmp_path):
        os.utime(tmp_path / FILE, (0, 0))
        for _ in range(500):
            if (tmp_path / FILE).stat().st_mtime:
                return
            time.sleep(0.01)
    pytest.fail("never touched")


def test_an_owner_that_was_taken_for_dead_notices(tmp_path):
    with only_writer(tmp_path) as (lock, _):
        lock.check()
        (tmp_path / FILE).unlink()
        lock.check()
        assert (tmp_path / FILE).exists()
        write(tmp_path, host="elsewhere")
        with pytest.raises(InputError, match="elsewhere .* has taken it over"):
            lock.check()
    assert json.loads((tmp_path / FILE).read_text())["host"] == "elsewhere"


def test_one_process_holds_a_folder_once(tmp_path):
    own = f"process {os.getpid()} on"
    with only_writer(tmp_path), pytest.raises(InputError, match=own), only_writer(tmp_path):
        pass
