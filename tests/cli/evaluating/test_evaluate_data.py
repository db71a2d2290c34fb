"""The data that evaluate.py takes: face files, and folders of group folders."""

import shutil

import pytest

from facedebias.errors import InputError
from tests.cli.evaluating.face_audits import audit


def test_a_rate_for_each_group_needs_nonfaces_in_groups(model, data):
    with pytest.raises(InputError, match="--per_group: the negatives of .*test.h5 belong to no group"):
        audit(model, data, fpr=0.1, groups=("race",), per_group=True)


def test_folder_of_group_folders(model, data, folders):
    result = audit(model, folders, nonfaces=data, fpr=0.1)
    assert result.groups.attributes == ("group",)
    groups = {group.name: (group.num_found, group.num_rows) for group in result.models[0].groups}
    assert groups == {"DF": (2, 3), "LF": (2, 2)}
    assert audit(model, folders, thresholds=(0.5,)).models[0].overall["false_positive_rate"] is None


def test_folder_without_nonfaces_cannot_set_a_rate(model, folders):
    with pytest.raises(InputError, match="no non-faces.*--nonfaces.*--threshold"):
        audit(model, folders)


def test_what_a_folder_leaves_out_is_noted(model, data, folders):
    (folders / "LF" / "list.csv").write_text("a,b")
    (folders / "beside.png").write_bytes((folders / "LF" / "0.png").read_bytes())
    notes = audit(model, folders, nonfaces=data, thresholds=(0.5,)).notes
    assert notes[:2] == (
        f"in {folders}: 1 picture lies beside the group folders, has no group and was left out: beside.png.",
        f"in {folders}: 1 file is no picture and was left out: LF/list.csv.",
    )
    with pytest.raises(InputError, match="given as non-faces, but as faces too"):
        audit(model, folders, nonfaces=f"folder:{folders}", thresholds=(0.5,))
    with pytest.raises(InputError, match="--nonfaces utkface:x: holds faces only"):
        audit(model, folders, nonfaces="utkface:x", thresholds=(0.5,))


def test_groups_that_may_be_one_are_asked_about(model, data, folders):
    for name in ("df", "unknown"):
        shutil.copytree(folders / "LF", folders / name)
    notes = "\n".join(audit(model, folders, nonfaces=data, thresholds=(0.5,)).notes)
    assert (
        "column group: DF, df look alike (case, spaces, hyphens, zeros, alphabet) and are kept apart" in notes
    )
    assert "column group: unknown (2 rows) stays a group" in notes


def test_damaged_picture_is_named(model, folders):
    (folders / "LF" / "9.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"cannot decode LF/9\.png"):
        audit(model, folders, thresholds=(0.5,))


def test_wrong_data(model, data):
    with pytest.raises(InputError, match="no attribute 'skin'; the file has age, gender, race"):
        audit(model, data, groups=("skin",))
    with pytest.raises(InputError, match="--groups=age: not known of any row"):
        audit(model, data, groups=("age",))
    with pytest.raises(InputError, match="10 non-faces are too few for --fpr=0.01; expected at least 100"):
        audit(model, data)
    with pytest.raises(InputError, match="no faces of split 'val'"):
        audit(model, data, split="val")
    assert audit(model, data, split="test", fpr=0.1).models[0].num_negatives == 10
