"""DB-VAEs that the study tries besides."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import variant_models
from benchmarks.study_search import TRIALS
from benchmarks.variants import VARIANTS, AveragingTrainer
from facedebias.data.face_file import FaceDataset
from facedebias.training.config import TrainConfig
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer

ROOT = Path(__file__).parents[2]
SHAPE = (64, 64, 3)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).uniform(size=(2, *SHAPE)).astype(np.float32)


def loss(model, pixels, rebuilt):
    return model.reconstruction_losses(tf.constant(pixels), tf.nn.space_to_depth(rebuilt, 2)).numpy()


def test_the_middle_alone_is_rebuilt(pixels):
    model = variant_models.MiddleDBVAE(SHAPE, 4, width=2)
    rebuilt = pixels.copy()
    rebuilt[:, :16], rebuilt[:, 56:], rebuilt[:, :, :12], rebuilt[:, :, 52:] = 0, 0, 0, 0
    np.testing.assert_array_equal(loss(model, pixels, rebuilt), 0)
    rebuilt[:, 16:56, 12:52] += 0.25
    np.testing.assert_allclose(loss(model, pixels, rebuilt), 0.25, rtol=1e-5)


def test_edges_do_not_care_for_light(pixels):
    model = variant_models.EdgeDBVAE(SHAPE, 4, width=2)
    np.testing.assert_allclose(loss(model, pixels, pixels + 0.2), 0, atol=1e-6)
    stripes = 0.1 * (-1.0) ** np.arange(64)[:, None].astype(np.float32)
    # Neighbours of opposite sign cancel at the next scale: only the finest level sees them.
    np.testing.assert_allclose(loss(model, pixels, pixels + stripes), 0.1, rtol=1e-4)


def test_a_perfect_copy_costs_nothing_to_the_eye_of_a_network_either(pixels):
    model = variant_models.PerceptualDBVAE(SHAPE, 4, width=2)
    np.testing.assert_array_equal(loss(model, pixels, pixels), 0)
    near, far = (loss(model, pixels, pixels + by) for by in (0.05, 0.2))
    assert np.all((near > 0) & (far > near))
    names = [variable.path for variable in model.trainable_variables]
    assert len(names) == len(variant_models.DBVAE(SHAPE, 4, width=2).trainable_variables)


def test_the_first_nats_of_a_latent_are_free():
    model = variant_models.FreeBitsDBVAE(SHAPE, 3, width=2)
    free = variant_models.FREE_BITS
    # KL of N(m, 1) from N(0, 1) is m^2 / 2: 0, below what is free, and 2 nats.
    mean = tf.constant([[0.0, np.sqrt(free), 2.0]] * 4)
    np.testing.assert_allclose(model.divergences(mean, tf.zeros_like(mean)), 2 * free + 2.0, rtol=1e-5)


def test_a_density_weighs_half_of_the_faces_from_the_second_epoch_on(tiny_file, tmp_path):
    command = [
        sys.executable, "-m", "benchmarks.study_variants", "--variant=nearest neighbours, parts of the logit",
        "--model=dbvae", "--sampler=latent_epoch", "--epochs=2", "--batch_size=8", "--width=2",
        "--latent_dim=4", f"--data={tiny_file}", f"--output={tmp_path / 'run'}",
    ]  # fmt: skip
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr
    assert "WARNING" not in answer.stderr
    assert (tmp_path / "run/export/saved_model.pb").exists()
    table = np.genfromtxt(tmp_path / "run/metrics.csv", delimiter=",", names=True)
    first, second = table["effective_sample_size"]
    assert second == pytest.approx(first / 2, rel=0.01)


def test_the_search_tries_what_there_is():

    assert {trial.variant for trial in TRIALS.values() if trial.variant} <= VARIANTS.keys()


def trained(tiny_file, **settings):
    """A plain and an averaging trainer after all steps, and the weights of each of the last quarter."""
    still = dict.fromkeys(("zoom", "stretch", "rotate", "shift", "brightness", "gamma"), 0.0)
    config = TrainConfig(
        str(tiny_file), nonface_sampler="uniform", epochs=8, batch_size=8, width=2, latent_dim=4,
        learning_rate=0.01, flip=False, **still, **settings,
    )  # fmt: skip
    dataset = FaceDataset(tiny_file)
    task = open_task(config, dataset)
    plain, averaging = Trainer(config, dataset, task), AveragingTrainer(config, dataset, task)
    seen = []
    for step in range(plain.num_steps):
        plain.run(1)
        averaging.run(1)
        if step + 1 > plain.num_steps * 3 / 4:
            seen.append([variable.numpy() for variable in plain.model.trainable_variables])
    assert len(seen) > 2
    return plain, averaging, [np.mean(values, axis=0) for values in zip(*seen, strict=True)]


@pytest.mark.parametrize(("model", "sampler"), [("classifier", "loss"), ("dbvae", "latent")])
def test_averaged_weights_are_the_mean_of_the_last_quarter(tiny_file, model, sampler):
    _, averaging, means = trained(tiny_file, model=model, sampler=sampler)
    for variable, mean in zip(averaging.model.trainable_variables, means, strict=True):
        np.testing.assert_allclose(variable.numpy(), mean, rtol=1e-4, atol=1e-6)


def test_averaged_weights_have_statistics_of_their_own(tiny_file):
    plain, averaging, _ = trained(tiny_file, model="classifier", sampler="uniform")
    dataset = FaceDataset(tiny_file)
    rows = open_task(TrainConfig(str(tiny_file), model="classifier"), dataset).rows
    # Faces and non-faces are half of a batch each.
    first = averaging.model.network.convolutions[0]
    halves = [
        np.mean(first(averaging.model.pixels_of(dataset.read(part))), axis=(0, 1, 2))
        for part in (rows.train_positives, rows.train_negatives)
    ]
    expected = np.mean(halves, axis=0)
    statistics = averaging.model.network.normalizations[0].moving_mean.numpy()
    np.testing.assert_allclose(statistics, expected, rtol=0.05, atol=0.005)
    # Those of the weights before do not fit.
    before = plain.model.network.normalizations[0].moving_mean.numpy()
    assert np.abs(before - expected).max() > np.abs(statistics - expected).max()
