import csv
import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.models.export import export
from facedebias.training import build
from facedebias.training.records.metrics_table import MetricsTable
from facedebias.training.settings.saved_config import to_json
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer
from tests.training.runs import changed, configured, train_at

SMALL = {"model": "dbvae", "batch_size": 8, "width": 2, "latent_dim": 4, "validation_fraction": 0.2}


@pytest.fixture(scope="module", autouse=True)
def three_steps_a_call():
    """An epoch of 4 steps takes two calls, as one of a real run takes many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("facedebias.training.epochs._STEPS_PER_CALL", 3)
        yield


@pytest.fixture(scope="module")
def config():
    return configured(epochs=3, **SMALL)


@pytest.fixture(scope="module")
def train(tiny_file):
    return train_at(tiny_file)


@pytest.fixture(scope="module")
def run(config, train, tmp_path_factory):
    """A finished run of a small DB-VAE."""
    workdir = tmp_path_factory.mktemp("runs") / "dbvae"
    best = train(config, workdir)
    return workdir, best


def read_table(workdir, name="metrics.csv"):
    with (workdir / name).open() as file:
        return list(csv.DictReader(file))


class TestRunFolder:
    def test_the_table_has_a_row_an_epoch(self, run):
        table = read_table(run[0])
        assert [row["epoch"] for row in table] == ["1", "2", "3"]
        assert float(table[-1]["loss"]) < float(table[0]["loss"])
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


def killed_after_epoch_2(write):
    def killed(self, row):
        write(self, row)
        if row.get("epoch") == 2:
            raise KeyboardInterrupt  # after the row, before the checkpoint of this epoch

    return killed


class TestResume:
    def test_killed_and_resumed_equals_never_killed(self, train, run, config, tmp_path, monkeypatch):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        monkeypatch.undo()
        best = train(config, tmp_path / "run", resume=True)
        assert best == run[1]
        timings = {"seconds", "images_per_second"}
        for row, expected in zip(read_table(tmp_path / "run"), read_table(run[0]), strict=True):
            assert {k: row[k] for k in row.keys() - timings} == {k: expected[k] for k in row.keys() - timings}
        inside = [
            {path.name: path.read_bytes() for path in (folder / "inside").iterdir()}
            for folder in (tmp_path / "run", run[0])
        ]
        assert inside[0] == inside[1]
        ours, theirs = (tf.saved_model.load(folder / "export") for folder in (tmp_path / "run", run[0]))
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_a_run_without_a_checkpoint_says_that_it_starts_anew(
        self, train, config, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        shutil.rmtree(tmp_path / "run" / "checkpoints")
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run", resume=True)
        assert "no checkpoint to go on from; starting from the beginning" in capsys.readouterr().out

    def test_moved_data_goes_on_bit_for_bit(
        self, train, run, config, tiny_file, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(MetricsTable, "write", killed_after_epoch_2(MetricsTable.write))
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run")
        monkeypatch.undo()
        (tmp_path / "moved.h5").symlink_to(tiny_file.resolve())
        capsys.readouterr()
        assert train_at(tmp_path / "moved.h5")(config, tmp_path / "run", resume=True) == run[1]
        assert capsys.readouterr().out.count(f"moved.h5 has the content of {tiny_file}") == 1
        ours, theirs = (tf.saved_model.load(folder / "export") for folder in (tmp_path / "run", run[0]))
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_other_settings_are_refused_by_name(self, train, run, config):
        with pytest.raises(InputError, match=r"other settings \(alpha 0\.01 -> 0\.5\).*another folder"):
            train(changed(config, alpha=0.5), run[0], resume=True)

    def test_other_data_is_refused(self, train, run, config, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        (tmp_path / "run" / "data.sha256").write_text("of another file")
        with pytest.raises(InputError, match=r"is not the file that the run in .* was started with"):
            train(config, tmp_path / "run", resume=True)

    def test_a_damaged_checkpoint_is_said(self, train, run, config, tmp_path):
        shutil.copytree(run[0], tmp_path / "run")
        checkpoint = tmp_path / "run" / "checkpoints" / "ckpt-3.index"
        checkpoint.write_bytes(checkpoint.read_bytes()[:100])
        with pytest.raises(InputError, match=r"ckpt-3: is damaged .*Delete the folder of the run"):
            train(config, tmp_path / "run", resume=True)

    def test_nothing_to_resume_is_said(self, train, config, tmp_path):
        with pytest.raises(InputError, match="nothing to resume. Leave out --resume"):
            train(config, tmp_path / "none", resume=True)
        assert not (tmp_path / "none").exists()


def test_a_full_disk_is_said_and_other_faults_are_not_hidden(train, config, tmp_path, monkeypatch):
    for number, message in enumerate(["ckpt.data; No space left on device", "another fault"]):
        error = tf.errors.UnknownError(None, None, message)

        def fail(self, num_steps, error=error):
            raise error

        monkeypatch.setattr(Trainer, "run", fail)
        expected = InputError if number == 0 else tf.errors.UnknownError
        with pytest.raises(expected, match="the disk is full.*--resume" if number == 0 else message):
            train(config, tmp_path / str(number))


def test_a_run_that_diverges_says_so(train, config, tmp_path):
    wild = changed(config, learning_rate=10.0, kl_weight=1000.0, schedule="constant")
    with pytest.raises(InputError, match="diverged.*lower learning_rate"):
        train(wild, tmp_path / "run")


class TestCommand:
    def start(self, *arguments):
        return subprocess.run(
            [sys.executable, "train.py", *arguments], capture_output=True, text=True, check=False
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--data", "none.h5", "--output", "x"], "none.h5: no such file"),
            (["--data", "a.h5", "--output", "x", "--alpha", "-1"], "--alpha=-1: expected a value from"),
            (["--data", "a.h5", "--output", "x", "extra"], "'extra' belongs to no flag"),
        ],
    )
    def test_bad_input_is_one_line_and_exit_code_1(self, arguments, message):
        found = self.start(*arguments)
        assert found.returncode == 1
        assert found.stderr.startswith(f"error: {message}")
        assert found.stderr.count("\n") == 1

    def test_help_ends_well_without_tensorflow(self):
        script = (
            "import sys, runpy; sys.argv = ['train.py', '--help']\n"
            "try: runpy.run_path('train.py', run_name='__main__')\n"
            "except SystemExit as end: print('code', end.code, 'tensorflow' in sys.modules)"
        )
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert "code 0 False" in found.stdout
        assert "--alpha" in found.stdout
