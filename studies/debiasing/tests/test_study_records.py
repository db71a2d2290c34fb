"""What is kept of a run of the study, and when it is not taken for one."""

import dataclasses
import json
import types

import numpy as np
import pytest

from benchmarks import study_methods, study_records, study_runs
from facedebias import provenance
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError


def a_run(folder, method="cnn", seed=0):
    return study_runs.runs_of({method: study_methods.METHODS[method]}, [seed], folder, folder / "records")[0]


@pytest.fixture
def data(tmp_path):
    """Two faces and 50 non-faces, whatever is asked for."""
    path = tmp_path / "faces.h5"
    with FaceFileWriter(path, 52, 64, {}, ["drawn"]) as writer:
        labels = np.array([1, 1] + [0] * 50)
        # The grey of a picture is its number, so that a score can be told by it.
        images = np.broadcast_to(np.arange(52, dtype=np.uint8)[:, None, None, None], (52, 64, 64, 3))
        unknown = np.full(52, -1)
        writer.append(images, labels, {}, 0, [f"{i}.png" for i in range(52)], unknown, unknown)
    return types.SimpleNamespace(train=lambda name, seed: path, test=lambda name: path)


@pytest.fixture(autouse=True)
def model(monkeypatch):
    """Answers with how dark a picture is: the faces, which come first, are the darkest."""

    class Model:
        def __init__(self, name, folder):
            del name, folder

        def score(self, read, num_rows, batch_size, locate):
            return types.SimpleNamespace(
                scores=10.0 - read(np.arange(num_rows))[:, 0, 0, 0].astype(np.float32)
            )

    monkeypatch.setattr(study_records, "ExportedModel", Model)
    monkeypatch.setattr(study_records, "recall", lambda run, data: 0.75)


def train(run, data, **changes):
    """Leaves what training leaves."""
    run.folder.mkdir(parents=True)
    path = data.train("celeba", 0)
    dataclasses.replace(run.config(), data=str(path), **changes).save(run.folder / "config.json")
    stored = {
        "data_sha256": provenance.sha256(path),
        "num_rows": {"train_positives": 40},
        **provenance.provenance(),
    }
    (run.folder / "run.json").write_text(json.dumps(stored))
    (run.folder / "metrics.csv").write_text("epoch,seconds,effective_sample_size\n1,10.5,40\n2,9.5,30\n")


def test_a_record_has_cost_sample_size_validation_and_the_order_of_scores(tmp_path, data):
    run = a_run(tmp_path)
    train(run, data)
    study_records.make(run, data, ["fairface"], is_chosen_by=True)
    record = study_records.Record.load(run)
    assert (record.seconds, record.effective_sample_size, record.validation) == (20.0, 0.75, 0.75)
    scores = record.scores("fairface")
    # Both faces stand above all; of the non-faces those of grey 2 to 10 are at or above logit 0.
    assert np.all(scores.faces > scores.nonfaces.max())
    assert np.flatnonzero(scores.nonfaces >= 0).tolist() == list(range(9))
    assert record.tests["fairface"]["sha256"] == provenance.sha256(data.test("fairface"))
    assert run.record_path.stat().st_size < 3000


def test_what_is_not_chosen_by_has_no_validation(tmp_path, data):
    run = a_run(tmp_path)
    train(run, data)
    study_records.make(run, data, [], is_chosen_by=False)
    assert study_records.Record.load(run).validation is None


def test_a_run_of_other_settings_or_pictures_is_not_taken_for_this_one(tmp_path, data):
    other, redrawn, kept = (a_run(tmp_path, seed=seed) for seed in range(3))
    train(other, data, epochs=99)
    with pytest.raises(InputError, match=r"seed-0: was trained with other settings \(epochs 99 -> "):
        study_records.make(other, data, [], is_chosen_by=False)
    train(redrawn, data)
    (redrawn.folder / "run.json").write_text(json.dumps({"data_sha256": "another"}))
    with pytest.raises(InputError, match="seed-1: was trained on other pictures"):
        study_records.make(redrawn, data, [], is_chosen_by=False)
    # A record outlives the folder, and may be of what was meant by a method then.
    train(kept, data)
    study_records.make(kept, data, [], is_chosen_by=False)
    changed = json.loads(kept.record_path.read_text())
    changed["settings"]["width"] = 13
    kept.record_path.write_text(json.dumps(changed))
    with pytest.raises(InputError, match=r"seed-2.json: was trained with other settings \(width 13 -> "):
        study_records.Record.load(kept)
    # A setting that came later meant what it says without being named; one that went cannot be met.
    changed["settings"] = {k: v for k, v in changed["settings"].items() if k != "penalty"} | {"width": 12}
    kept.record_path.write_text(json.dumps(changed))
    study_records.Record.load(kept)
    changed["settings"]["depth"] = 4
    kept.record_path.write_text(json.dumps(changed))
    with pytest.raises(InputError, match=r"\(depth 4 -> None\)"):
        study_records.Record.load(kept)


def test_all_must_have_had_the_same_pictures(tmp_path, data):
    runs = [a_run(tmp_path, "cnn"), a_run(tmp_path, "dbvae-uniform", seed=1)]
    for run in runs:
        train(run, data)
        study_records.make(run, data, [], is_chosen_by=False)
    assert len(study_records.load_all(runs)) == 2
    changed = json.loads(runs[1].record_path.read_text())
    runs[1].record_path.write_text(json.dumps({**changed, "data_sha256": "another"}))
    with pytest.raises(InputError, match="was trained on other pictures of 'celeba' than the other"):
        study_records.load_all(runs)
