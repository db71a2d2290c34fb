"""From sources to a face file."""

import dataclasses
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from facedebias import machine
from facedebias.data.decoding import Block, decode
from facedebias.data.face_columns import FACE, NONFACE
from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.files.shard_writer import ShardWriter
from facedebias.data.records import MAX_VALUES, SPLITS, UNKNOWN, ImportOptions, Source
from facedebias.data.sources import check_kinds, open_source
from facedebias.errors import InputError
from facedebias.text import counted, visible

_NUM_NAMED = 10  # bad pictures that are named; the others are only counted
_NUM_SHOWN = 3  # of these in an error


@dataclass
class Summary:
    """What `prepare` did.

    Attributes:
        path: the file it made, or the index of the shards.
        num_rows: pictures in it.
        num_bad: pictures that could not be read and were left out.
        bad: the first of them, each with the reason.
        notes: what was left out of the sources, renamed or reinterpreted, a sentence each.
        seconds: how long it took.
    """

    path: Path
    num_rows: int = 0
    num_bad: int = 0
    bad: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0


def prepare(
    faces: Sequence[str],
    nonfaces: Sequence[str],
    options: ImportOptions,
    output: str | os.PathLike[str],
    *,
    max_bad: float = 0.01,
    num_threads: int | None = None,
    overwrite: bool = False,
    show_progress: bool = False,
    num_shards: int | None = None,
) -> Summary:
    """Makes a face file; the same arguments make the same rows, however many threads decode or shards it has.

    Args:
        faces: sources of faces, each "name:location".
        nonfaces: sources of non-faces; either list may be empty, but not both.
        options: what to take from the sources; its `kind` is ignored.
        output: the file to make, or the folder of shards. It appears when it is complete.
        max_bad: share of the pictures that may be unreadable, 0 to 1.
        num_threads: threads that decode; None means one a CPU.
        overwrite: whether an existing file is replaced.
        show_progress: whether to draw a progress bar, if there is a terminal.
        num_shards: files to divide the rows into, which an index makes one; None makes a single file.

    Raises:
        InputError: if a source or the output cannot be used, or too many pictures are bad.
    """
    start = time.perf_counter()
    inputs = _open_inputs(faces, nonfaces, options)
    values = unite_attributes([part.source for part in inputs])
    num_records = sum(part.source.num_records for part in inputs)
    names = list(dict.fromkeys(part.name for part in inputs))
    notes = [f"{part.name}: {note}" for part in inputs for note in part.source.notes]
    writer: FaceFileWriter | ShardWriter
    if num_shards is None:
        writer = FaceFileWriter(output, num_records, options.size, values, names, overwrite)
    else:
        writer = ShardWriter(output, num_shards, num_records, options.size, values, names, overwrite)
    summary = Summary(writer.path, notes=notes)
    with writer:
        appenders = {part: _Appender(writer, part, names, values, options.split) for part in inputs}
        for part, block in _decode_inputs(
            inputs, num_threads or machine.num_cores(), num_records, show_progress
        ):
            _note_bad(summary, part.name, block.bad, max_bad, num_records)
            appenders[part].append(block)
        if writer.num_rows == 0:
            raise InputError(f"{output}: every picture is bad, first {summary.bad[0]}. Mend the source.")
    summary.notes += writer.notes
    summary.num_rows = writer.num_rows
    summary.seconds = time.perf_counter() - start
    return summary


def unite_attributes(sources: Sequence[Source]) -> dict[str, tuple[str, ...]]:
    """Attribute name -> value names of all sources, in the order in which they first come up.

    Raises:
        InputError: if an attribute gets more values than an int8 code can tell apart, or a name cannot
            be written into a face file.
    """
    united: dict[str, dict[str, None]] = {}
    for source in sources:
        for name, values in source.attributes.items():
            united.setdefault(name, {}).update(dict.fromkeys(values))
    for name, known in united.items():
        _check_name(name, f"attribute '{visible(name)}'")
        for value in known:
            _check_name(
                value, f"value '{visible(value)}' of attribute '{visible(name)}'", may_have_slash=True
            )
        if len(known) > MAX_VALUES:
            raise InputError(
                f"attribute {name!r} has {len(known)} values; a face file holds up to {MAX_VALUES}. "
                "Merge some, e.g. group folders, or prepare fewer sources together."
            )
    return {name: tuple(values) for name, values in united.items()}


