"""Strikes commands anywhere, again and again until they end by themselves."""

import random

from tests.chaos.kills import blows
from tests.chaos.kills.lives import Lives, Tally

_MOST_BLOWS = 12  # in one life


def kill(lives: Lives, number: int, seed: object) -> Tally:
    """Kills a command a number of times, in as many lives as that takes.

    Signals and limits come between the kills, and are not counted with them.
    """
    rng = random.Random(f"{seed}/{lives.work.name}")
    tally = Tally(lives.work.name)
    while tally.struck < number and not tally.faults:
        _live(lives, tally, number - tally.struck, rng)
    return tally


def _live(lives: Lives, tally: Tally, most_kills: int, rng: random.Random) -> None:
    life = lives.new()
    told: list[str] = []
    killed = obeyed = 0
    while True:
        order = lives.order(life, lives.work.go_on(life) if told else ())
        is_last = killed >= most_kills or len(told) >= _MOST_BLOWS
        blow = None if is_last else blows.choose(rng, lives.undisturbed)
        status = lives.server.run(order)[0] if blow is None else blow(lives.server, order)
        told.append(f"{blow or 'let live'}: {status}")
        if blow is None or not blow.is_fitting(status):
            break
        killed, obeyed = killed + blow.kills, obeyed + (not blow.kills)
    tally.obeyed += obeyed
    lives.judge(tally, life, told, status, killed)
