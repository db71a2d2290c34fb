"""The one file that a study keeps."""

import lzma

import pytest

from facedebias.errors import InputError
from studies.harness.method import Method
from studies.harness.record_file import RecordFile

METHOD = Method("CNN", {"width": 12, "groups": ("race", "gender")}, "celeba")


def test_what_was_added_is_read_again_with_one_line_for_a_method(tmp_path):
    file = RecordFile(tmp_path / "records.jsonl")
    file.add({"kind": "test", "name": "fairface"})
    file.add_run("cnn", METHOD, 0, {"recall": 0.9})
    file.add_run("cnn", METHOD, 1, {"recall": 0.8})
    again = RecordFile(file.path)
    assert again.run("cnn", 1)["recall"] == 0.8 and again.run("cnn", 2) is None
    assert [line["name"] for line in again.of_kind("test")] == ["fairface"]
    assert len(again.of_kind("method")) == 1 and len(file.path.read_text().splitlines()) == 4
    again.check("cnn", METHOD)


def test_runs_of_other_settings_are_refused_with_what_differs(tmp_path):
    file = RecordFile(tmp_path / "records.jsonl")
    file.add_run("cnn", METHOD, 0, {})
    for settings, message in (
        ({"width": 13, "groups": ("race", "gender")}, r"\(width 12 -> 13\)"),
        ({"width": 12}, r"\(groups race,gender -> not given\)"),
    ):
        with pytest.raises(InputError, match=message):
            file.add_run("cnn", Method("CNN", settings, "celeba"), 1, {})
    with pytest.raises(InputError, match=r"\(data celeba -> fairface\)"):
        file.check("cnn", Method("CNN", METHOD.settings, "fairface"))


def test_a_torn_line_is_named(tmp_path):
    (tmp_path / "records.jsonl").write_text('{"kind":"run"}\n{"kind":')
    with pytest.raises(InputError, match=r"records.jsonl, line 2: expected a JSON object"):
        RecordFile(tmp_path / "records.jsonl")


def test_a_compressed_file_holds_the_same_lines(tmp_path):
    plain, small = (RecordFile(tmp_path / name) for name in ("r.jsonl", "r.jsonl.xz"))
    for number in range(3):
        for file in (plain, small):
            file.add({"kind": "test", "number": number})
    packed = (tmp_path / "r.jsonl.xz").read_bytes()
    assert lzma.decompress(packed) == (tmp_path / "r.jsonl").read_bytes()
    assert RecordFile(tmp_path / "r.jsonl.xz").of_kind("test") == plain.of_kind("test")
    (tmp_path / "r.jsonl.xz").write_bytes(packed[:-9])
    with pytest.raises(InputError, match=r"r.jsonl.xz: expected a file compressed by xz .*version control"):
        RecordFile(tmp_path / "r.jsonl.xz")
