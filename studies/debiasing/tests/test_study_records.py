"""What is kept of a run of the study, and when it is not taken for one."""

import dataclasses
import json
import types

import numpy as np
import pytest

from facedebias import provenance
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from studies.debiasing import run_records
from studies.debiasing.design import METHODS
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of


@pytest.fixture
def records(tmp_path):
    return RecordFile(tmp_path / "records.jsonl")


@pytest.fixture
def a_run(tmp_path, records):
    def make(method="cnn", seed=0):
        return runs_of({method: METHODS[method]}, [seed], tmp_path, records)[0]

    return make


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

    monkeypatch.setattr(run_records, "ExportedModel", Model)


def train(run, data):
    """Leaves what training leaves."""
    run.folder.mkdir(parents=True)
    run.begin()
    stored = {
        "data_sha256": provenance.sha256(data.train("celeba", 0)),
        "num_rows": {"train_positives": 40},
        **provenance.provenance(),
    }
    (run.folder / "run.json").write_text(json.dumps(stored))
    (run.folder / "metrics.csv").write_text("epoch,seconds,effective_sample_size\n1,10.5,40\n2,9.5,30\n")


def test_a_record_has_cost_sample_size_and_the_order_of_scores(a_run, data, records):
    run = a_run()
    train(run, data)
    run_records.make(run, data, ["fairface"])
    record = run_records.Record.load(run)
    assert (record.seconds, record.effective_sample_size) == (20.0, 0.75)
    scores = record.scores("fairface")
    # Both faces stand above all; of the non-faces those of grey 2 to 10 are at or above logit 0.
    assert np.all(scores.faces > scores.nonfaces.max())
    assert np.flatnonzero(scores.nonfaces >= 0).tolist() == list(range(9))
    assert record.tests["fairface"]["sha256"] == provenance.sha256(data.test("fairface"))
    assert records.path.stat().st_size < 2000


def test_a_folder_of_other_settings_or_pictures_is_not_taken_for_this_run(a_run, data):
    run, redrawn = a_run(), a_run(seed=1)
    changed = dataclasses.replace(run.method, settings={**run.method.settings, "epochs": 99})
    train(dataclasses.replace(run, method=changed), data)
    with pytest.raises(InputError, match=r"seed-0: was trained with other settings"):
        run_records.make(run, data, [])
    train(redrawn, data)
    (redrawn.folder / "run.json").write_text(json.dumps({"data_sha256": "another"}))
    with pytest.raises(InputError, match="seed-1: was trained on other pictures"):
        run_records.make(redrawn, data, [])


def test_all_must_have_had_the_same_pictures(a_run, data, records):
    runs = [a_run("cnn"), a_run("dbvae-even", seed=1)]
    for run in runs:
        train(run, data)
        run_records.make(run, data, [])
    assert len(run_records.load_all(runs)) == 2
    records.run("dbvae-even", 1)["data_sha256"] = "another"
    with pytest.raises(InputError, match="dbvae-even, seed 1, was trained on other pictures of celeba"):
        run_records.load_all(runs)
