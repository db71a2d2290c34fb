"""A process that loads a LiteRT file and asks it about empty pictures; `litert_trial` starts it.

Takes the file from standard input, and the most bytes that its tensors may take as argument. Imports nothing
of this project, so that it starts in a moment.
"""

import importlib
import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

_MOST_BYTES = 1 << 30  # of pictures at once: a file that wants more is refused anyway


def main() -> None:
    """Loads and asks, and raises whatever comes."""
    runtime = importlib.import_module("ai_edge_litert.interpreter")  # of an extra
    interpreter = runtime.Interpreter(model_content=sys.stdin.buffer.read(), num_threads=1)
    if sum(map(_num_bytes, interpreter.get_tensor_details())) > int(sys.argv[1]):
        return
    interpreter.allocate_tensors()
    for name in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(name)
        for count in (1, 3):
            runner(**{key: _empty(own, count) for key, own in runner.get_input_details().items()})
    if not interpreter.get_signature_list():
        for own in interpreter.get_input_details():
            interpreter.set_tensor(own["index"], np.zeros(own["shape"], own["dtype"]))
        interpreter.invoke()


def _num_bytes(detail: Mapping[str, Any]) -> int:
    number = math.prod(max(int(side), 0) for side in detail["shape"])
    return number * np.dtype(detail["dtype"]).itemsize


def _empty(detail: Mapping[str, Any], count: int) -> np.ndarray:
    """Pictures of zeros, as many of them as sides that are free."""
    sides = detail["shape_signature"] if len(detail["shape_signature"]) else detail["shape"]
    shape = [count if side < 0 else int(side) for side in sides]
    if 4 * math.prod(shape) > _MOST_BYTES:
        sys.exit(0)
    return np.zeros(shape, detail["dtype"])


if __name__ == "__main__":
    main()
