"""Models that are one in several formats are known by their records and contents."""

import json
import shutil

import pytest

from facedebias.auditing.formats import families
from facedebias.provenance import sha256
from facedebias.safekeeping import checksums
from facedebias.scoring.beside import export_record
from tests.auditing.formats.made_formats import make_export, make_saved_model


@pytest.fixture
def source(tmp_path):
    return make_saved_model(tmp_path / "run")


def found(*places):
    return [(one.base, one.others, one.labels) for one in families.find([str(place) for place in places])]


def test_the_savedmodel_and_its_formats(source, tmp_path):
    onnx = make_export(tmp_path / "a", source, "onnx")
    int8 = make_export(tmp_path / "b", source, "litert", "int8", b"bytes")
    assert found(int8, source, onnx) == [
        (1, (0, 2), {0: "LiteRT int8", 1: "SavedModel", 2: "ONNX"})
    ]  # fmt: skip
    # Without the SavedModel, what is in float32 is the base.
    assert found(int8, onnx) == [(1, (0,), {0: "LiteRT int8", 1: "ONNX"})]


def test_a_copy_of_the_savedmodel_is_known_wherever_it_lies(source, tmp_path):
    int8 = make_export(tmp_path / "b", source, "litert", "int8")
    copy = shutil.copytree(source, tmp_path / "copy")
    assert found(copy, int8) == [(0, (1,), {0: "SavedModel", 1: "LiteRT int8"})]
    # Its list of checksums says the same of it as its files do.
    checksums.write(copy)
    assert export_record.identity(copy) == sha256(copy / "SHA256SUMS") == export_record.identity(source)
    (copy / "saved_model.pb").write_bytes(b"another graph")
    assert found(copy, int8) == []


def test_models_of_different_runs_are_no_family(source, tmp_path):
    other = make_saved_model(tmp_path / "other", b"other graph")
    assert found(make_export(tmp_path / "a", source), make_export(tmp_path / "b", other)) == []
    both = [make_export(tmp_path / name, model, "onnx") for name, model in (("c", source), ("d", other))]
    assert found(source, other, *both) == [
        (0, (2,), {0: "SavedModel", 2: "ONNX"}), (1, (3,), {1: "SavedModel", 3: "ONNX"}),
    ]  # fmt: skip


def test_without_float32_there_is_no_threshold_to_hold_to(source, tmp_path):
    int8 = make_export(tmp_path / "a", source, "litert", "int8")
    assert found(int8, make_export(tmp_path / "b", source, "litert", "dynamic")) == []


@pytest.mark.parametrize("change", ["file", "json", "kind", "text", "absent"])
def test_a_record_that_is_not_of_this_file_counts_for_nothing(source, tmp_path, change):
    path = make_export(tmp_path / "a", source, "onnx")
    record = path.with_name("export.json")
    fields = json.loads(record.read_text())
    if change == "file":
        path.write_bytes(b"replaced")
    elif change == "absent":
        record.unlink()
    else:
        wrong = {"json": "{", "kind": json.dumps(fields | {"format": "mlmodel"}), "text": '"onnx"'}
        record.write_text(wrong[change])
    assert export_record.read(path) is None
    assert found(source, path) == []
