r"""What sharing the work costs: steps by each strategy, all on this one machine, against steps on one device.

    python -m benchmarks.big_file --rows=2000 --output=data/big-2000.h5
    python -m benchmarks.scaling.strategy_cost --data=data/big-2000.h5 \
        --output=benchmarks/results/strategy_cost.json

The replicas share this machine's cores, so that nothing is gained: the ratio is the overhead. Two replicas
are two parts of the processor (mirrored), or two processes on 127.0.0.1 (multiworker).
"""

import contextlib
import json
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant

_DATA = flags.DEFINE_string("data", None, "Face file, of 2,000 rows by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 6, "Measurements.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_STEPS, _NUM_WORKERS, _BATCH_SIZE = 40, 2, 64


class Together:
    """Contestants that only answer side by side.

    Args:
        contestants: these.
    """

    def __init__(self, contestants: Sequence[Contestant]):
        self._contestants = contestants

    def ask(self, method: str, *arguments: int) -> dict[str, float]:
        """Asks all at once; returns the first one's answer."""
        with ThreadPoolExecutor(len(self._contestants)) as pool:
            return next(pool.map(lambda own: own.ask(method, *arguments), self._contestants))


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    del argv
    with contextlib.ExitStack() as stack:

        def start(strategy: str, replicas: int = 0, tf_config: str = "") -> Contestant:
            options = {"data": _DATA.value, "batch_size": _BATCH_SIZE}
            environment = {"TF_CONFIG": tf_config} if tf_config else {}
            own = Contestant("shared", environment, strategy=strategy, replicas=replicas, **options)
            return stack.enter_context(own)

        workers = [start("multiworker", tf_config=config) for config in _tf_configs()]
        contestants = {
            "one": start("one"),
            "mirrored": start("mirrored", _NUM_WORKERS),
            "multiworker": cast(Contestant, Together(workers)),
        }
        tasks = {name: (own, "run", _STEPS) for name, own in contestants.items()}
        seconds = measure.in_turn(tasks, _ROUNDS.value)
    figures = {
        f"{name}_step_ms": measure.figure([1e3 * s for s in own], "ms") for name, own in seconds.items()
    }
    for name in ("mirrored", "multiworker"):
        figures[f"{name}_vs_one"] = measure.ratio(seconds[name], seconds["one"])
    measure.write(_OUTPUT.value, figures, batch_size=_BATCH_SIZE, num_replicas=_NUM_WORKERS)


def _tf_configs() -> list[str]:
    """TF_CONFIG of each worker."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(_NUM_WORKERS)]
    addresses = [f"127.0.0.1:{own.getsockname()[1]}" for own in sockets]
    for own in sockets:
        own.close()
    tasks = [{"type": "worker", "index": index} for index in range(_NUM_WORKERS)]
    return [json.dumps({"cluster": {"worker": addresses}, "task": task}) for task in tasks]


if __name__ == "__main__":
    app.run(main)
