"""What a run leaves in its folder, and the model that it exports."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.exported.serving import export
from facedebias.safekeeping import checksums
from facedebias.training import build
from facedebias.training.settings.saved_config import to_json
from facedebias.training.tasks import open_task
from tests.training.runs import changed, read_table


class TestRunFolder:
    def test_the_table_has_a_row_an_epoch(self, run):
        table = read_table(run[0])
        assert [row["epoch"] for row in table] == ["1", "2", "3"]
        # Of held-out pictures: those that are trained on are drawn to be hard.
        assert float(table[-1]["validation_loss"]) < float(table[0]["validation_loss"])
        assert {"validation_recall", "validation_loss", "effective_sample_size", "reconstruction"} <= set(
            table[0]
        )

    def test_the_last_epoch_is_kept(self, run):
        workdir, kept = run
        losses = [float(row["validation_loss"]) for row in read_table(workdir)]
        record = json.loads((workdir / "run.json").read_text())
        assert record["epoch"] == 3
        assert record["validation"]["loss"] == kept.loss == losses[-1]

    def test_or_the_one_with_the_lowest_validation_loss(self, train, config, tiny_file, tmp_path):
        # At this rate the first epochs are the best.
        wild = changed(config, keep="best", learning_rate=0.05, schedule="constant")
        kept = train(wild, tmp_path)
        losses = [float(row["validation_loss"]) for row in read_table(tmp_path)]
        record = json.loads((tmp_path / "run.json").read_text())
        assert np.argmin(losses) < 2
        assert record["epoch"] == 1 + int(np.argmin(losses))
        assert record["validation"]["loss"] == kept.loss == min(losses)
        exported = tf.saved_model.load(tmp_path / "export").signatures["serving_default"]
        dataset = FaceDataset(tiny_file)
        images = dataset.read(np.arange(len(dataset)))
        model = build.build(wild, dataset.image_shape)
        tf.train.Checkpoint(model=model).read(str(tmp_path / "kept" / "weights")).expect_partial()
        np.testing.assert_allclose(exported(images=images)["logits"], model.answer(images), atol=1e-4)

    def test_the_record_says_what_was_run_on_what(self, run, config, tiny_file):
        record = json.loads((run[0] / "run.json").read_text())
        assert record["config"] == to_json(config, str(tiny_file))
        assert record["seed"] == 0
        assert record["data_sha256"] == hashlib.sha256(tiny_file.read_bytes()).hexdigest()
        assert record["versions"]["tensorflow"] == tf.__version__
        assert {"git_revision", "num_rows", "epoch"} <= set(record)

    def test_pictures_show_inputs_reconstructions_and_the_most_and_least_drawn(self, run):
        with Image.open(run[0] / "pictures" / "epoch-003.png") as sheet:
            # Four rows of 64 px at twice their size, each under a title of 18, and a margin of 6.
            assert sheet.height == 4 * (128 + 18) + 6
        assert len(list((run[0] / "tensorboard").iterdir())) == 1

    def test_the_effective_sample_size_has_a_row_a_call(self, run):
        sizes = read_table(run[0], "inside/effective_sample_size.csv")
        assert [int(row["step"]) for row in sizes] == [3, 4, 7, 8, 11, 12]
        after_epochs = [row["effective_sample_size"] for row in sizes[1::2]]
        assert after_epochs == [row["effective_sample_size"] for row in read_table(run[0])]

    def test_what_a_report_shows_is_listed(self, run):
        content = json.loads((run[0] / "inside" / "inside.json").read_text())
        named = {"inside.json", content["effective_sample_size"]}
        named |= {picture["file"] for picture in content["pictures"]}
        assert named == {path.name for path in (run[0] / "inside").iterdir()}
        assert {"raised.png", "traversals.png"} < named
        assert content["num_faces"] == 19  # a fifth of 24 is held out

    def test_every_file_that_stays_has_a_checksum(self, run):
        checksums.check(run[0])
        lines = (run[0] / checksums.NAME).read_text(encoding="utf-8").splitlines()
        listed = {line.split("  ", 1)[1] for line in lines}
        files = {path.relative_to(run[0]).as_posix() for path in run[0].rglob("*") if path.is_file()}
        left_out = {name for name in files if name.startswith(("tensorboard/", "checkpoints/"))}
        assert listed == files - left_out - {checksums.NAME}

    def test_a_classifier_has_nothing_inside(self, train, config, tmp_path):
        train(changed(config, model="classifier", sampler="uniform", epochs=1), tmp_path)
        assert (tmp_path / "run.json").exists()
        assert not (tmp_path / "inside").exists()


def test_an_attribute_is_validated_by_its_accuracy(train, config, tiny_file, tmp_path, capsys):
    learned = changed(config, target="group=dark", validation_fraction=0.4, epochs=2)
    kept = train(learned, tmp_path)
    dataset = FaceDataset(tiny_file)
    rows = open_task(learned, dataset).rows
    exported = tf.saved_model.load(tmp_path / "export").signatures["serving_default"]
    positives, negatives = (
        exported(images=dataset.read(part))["logits"].numpy()
        for part in (rows.validation_positives, rows.validation_negatives)
    )
    num_right = np.sum(positives >= 0) + np.sum(negatives < 0)
    assert kept.figure == num_right / (len(positives) + len(negatives))
    losses = [*np.log1p(np.exp(-positives)), *np.log1p(np.exp(negatives))]
    assert kept.loss == pytest.approx(np.mean(losses), rel=1e-4)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["validation"] == {"accuracy": kept.figure, "loss": kept.loss}
    assert record["config"]["target"] == "group=dark"
    assert "validation_accuracy" in read_table(tmp_path)[0]
    said = capsys.readouterr().out
    assert "dbvae of group=dark with latent sampling on" in said and "accuracy" in said
    # Non-faces are no part of it.
    assert sum(record["num_rows"].values()) == 24


def test_groups_that_the_file_does_not_have_are_refused_before_there_is_a_folder(train, config, tmp_path):
    typo = changed(config, sampler="group", groups=("grup",), model="classifier")
    with pytest.raises(InputError, match="grup"):
        train(typo, tmp_path / "run")
    assert not (tmp_path / "run").exists()


class TestExport:
    def test_it_answers_as_the_model_in_memory(self, config, tiny_file, tmp_path):
        dataset = FaceDataset(tiny_file)
        images = dataset.read(np.arange(10))
        for name in ("classifier", "dbvae"):
            model = build.build(changed(config, model=name), dataset.image_shape)
            export(model, dataset.image_shape, tmp_path / name)
            answer = tf.saved_model.load(tmp_path / name).signatures["serving_default"](images=images)
            # Of a picture and its mirror image.
            logits = (model(images).numpy() + model(images[:, :, ::-1]).numpy()) / 2
            np.testing.assert_allclose(answer["logits"], logits, atol=1e-5)
            np.testing.assert_allclose(answer["probabilities"], 1 / (1 + np.exp(-logits)), atol=1e-6)

    def test_no_picture_has_no_answer(self, run):
        loaded = tf.saved_model.load(run[0] / "export")
        answer = loaded.signatures["serving_default"](images=np.zeros((0, 64, 64, 3), np.uint8))
        assert {name: values.shape for name, values in answer.items()} == {
            "logits": (0,), "probabilities": (0,)
        }  # fmt: skip
        assert loaded.signatures["encode"](images=np.zeros((0, 64, 64, 3), np.uint8))["latents"].shape == (
            0,
            4,
        )

    def test_the_run_exports_the_epoch_it_kept(self, run, config, tiny_file):
        workdir, best = run
        dataset = FaceDataset(tiny_file)
        loaded = tf.saved_model.load(workdir / "export")
        images = dataset.read(np.arange(len(dataset)))
        model = build.build(config, dataset.image_shape)
        tf.train.Checkpoint(model=model).read(str(workdir / "kept" / "weights")).expect_partial()
        answer = loaded.signatures["serving_default"](images=images)
        np.testing.assert_allclose(answer["logits"], model.answer(tf.constant(images)), atol=1e-5)
        latents = loaded.signatures["encode"](images=images)["latents"]
        np.testing.assert_allclose(latents, model.encode(images)[0], atol=1e-5)

    def test_it_holds_nothing_of_the_sampler_the_optimizer_or_the_decoder(self, run, config):
        loaded = tf.saved_model.load(run[0] / "export")
        names = [variable.name for variable in loaded.weights]
        encoder = build.build(config, (64, 64, 3)).encoder
        assert len(names) == len(encoder.variables)
        stored = tf.train.list_variables(str(run[0] / "export" / "variables" / "variables"))
        shapes = sorted(shape for name, shape in stored if name.startswith("weights"))
        assert shapes == sorted(list(variable.shape) for variable in encoder.variables)
        assert len(stored) == len(shapes) + 1  # and the checkpoint's own table of contents

    def test_it_loads_where_facedebias_is_not_installed(self, run, tmp_path):
        script = (
            "import sys, numpy as np, tensorflow as tf\n"
            "model = tf.saved_model.load(sys.argv[1])\n"
            "answer = model.signatures['serving_default'](images=np.zeros((2, 64, 64, 3), np.uint8))\n"
            "assert 'facedebias' not in sys.modules and not any('/facedebias' in p for p in sys.path)\n"
            "print(sorted(answer), answer['logits'].shape)"
        )
        command = [sys.executable, "-P", "-c", script, str(run[0].resolve() / "export")]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert found.stdout.split("\n")[0] == "['logits', 'probabilities'] (2,)"
