"""Reads predictions of one or more models as the rows and scores of an audit."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from facedebias.auditing.inputs.groups import num_combinations
from facedebias.auditing.inputs.predictions import roles
from facedebias.auditing.inputs.predictions.agreement import check_same, refuse_rows
from facedebias.auditing.inputs.predictions.attributes import read_attribute
from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.auditing.inputs.predictions.files.naming import STANDARD_INPUT, clean_name
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.files.wording import file_of, quoted
from facedebias.auditing.inputs.predictions.identity import identify
from facedebias.auditing.inputs.predictions.labels import read_labels
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.predictions.pairing import pair
from facedebias.auditing.inputs.predictions.scores import read_scores, read_weights
from facedebias.auditing.inputs.sample import Sample
from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError
from facedebias.scoring.model_scores import ModelScores

_MOST_GROUPS = 100  # that come of columns nobody named


def read(
    files: Sequence[tuple[str, Path]],
    groups: tuple[str, ...],
    kind: str | None,
    columns: Columns | None = None,
) -> tuple[Sample, list[ModelScores], tuple[str, ...]]:
    """Reads predictions of one or more models on the same rows.

    Args:
        files: name of the model and file. Further files must hold the same rows, in the same order
            or named by a column that all have.
        groups: attributes wanted; none takes every column that plainly is one.
        kind: what the scores are; None takes what is plain, see `score_scale.find_scale`.
        columns: which column is what; None for `score` and `label`.

    Returns:
        The rows, each model's scores, and the attributes that make the groups.

    Raises:
        InputError: if a file is not of this kind or the files hold different rows.
    """
    columns = columns or Columns()
    groups = tuple(clean_name(name) for name in groups)
    tables = _read_tables(files, columns, groups)
    first = tables[0]
    names, notes = (groups, []) if groups else roles.default_groups(first, columns)
    _check_bins(first, columns, names)
    labels, said = read_labels(first, columns)
    notes += said
    attributes: dict[str, Attribute] = {}
    for name in names:
        attributes[name], said = read_attribute(first, name, columns)
        notes += said
    if not groups:
        _check_number(first, attributes)
    for index in range(1, len(tables)):
        tables[index], key, said = pair(first, tables[index], names, columns)
        notes += said
        said = _check_same_rows(first, tables[index], labels, names, replace(columns, key=key))
        notes += [f"{file_of(tables[index].path)}: {note}" for note in said if note not in notes]
    weights = None
    if columns.weight:
        weights, note = read_weights(first, columns.weight)
        notes.append(note)
    models = []
    for (model, _), table in zip(files, tables, strict=True):
        found, said = read_scores(table, columns.score, model, kind)
        models.append(found)
        notes += said
    sample = Sample(
        labels=labels,
        attributes=attributes,
        is_shared=shared_rows(labels, attributes),
        data=first.path,
        negatives=first.path,
        locate=first.locate,
        notes=(*(note for table in tables for note in table.notes), *notes),
        weights=weights,
        sha256=first.sha256,
        identify=functools.partial(identify, first, names, columns),
    )
    return sample, models, names


def _read_tables(files: Sequence[tuple[str, Path]], columns: Columns, groups: tuple[str, ...]) -> list[Table]:
    if sum(str(path) in STANDARD_INPUT for _, path in files) > 1:
        raise InputError(
            "--predictions: standard input given twice; it can be read once. Give files instead."
        )
    wanted = {*columns.roles.values(), columns.key, *groups} - {""}
    tables: list[Table] = []
    for _, path in files:
        table = read_table(path, wanted)
        roles.check_columns(table, columns, is_first=not tables)
        tables.append(table)
    roles.check_groups(tables[0], groups, columns)
    if columns.key:
        tables[0].column(columns.key, "--key")
    return tables


def _check_bins(table: Table, columns: Columns, names: tuple[str, ...]) -> None:
    for bins in columns.bins:
        table.column(bins.name, "--bins")
        if bins.name not in names:
            raise InputError(f"--bins={bins.name}: no groups by {quoted(bins.name)}; add it to --groups.")


def _check_number(table: Table, attributes: dict[str, Attribute]) -> None:
    if attributes and (number := num_combinations(attributes)) > _MOST_GROUPS:
        raise InputError(
            f"{table.path}: {', '.join(attributes)} make {number:,} groups; choose fewer with --groups."
        )


def _check_same_rows(
    first: Table, other: Table, labels: np.ndarray, names: tuple[str, ...], columns: Columns
) -> list[str]:
    found, said = read_labels(other, columns)
    if len(rows := np.flatnonzero(found != labels)):
        refuse_rows(first, other, columns.label, rows, columns.key)
    for name in names:
        check_same(first, other, name, columns.key)
    if columns.weight and columns.weight in other.columns:
        check_same(first, other, columns.weight, columns.key)
    return said


def shared_rows(labels: np.ndarray, attributes: dict[str, Attribute]) -> np.ndarray:
    """Rows of a label of which no row has any attribute."""
    shared = np.zeros(len(labels), bool)
    for label in (False, True):
        rows = labels == label
        if attributes and not any((a.codes[rows] != UNKNOWN).any() for a in attributes.values()):
            shared |= rows
    return shared
