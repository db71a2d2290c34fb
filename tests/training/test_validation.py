"""The rates that recall is measured at while a model trains, and where the figures are kept."""

import json
import types

import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.training.kept_epoch import KeptEpoch
from facedebias.training.records.metrics_table import MetricsTable
from facedebias.training.run import train
from facedebias.training.validation import WORST, Validation, Validator, low_rate, recall
from tests.training.runs import configured, read_table, train_at

SETTINGS = {
    "model": "classifier",
    "batch_size": 8,
    "width": 2,
    "keep": "best",
    "epochs": 3,
    "validation_fraction": 0.4,
}


@pytest.fixture(scope="module")
def many_nonfaces(tiny_file, tmp_path_factory):
    """The tiny file's 24 faces with 300 non-faces of noise: 120 of them validate at a fraction of 0.4."""
    faces = FaceDataset(tiny_file).read(np.arange(24))
    noise = np.random.default_rng(0).integers(0, 256, (300, 64, 64, 3), np.uint8)
    path = tmp_path_factory.mktemp("many") / "many.h5"
    with FaceFileWriter(path, 324, 64, {}, ["drawn"]) as writer:
        for label, images in ((1, faces), (0, noise)):
            none = np.full(len(images), -1)
            places = [f"{label}/{i}.png" for i in range(len(images))]
            writer.append(images, np.full(len(images), label), {}, 0, places, none, none)
    return path


@pytest.fixture(scope="module")
def finished(many_nonfaces, tmp_path_factory):
    return train(configured(**SETTINGS), many_nonfaces, tmp_path_factory.mktemp("low"))


@pytest.mark.parametrize(
    ("num_negatives", "rate"),
    [(1, None), (50, None), (100, None), (101, 1 / 101), (250, 0.004), (999, 1 / 999), (1000, 0.001)],
)
def test_the_low_rate_is_a_thousandth_or_one_non_face(num_negatives, rate):
    assert low_rate(num_negatives) == rate


def test_recall_at_both_rates_by_hand():
    # Of 2,000 non-faces with the scores 0 to 1999, 20 may pass at 1% (1980 and up), two at 0.1% (1998, 1999).
    negatives = np.random.default_rng(0).permutation(2000).astype(np.float32)
    faces = np.array([1979, 1980, 1997, 1998, 2500], np.float32)
    assert recall(faces, negatives, 0.01) == 4 / 5
    assert recall(faces, negatives, 0.001) == 2 / 5


def test_a_validator_measures_each_recall_at_its_own_rate(tmp_path):
    """As by hand above, with the score of a picture written in its pixels."""
    faces, nonfaces = np.array([1979, 1980, 1997, 1998, 2500]), np.random.default_rng(0).permutation(2000)
    path = tmp_path / "scores.h5"
    with FaceFileWriter(path, 2005, 16, {}, ["drawn"]) as writer:
        for label, scores in ((1, faces), (0, nonfaces)):
            images = np.zeros((len(scores), 16, 16, 3), np.uint8)
            images[..., 0], images[..., 1] = scores[:, None, None] // 256, scores[:, None, None] % 256
            none = np.full(len(scores), -1)
            places = [f"{label}/{i}.png" for i in range(len(scores))]
            writer.append(images, np.full(len(scores), label), {}, 0, places, none, none)

    def score(images):
        pixels = tf.cast(images[:, 0, 0], tf.float32)
        return 256.0 * pixels[:, 0] + pixels[:, 1]

    rows = types.SimpleNamespace(validation_positives=np.arange(5), validation_negatives=np.arange(5, 2005))
    task = types.SimpleNamespace(rows=rows, is_detection=True)
    validate = Validator(types.SimpleNamespace(score=score), FaceDataset(path), task)
    found = validate()
    assert (validate.rate, validate.low_rate) == (0.01, 0.001)
    assert (found.figure, found.low_figure) == (4 / 5, 2 / 5)