def _check_name(text: str, what: str, may_have_slash: bool = False) -> None:
    """Refuses what HDF5 cannot hold, which would be found after all pictures are decoded."""
    reason = ""
    if not text.strip() or text == ".":
        reason = "is no name"
    elif "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        reason = "holds a character that is no text"
    elif "/" in text and not may_have_slash:
        reason = "has a slash, which divides the names in a face file"
    if reason:
        raise InputError(f"{what}: {reason}. Rename it in the source.")


@dataclass(frozen=True, eq=False)
class _Input:
    """A source, its label and what the file calls it."""

    name: str
    label: int
    source: Source


def _open_inputs(faces: Sequence[str], nonfaces: Sequence[str], options: ImportOptions) -> list[_Input]:
    if not faces and not nonfaces:
        raise InputError("no pictures to prepare; give --faces or --nonfaces, e.g. --faces celeba:DIR.")
    check_kinds(faces, nonfaces)
    inputs = []
    names: dict[str, str] = {}
    for kind, label, specs in (("face", FACE, faces), ("nonface", NONFACE, nonfaces)):
        for spec in specs:
            source = open_source(spec, dataclasses.replace(options, kind=kind))
            # People are numbered within a source, so two places must not share a name; faces and
            # non-faces of one place do.
            names.setdefault(spec, _unused(source.name, set(names.values())))
            inputs.append(_Input(names[spec], label, source))
    return inputs


def _unused(name: str, taken: set[str]) -> str:
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 2))
    return next(candidate for candidate in (name, *numbered) if candidate not in taken)


def _decode_inputs(
    inputs: Sequence[_Input], num_threads: int, num_records: int, show_progress: bool
) -> Iterator[tuple[_Input, Block]]:
    """The blocks of all sources in order, with a progress bar."""
    disable = None if show_progress else True  # None: where there is no terminal
    with tqdm(total=num_records, unit=" pictures", disable=disable) as bar:
        for part in inputs:
            for block in decode(part.source.records(), num_threads):
                yield part, block
                bar.update(len(block.records) + len(block.bad))


class _Appender:
    """Appends decoded pictures of one source, in the codes of the file."""

    def __init__(
        self,
        writer: FaceFileWriter | ShardWriter,
        part: _Input,
        names: Sequence[str],
        values: Mapping[str, Sequence[str]],
        split: str | None,
    ):
        self._writer, self._label, self._source = writer, part.label, names.index(part.name)
        # A source without a partition of its own becomes the part that was asked for.
        self._split_if_unknown = UNKNOWN if split is None else SPLITS.index(split)
        # The source's code -> the file's; the last place, which -1 indexes, is the unknown.
        self._recoding = {
            name: np.array([*(values[name].index(value) for value in own), UNKNOWN], np.int8)
            for name, own in part.source.attributes.items()
        }

    def append(self, block: Block) -> None:
        """Appends the good pictures of the block."""
        records = block.records
        if not records:
            return
        splits = np.array([record.split for record in records], np.int8)
        self._writer.append(
            block.images,
            np.full(len(records), self._label),
            {
                name: codes[[record.attributes.get(name, UNKNOWN) for record in records]]
                for name, codes in self._recoding.items()
            },
            self._source,
            [record.path for record in records],
            np.where(splits == UNKNOWN, self._split_if_unknown, splits),
            np.array([record.identity for record in records], np.int32),
        )


def _note_bad(summary: Summary, source: str, bad: Sequence[str], max_bad: float, total: int) -> None:
    summary.num_bad += len(bad)
    summary.bad += [f"{source} {line}" for line in bad[: _NUM_NAMED - len(summary.bad)]]
    if summary.num_bad > max_bad * total:
        raise InputError(
            f"{counted(summary.num_bad, 'picture')} could not be read; --max_bad {max_bad:g} allows "
            f"{int(max_bad * total):,} of {total:,}. First: {'; '.join(summary.bad[:_NUM_SHOWN])}. Mend or "
            "remove them, or raise --max_bad."
        )
