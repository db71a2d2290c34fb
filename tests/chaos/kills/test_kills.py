"""Commands that are killed, stopped, filled up and doubled end as if nothing had been.

`FACEDEBIAS_CHAOS_KILLS` says how many kills there are in all; `python -m tests.chaos.kills NUMBER`
strikes every command, and prints what came of it.
"""

import os
import sys

import pytest

from tests.chaos.kills import mishaps
from tests.chaos.kills.killing import kill
from tests.chaos.kills.lives import Lives, Tally
from tests.chaos.kills.serving import Order, Server
from tests.chaos.kills.works import make_inputs, works

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs pidfd_open and /proc")

NUMBER = int(os.environ.get("FACEDEBIAS_CHAOS_KILLS", "10"))
# Parts of all kills. The long form has every command; these take the fewest seconds of their kinds.
SHARES = {"prepare folder": 0.3, "prepare shards": 0.2, "detect": 0.3, "train uniform": 0.2}


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def lives(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills").resolve()
    (folder / "inputs").mkdir()
    make_inputs(folder / "inputs", server)
    return {
        work.name: Lives(server, work, folder / work.name)
        for work in works(folder / "inputs")
        if work.name in SHARES
    }


@pytest.mark.parametrize("name", SHARES)
def test_killed_anywhere_it_ends_as_if_nothing_had_been(lives, name):
    tally = kill(lives[name], max(1, round(NUMBER * SHARES[name])), seed="test")
    assert tally.is_fine, (str(tally), tally.faults)


@pytest.mark.parametrize("name", ["prepare folder", "prepare shards", "detect"])
def test_two_at_once_do_each_other_no_harm(lives, name):
    tally = mishaps.two_at_once(lives[name])
    assert tally.is_fine, (str(tally), tally.faults)


@pytest.mark.parametrize("name", ["prepare folder", "prepare shards", "detect"])
def test_a_full_disk_is_said_and_costs_nothing(lives, name):
    if not mishaps.may_mount():
        pytest.skip("needs to mount a small file system")
    tally = mishaps.fill_disk(lives[name], 1, seed="test")
    assert tally.is_fine, (str(tally), tally.faults)


def test_the_harness_kills_and_notices(server, lives, tmp_path):
    """What a command is killed by, and a file that differs in a bit."""
    detect = lives["detect"]
    life = detect.new()
    for order, status in (
        (Order(detect.work.words, str(life), str(tmp_path / "log"), event=3), -9),
        (Order(detect.work.words, str(life), str(tmp_path / "log"), byte=1000), -25),
        (Order(("describe", "none"), str(life), str(tmp_path / "log")), 1),
    ):
        assert server.run(order)[0] == status
    assert list(life.glob(".out.partial-*"))
    assert detect.go_on(life) == 0
    copy = next(life.glob("out/*.jpg"))
    copy.write_bytes(copy.read_bytes()[:-1] + b"\0")
    (life / ".x.partial-1").touch()
    tally = Tally("detect")
    detect.judge(tally, life, "changed by the test", 0, 1)
    assert (tally.struck, tally.survived, tally.leftovers, tally.is_fine) == (1, 0, 1, False)
