"""Who is in the tests: the group of each face, kept with the runs' records.

With them the tables can be made again without a picture.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from facedebias import provenance
from facedebias.data.face_columns import FACE
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from studies.debiasing.datasets import TESTS, StudyData
from studies.debiasing.judging.recall_metrics import DARK, SEXES, WHITE_MINUS_BLACK, Test
from studies.harness.record_file import RecordFile

# Name -> values of attributes whose recalls are compared.
_CONTRASTS = {SEXES: ("Female", "Male"), WHITE_MINUS_BLACK: ("White", "Black")}


def describe(data: StudyData, names: Iterable[str], records: RecordFile) -> None:
    """Adds the groups of tests to the records, if they are not there yet.

    Args:
        data: makes the test files.
        names: of `TESTS`.
        records: gets a line of kind "test" for each: `name`, `sha256` of the test file, `names` of groups,
            `groups` of its faces in order, `dark` (numbers of groups whose faces are dark).

    Raises:
        InputError: if the groups that are there are those of other pictures.
    """
    known = {line["name"]: line for line in records.of_kind("test")}
    for name in names:
        entry = _describe(FaceDataset(data.test(name)), name)
        if known.get(name, entry) != entry:
            raise InputError(
                f"{records.path}: {name} has other pictures than {data.test(name)}, or in another order. The "
                "runs on record were tested on the former: give the data of then, or delete the file to "
                "begin anew."
            )
        if name not in known:
            records.add(entry)


def _describe(dataset: FaceDataset, name: str) -> dict[str, Any]:
    faces = dataset.rows(FACE)
    attributes = [dataset.attribute(attribute) for attribute in TESTS[name].attributes]
    codes = np.stack([attribute.codes[faces] for attribute in attributes], axis=1)
    if np.any(codes < 0):
        raise InputError(f"{dataset.path}: {int(np.sum(codes < 0)):,} labels of faces are unknown.")
    present, groups = np.unique(codes, axis=0, return_inverse=True)
    names = [
        ", ".join(attribute.values[code] for attribute, code in zip(attributes, row, strict=True))
        for row in present
    ]
    return {
        "kind": "test",
        "name": name,
        "sha256": provenance.sha256(dataset.path),
        "names": names,
        "groups": " ".join(map(str, groups.reshape(-1))),
        "dark": [number for number, group in enumerate(names) if group.startswith(TESTS[name].dark)],
    }


def load(records: RecordFile, fpr: float) -> dict[str, Test]:
    """What `describe` added, by name, to be compared at a false positive rate."""
    return {entry["name"]: _load(entry, fpr) for entry in records.of_kind("test")}


def _load(entry: dict[str, Any], fpr: float) -> Test:
    names = tuple(entry["names"])
    members = {
        value: tuple(number for number, name in enumerate(names) if value in name.split(", "))
        for contrast in _CONTRASTS.values()
        for value in contrast
    }
    contrasts = {
        name: (members[first], members[second])
        for name, (first, second) in _CONTRASTS.items()
        if members[first] and members[second]
    }
    unions = {DARK: tuple(entry["dark"])}
    return Test(np.array(entry["groups"].split(), int), names, fpr, unions, contrasts)
