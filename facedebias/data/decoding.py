"""Decodes pictures in threads, in order and within bounded memory."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from facedebias.data.records import Record
from facedebias.safekeeping import machine_errors

# Pictures a thread decodes at a time: many enough that handing them over costs nothing, few
# enough that the blocks under way fit in memory whatever the size of the source.
_BLOCK = 64


@dataclass(frozen=True)
class Block:
    """Some pictures of a source, decoded.

    Attributes:
        records: of the pictures that could be decoded.
        images: uint8 RGB `(len(records), size, size, 3)`.
        bad: path and reason of those that could not.
    """

    records: list[Record]
    images: np.ndarray
    bad: list[str]


def decode(records: Iterable[Record], num_threads: int) -> Iterator[Block]:
    """Decodes pictures in threads and yields them in blocks, in order.

    Args:
        records: what to decode.
        num_threads: blocks decoded at a time.

    Raises:
        OSError: if there is too little memory, or too many files are open.
    """
    remaining = iter(records)
    # One block more than are being decoded waits, so that no thread does while this one writes.
    pool = ThreadPoolExecutor(num_threads)
    pending: deque[Future[Block]] = deque()
    try:
        while True:
            while len(pending) <= num_threads and (block := list(islice(remaining, _BLOCK))):
                pending.append(pool.submit(_decode_block, block))
            if not pending:
                return
            yield pending.popleft().result()
    finally:
        # Reached on signals too: neither what has not been started is worth waiting for, nor what has.
        pool.shutdown(wait=False, cancel_futures=True)


def _decode_block(records: Sequence[Record]) -> Block:
    good, images, bad = [], [], []
    for record in records:
        try:
            images.append(record.load())
            good.append(record)
        except (OSError, ValueError) as error:
            if machine_errors.is_shortage(error):  # of which no picture is to blame
                raise
            bad.append(f"{record.path}: {' '.join(str(error).split()) or 'cannot be decoded'}")
    return Block(good, np.stack(images) if images else np.empty((0, 0, 0, 3), np.uint8), bad)