def test_a_run_names_its_rate_where_it_prints_and_records(tiny_file, tmp_path, capsys):
    config = configured(batch_size=8, width=2, validation_fraction=0.2, epochs=1)
    kept = train_at(tiny_file)(config, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["num_rows"]["validation_negatives"] == 3
    assert record["validation"] == {"recall": kept.figure, "false_positive_rate": 1 / 3, "loss": kept.loss}
    said = capsys.readouterr().out
    assert "validation recall is at 33.3% FPR, as 1% needs 100 non-faces" in said
    assert "recall is rough where few non-faces may pass: 1 at 33.3% FPR" in said
    assert "recall at 33.3% FPR" in said and "at 1% FPR" not in said
    assert "validation_recall_at_low_fpr" not in read_table(tmp_path)[0]


class TestLowRate:
    def test_both_recalls_are_those_of_the_exported_model(self, finished, many_nonfaces):
        record = json.loads((finished.folder / "run.json").read_text())
        assert record["num_rows"]["validation_negatives"] == 120
        kept = finished.validation
        assert record["validation"] == {
            "recall": kept.figure, "false_positive_rate": 0.01, "recall_at_low_fpr": kept.low_figure,
            "low_false_positive_rate": 1 / 120, "loss": kept.loss,
        }  # fmt: skip
        row = read_table(finished.folder)[finished.epoch - 1]
        assert float(row["validation_recall"]) == kept.figure
        assert float(row["validation_recall_at_low_fpr"]) == kept.low_figure
        assert finished.low_rate == 1 / 120
        # One of 120 non-faces may pass at either rate: faces must score above the second highest.
        assert kept.low_figure == kept.figure

    def test_they_are_curves_too(self, finished):
        (events,) = (finished.folder / "tensorboard").iterdir()
        tags = {v.tag for e in tf.compat.v1.train.summary_iterator(str(events)) for v in e.summary.value}
        assert {"validation_recall", "validation_recall_at_low_fpr"} <= tags

    def test_a_resumed_run_keeps_both(self, finished, many_nonfaces, tmp_path, monkeypatch, capsys):
        write = MetricsTable.write

        def killed(self, row):
            write(self, row)
            if row.get("epoch") == 3:
                raise KeyboardInterrupt

        monkeypatch.setattr(MetricsTable, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            train(configured(**SETTINGS), many_nonfaces, tmp_path)
        monkeypatch.undo()
        found = train(configured(**SETTINGS), many_nonfaces, tmp_path, resume=True)
        assert found.validation == finished.validation
        assert found.validation.low_figure is not None
        kept, columns = finished.validation, ("validation_recall", "validation_recall_at_low_fpr")
        for row, expected in zip(read_table(tmp_path), read_table(finished.folder), strict=True):
            assert [row[name] for name in columns] == [expected[name] for name in columns]
        said = capsys.readouterr().out
        assert f"recall at 1% FPR {kept.figure:.1%}, at 0.833% FPR {kept.low_figure:.1%}" in said
        assert "rough where few non-faces may pass: 1 at 1% FPR, 1 at 0.833% FPR" in said


class TestKeptEpoch:
    def kept(self, folder):
        model = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(1)])
        return KeptEpoch(model, folder, "best")

    @pytest.mark.parametrize("low", [0.25, None])
    def test_figures_come_back_from_a_checkpoint(self, tmp_path, low):
        first, second = self.kept(tmp_path), self.kept(tmp_path)
        assert first.offer(2, Validation(0.75, 0.125, low))
        path = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
        tf.train.Checkpoint(**second.state()).read(path).assert_consumed()
        second.on_restored()
        assert (second.epoch, second.validation) == (2, Validation(0.75, 0.125, low))

    def test_a_checkpoint_without_the_low_figure_can_be_gone_on_from(self, tmp_path):
        first, second = self.kept(tmp_path), self.kept(tmp_path)
        first.offer(2, Validation(0.75, 0.125, 0.5))
        path = tf.train.Checkpoint(kept_figures=first.figures).write(str(tmp_path / "state"))
        tf.train.Checkpoint(**second.state()).read(path)
        second.on_restored()
        assert second.validation == Validation(0.75, 0.125)

    def test_before_the_first_epoch_any_is_better(self, tmp_path):
        kept = self.kept(tmp_path)
        kept.on_restored()
        assert kept.validation is WORST


def test_a_table_keeps_to_the_columns_that_it_began_with(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,step,validation_recall\n1,4,0.5\n")
    table = MetricsTable(tmp_path / "metrics.csv", last_step=4)
    table.write({"epoch": 2, "step": 8, "validation_recall_at_low_fpr": 0.25, "validation_recall": 0.75})
    assert (tmp_path / "metrics.csv").read_text() == "epoch,step,validation_recall\n1,4,0.5\n2,8,0.75\n"
