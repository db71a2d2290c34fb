"""What else happens to runs: damaged files, a full disk, a second process, data that changes under them."""

import contextlib
import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.chaos.kills.lives import Lives, Tally
from tests.chaos.mutations import broken

# Written once and never read again, so that nobody looks at what they hold.
_ONLY_SHOWN = {"tensorboard", "pictures"}


def two_at_once(lives: Lives) -> Tally:
    """Starts a command twice: one of them at least ends as if it were alone."""
    tally = Tally(lives.work.name, "pairs at once")
    life = lives.new()
    running = [lives.start(life) for _ in range(2)]
    statuses = [each.status() for each in running]
    lives.judge(tally, life, f"{statuses}", min(statuses), 1)
    if not set(statuses) <= {0, 1} or (1 in statuses and "error: " not in lives.said):
        tally.faults.append(f"{statuses}: {lives.said[-1500:]}")
    return tally


def damage(lives: Lives, number: int, seed: object) -> Tally:
    """Damages a file that a run of a training has written, between a stop and going on.

    It goes on as if nothing had been, or is refused in a line; then the whole file lets it go on.
    """
    rng = random.Random(f"{seed}/{lives.work.name}/damage")
    tally = Tally(lives.work.name, "damaged files")
    for index in range(number):
        life = lives.new()
        event = rng.randint(lives.undisturbed.num_events // 2, lives.undisturbed.num_events)
        lives.server.run(_killed_at(lives, life, event))
        files = [path for path in sorted(life.rglob("*")) if _is_read(path, life)]
        if not files:
            continue
        path = rng.choice(files)
        whole = path.read_bytes()
        case = broken(whole or b"\0", f"{seed}/{index}", is_text=False)
        path.write_bytes(case.data)
        status = lives.go_on(life)
        told = f"event {event}, {path.relative_to(life)}: {case.what}: {status}"
        if status == 1 and "error: " in lives.said:
            tally.obeyed += 1
            path.write_bytes(whole)
            status = lives.go_on(life)
        lives.judge(tally, life, told, status, 1)
    return tally


def _killed_at(lives: Lives, life: Path, event: int):
    from dataclasses import replace

    return replace(lives.order(life), event=event)


def _is_read(path: Path, life: Path) -> bool:
    return path.is_file() and _ONLY_SHOWN.isdisjoint(path.relative_to(life).parts)


def change_data(lives: Lives, data: Path, whole: Path, number: int, seed: object) -> Tally:
    """Changes the face file under a run, which must then end in a line, and go on when it is put back.

    Args:
        lives: of a training on `data`.
        data: the face file.
        whole: a copy of it.
        number: how often.
        seed: of the moments.
    """
    rng = random.Random(f"{seed}/{lives.work.name}/data")
    tally = Tally(lives.work.name, "changes of the data")
    for _ in range(number):
        life = lives.new()
        running = lives.start(life)
        seconds = rng.uniform(0.0, 1.0) * lives.undisturbed.seconds
        struck = 0
        if not running.ended_within(seconds):
            struck = 1
            with data.open("r+b") as file:
                file.seek(rng.randrange(data.stat().st_size))
                file.write(rng.randbytes(1))
        status = running.status()
        shutil.copyfile(whole, data)
        told = f"after {seconds:.2f} s: {status}"
        if status == 1 and "error: " in lives.said:
            tally.obeyed += 1
            status = lives.go_on(life)
        lives.judge(tally, life, told, status, struck)
    return tally


def fill_disk(lives: Lives, number: int, seed: object) -> Tally:
    """Runs a command where the disk is full at some byte, and goes on once there is room; needs root."""
    rng = random.Random(f"{seed}/{lives.work.name}/disk")
    tally = Tally(lives.work.name, "full disks")
    for _ in range(number):
        life = lives.new()
        kilobytes = rng.randint(8, max(16, lives.undisturbed.largest // 512))
        with _small_disk(life, kilobytes):
            status = lives.server.run(lives.order(life))[0]
            told = f"{kilobytes} kB: {status}"
            if status == 1 and "error: " in lives.said:
                tally.obeyed += 1
                _mount(life, f"remount,size={1 << 20}k")
                status = lives.go_on(life)
            lives.judge(tally, life, told, status, 1)
    return tally


def may_mount() -> bool:
    """Whether this process may make file systems, as root outside most containers."""
    if os.geteuid() or shutil.which("mount") is None:
        return False
    place = Path(tempfile.gettempdir(), f".may-mount-{os.getpid()}-{time.time_ns()}")
    place.mkdir()
    try:
        with _small_disk(place, 8):
            return True
    except subprocess.CalledProcessError:
        return False
    finally:
        place.rmdir()


@contextlib.contextmanager
def _small_disk(place: Path, kilobytes: int):
    _mount(place, f"size={kilobytes}k")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)  # noqa: S607


def _mount(place: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
