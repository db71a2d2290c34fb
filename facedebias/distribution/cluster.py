"""The processes that train together, as the environment's TF_CONFIG names them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facedebias.errors import InputError

VARIABLE = "TF_CONFIG"
_EXAMPLE = (
    """{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 0}}"""
)
_JOBS = ("chief", "worker")  # in the order in which TensorFlow counts them


@dataclass(frozen=True)
class Cluster:
    """Workers, and which of them this process is.

    Attributes:
        addresses: host:port of each; the first is the chief.
        worker: place of this process among them.
    """

    addresses: tuple[str, ...]
    worker: int


def read(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster of TF_CONFIG.

    Args:
        environment: has the variable.

    Raises:
        InputError: if it is missing, no JSON, or does not name workers and this one's place.
    """
    text = environment.get(VARIABLE, "")
    if not text:
        raise InputError(
            f"{VARIABLE}: is not set. Set it in each process, with another index in each, to e.g. {_EXAMPLE}."
        )
    try:
        told = json.loads(text)
    except ValueError as error:
        raise InputError(f"{VARIABLE}: is not JSON ({error}). Expected e.g. {_EXAMPLE}.") from error
    jobs, task = _field(told, "cluster"), _field(told, "task")
    if unknown := sorted(set(jobs) - set(_JOBS)):
        raise InputError(
            f'{VARIABLE}: "cluster" has the job "{unknown[0]}"; expected "chief" and "worker" only. Training '
            "needs no other."
        )
    starts: dict[str, int] = {}
    addresses: list[str] = []
    for job in _JOBS:
        starts[job] = len(addresses)
        addresses += _addresses(jobs.get(job, []), job)
    kind, index = task.get("type"), task.get("index")
    place = index if isinstance(index, int) and not isinstance(index, bool) else -1
    if not isinstance(kind, str) or not 0 <= place < len(jobs.get(kind, [])):
        raise InputError(
            f'{VARIABLE}: "task" has the type "{kind}" and the index {index}; expected one of the processes '
            f'of "cluster", counted from 0. Expected e.g. {_EXAMPLE}.'
        )
    if len(set(addresses)) < len(addresses):
        twice = next(address for address in addresses if addresses.count(address) > 1)
        raise InputError(f'{VARIABLE}: names "{twice}" twice; each process needs a host:port of its own.')
    return Cluster(tuple(addresses), starts[kind] + place)


def _field(told: Any, name: str) -> dict[str, Any]:
    found = told.get(name) if isinstance(told, dict) else None
    if not isinstance(found, dict):
        raise InputError(f'{VARIABLE}: has no "{name}" in braces. Expected e.g. {_EXAMPLE}.')
    return found


def _addresses(found: Any, job: str) -> list[str]:
    for address in found if isinstance(found, list) else [found]:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
            raise InputError(
                f'{VARIABLE}: job "{job}" has the address {json.dumps(address)}; expected a list of '
                'host:port, such as "10.0.0.1:2222".'
            )
    return list(found)
