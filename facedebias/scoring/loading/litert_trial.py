"""Tries a LiteRT file in a process of its own: a damaged one may end the process that opens it."""

import subprocess
import sys
from pathlib import Path

from facedebias.errors import InputError

_SECONDS = 120.0
_SCRIPT = """
import math, sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter

def zeros(detail, count):
    sides = detail["shape_signature"] if len(detail["shape_signature"]) else detail["shape"]
    shape = [count if side < 0 else int(side) for side in sides]
    if 4 * math.prod(shape) > 1 << 30:
        sys.exit(0)  # pictures that are refused
    return np.zeros(shape, detail["dtype"])

interpreter = Interpreter(model_content=sys.stdin.buffer.read(), num_threads=1)
details = interpreter.get_tensor_details()
numbers = [math.prod(max(int(side), 0) for side in own["shape"]) for own in details]
sizes = [number * np.dtype(own["dtype"]).itemsize for number, own in zip(numbers, details)]
if sum(sizes) <= int(sys.argv[1]):
    interpreter.allocate_tensors()
    for name in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(name)
        for count in (1, 3):
            runner(**{key: zeros(own, count) for key, own in runner.get_input_details().items()})
    if not interpreter.get_signature_list():
        for own in interpreter.get_input_details():
            interpreter.set_tensor(own["index"], np.zeros(own["shape"], own["dtype"]))
        interpreter.invoke()
"""


def check(path: Path, content: bytes, most_bytes: int) -> None:
    """Has another process load a model and ask it about empty pictures.

    What is wrong in any other way is left to whoever loads it then.

    Args:
        path: of the file, for messages.
        content: of it.
        most_bytes: that its tensors may take; one that wants more is not asked.

    Raises:
        InputError: if that process is killed by a signal, or does not end.
    """
    command = [sys.executable, "-c", _SCRIPT, str(most_bytes)]
    try:
        ended = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS)  # noqa: S603 (fixed)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{path}: gave no answer about an empty picture in {_SECONDS:g} s; it may be damaged. "
            "Export it again."
        ) from error
    except OSError:  # no other process can be had
        return
    if ended.returncode < 0:
        raise InputError(f"{path}: ends the process that opens it, so it is damaged. Export it again.")
