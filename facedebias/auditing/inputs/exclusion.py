"""Leaves rows out of an audit that a file names, as `suspects.csv` once somebody has looked at them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from facedebias import provenance, spreadsheet
from facedebias.auditing.inputs.excluded_facts import ExcludedFacts
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.row_list import RowList
from facedebias.auditing.inputs.sample import FILE_COLUMN, Sample
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.scoring.model_scores import ModelScores
from facedebias.text import visible

_LABELS = {"positive": True, "1": True, "negative": False, "0": False}


def exclude(path: str, sample: Sample, groups: tuple[str, ...]) -> tuple[Sample, np.ndarray]:
    """Leaves out the rows that a file names.

    Args:
        path: the file, see `row_list.RowList`.
        sample: the rows.
        groups: attributes that make the groups.

    Returns:
        The sample without these rows, and the rows that stay, int64 `(k,)`.

    Raises:
        InputError: if the file names rows that the sample does not have, or not clearly, or all rows
            of a label.
    """
    listed = RowList(path, sample)
    rows = _rows(listed, sample)
    _check_labels(listed, rows, sample)
    left_out = np.zeros(len(sample.labels), bool)
    left_out[rows] = True
    for label, name in ((True, "positives"), (False, "negatives")):
        own = sample.labels == label
        if own.any() and left_out[own].all():
            raise InputError(f"{listed}: names all {int(own.sum()):,} {name}; leave some in.")
    kept = np.flatnonzero(~left_out)
    facts = _facts(path, sample, left_out, groups)
    return replace(take(sample, kept), excluded=facts), kept


def take(sample: Sample, kept: np.ndarray) -> Sample:
    """Some rows of a sample, under new numbers.

    Args:
        sample: the rows.
        kept: int `(k,)`, those that stay, ascending.
    """
    read, identify = sample.read, sample.identify
    return replace(
        sample,
        labels=sample.labels[kept],
        attributes={name: Attribute(a.codes[kept], a.values) for name, a in sample.attributes.items()},
        is_shared=sample.is_shared[kept],
        locate=lambda row: sample.locate(int(kept[row])),
        read=None if read is None else lambda rows: read(kept[np.asarray(rows, int)]),
        identify=None if identify is None else lambda rows: identify(kept[np.asarray(rows, int)]),
        weights=None if sample.weights is None else sample.weights[kept],
    )


def take_scores(model: ModelScores, kept: np.ndarray) -> ModelScores:
    """A model's answers to these rows, int `(k,)`, alone."""
    probabilities = None if model.probabilities is None else model.probabilities[kept]
    return replace(model, scores=model.scores[kept], probabilities=probabilities)


def _rows(listed: RowList, sample: Sample) -> np.ndarray:
    """The row that each line names."""
    found = _places(listed, sample)
    size = f"of its {len(listed.keys):,} rows"
    if missing := [line for line, names in enumerate(listed.keys) if names not in found]:
        raise InputError(
            f"{listed}: {len(missing):,} {size} are not among those audited (first "
            f"{listed.describe(missing[0])}). {_of_other_files(listed, sample)}"
        )
    if unclear := [line for line, names in enumerate(listed.keys) if len(found[names]) > 1]:
        first, matches = unclear[0], len(found[listed.keys[unclear[0]]])
        raise InputError(
            f"{listed}: {len(unclear):,} {size} may each be one of several (first "
            f"{listed.describe(first)}, which {matches:,} audited rows have). "
            f"Give more columns of {', '.join(listed.known)}."
        )
    return np.array([found[names][0] for names in listed.keys])


def _places(listed: RowList, sample: Sample) -> dict[tuple[str, ...], list[int]]:
    """Rows of the sample by the names that the file gives, as they are or as suspects.csv writes them."""
    known = _identities(sample)
    wanted, found = set(listed.keys), defaultdict(list)
    for row, names in enumerate(zip(*(known[name] for name in listed.columns), strict=True)):
        for key in {_key(visible, names), _key(spreadsheet.cell, names)} & wanted:
            found[key].append(row)
    return found


def _key(spelt: Callable[[str], str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(spelt(name).strip() for name in names)


def _identities(sample: Sample) -> dict[str, list[str]]:
    return sample.identify(np.arange(len(sample.labels))) if sample.identify else {}


def _of_other_files(listed: RowList, sample: Sample) -> str:
    """Why rows may be missing, and the way out."""
    known = _identities(sample).get(FILE_COLUMN, [])
    files = {*map(visible, known), *map(spreadsheet.cell, known)}
    if FILE_COLUMN in listed.columns:
        place = listed.columns.index(FILE_COLUMN)
        others = sorted({names[place] for names in listed.keys} - files)
        if others:
            return (
                f"It names rows of {', '.join(others[:2])}, but {_source(sample)} is audited. If these "
                f"are the same rows, delete its column {FILE_COLUMN}."
            )
    return f"Was it made for other data than {_source(sample)}, or with another --split or --target?"


def _check_labels(listed: RowList, rows: np.ndarray, sample: Sample) -> None:
    """Refuses rows that the file labels otherwise: it was made for other data or labels."""
    given = [_LABELS.get(text.lower()) for text in listed.labels]
    pairs = enumerate(zip(given, sample.labels[rows], strict=True))
    wrong = [line for line, (label, known) in pairs if label is not None and label != known]
    if wrong:
        is_label = "a positive" if sample.labels[rows[wrong[0]]] else "a negative"
        raise InputError(
            f"{listed}: {len(wrong):,} of its {len(listed.keys):,} rows have another label in "
            f"{_source(sample)} (first {listed.describe(wrong[0])}, {is_label} there). It was made for other "
            "data or labels; make it again."
        )


def _source(sample: Sample) -> str:
    return " and ".join(dict.fromkeys((sample.data, sample.negatives)))


def _facts(path: str, sample: Sample, left_out: np.ndarray, names: tuple[str, ...]) -> ExcludedFacts:
    groups = divide(sample, names)
    sizes = {
        name: (int(np.sum(left_out & (groups.codes == code))), int(np.sum(groups.codes == code)))
        for code, name in enumerate(groups.names)
    }
    return ExcludedFacts(
        file=path,
        sha256=provenance.sha256(Path(path)),
        num_positives=int(np.sum(left_out & sample.labels)),
        num_negatives=int(np.sum(left_out & ~sample.labels)),
        groups={name: counts for name, counts in sizes.items() if counts[0]} if names else {},
    )
