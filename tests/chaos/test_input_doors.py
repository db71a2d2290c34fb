"""Broken inputs at every door: read rightly or refused in a sentence, and nothing else.

`FACEDEBIAS_CHAOS_INPUTS` says how many inputs each door gets; `python -m tests.chaos NUMBER` prints
what came of them.
"""

import os

import pytest

from tests.chaos import input_doors
from tests.chaos.attacks import FAULTS, attack

NUMBER = int(os.environ.get("FACEDEBIAS_CHAOS_INPUTS", "25"))


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    return {door.name: door for door in input_doors.doors(tmp_path_factory.mktemp("doors"))}


# Pillow warns of what it mends by itself.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", input_doors.NAMES_OF_DOORS)
def test_broken_inputs_are_read_rightly_or_refused(doors, name):
    tally = attack(doors[name], NUMBER)
    assert not any(tally.counts[kind] for kind in FAULTS), (str(tally), tally.faults)


def test_every_door_is_attacked(doors):
    assert list(doors) == input_doors.NAMES_OF_DOORS
