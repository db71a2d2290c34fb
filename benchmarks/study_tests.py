"""Who is in the tests: the group of each face, kept beside the runs' records.

With them the tables can be made again without a picture.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.study_data import TESTS, StudyData
from benchmarks.study_figures import DARK, SEXES, Test
from facedebias import provenance
from facedebias.data.face_columns import FACE
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError

FPR = 0.01  # at which everything is compared


def describe(data: StudyData, names: Iterable[str], path: Path) -> None:
    """Writes down the groups of tests, if they are not there yet.

    Args:
        data: makes the test files.
        names: of `TESTS`.
        path: JSON file: name -> `sha256` of the test file, `names` of groups, `groups` of its faces
            in order, `dark` (numbers of groups whose faces are dark).

    Raises:
        InputError: if the groups that are there are those of other pictures.
    """
    known = json.loads(path.read_text()) if path.exists() else {}
    found = {name: _describe(FaceDataset(data.test(name)), name) for name in names}
    for name, entry in found.items():
        if known.get(name, entry) != entry:
            raise InputError(
                f"{path}: {name} has other pictures than {data.test(name)}, or in another order. The runs "
                "recorded were tested on the former: delete the folder to begin anew, or give the data of "
                "then."
            )
    if not found.keys() <= known.keys():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**known, **found}, indent=1) + "\n")


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
        "sha256": provenance.sha256(dataset.path),
        "names": names,
        "groups": " ".join(map(str, groups.reshape(-1))),
        "dark": [number for number, group in enumerate(names) if group.startswith(TESTS[name].dark)],
    }


def load(path: Path) -> dict[str, Test]:
    """What `describe` wrote, by name."""
    return {name: _load(entry) for name, entry in json.loads(path.read_text()).items()}


def _load(entry: dict[str, Any]) -> Test:
    names = tuple(entry["names"])
    women, men = (
        tuple(number for number, name in enumerate(names) if name.split(", ")[-1] == sex)
        for sex in ("Female", "Male")
    )
    contrasts = {SEXES: (women, men)} if women and men else {}
    unions = {DARK: tuple(entry["dark"])}
    return Test(np.array(entry["groups"].split(), int), names, FPR, unions, contrasts)
