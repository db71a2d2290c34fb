"""Whom a trained run's sampler draws, read from what the run left."""

import numpy as np
import pytest
from scipy import stats

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.training.config import TrainConfig
from facedebias.training.hooks import Hook
from facedebias.training.run import train
from facedebias.training.settings.flat_config import compose
from studies.debiasing import skin_tone
from studies.debiasing.inside import drawn
from studies.debiasing.inside.face_properties import light, symmetry

FACES = 120


class _Weights(Hook):
    """Keeps the probabilities that the run ended with."""

    def on_start(self, context):
        self._trainer = context.trainer

    def on_end(self):
        self.rows, self.probabilities = self._trainer.sampled_rows, self._trainer.probabilities()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run on plain faces of many colours, every second a man; the file, the folder, the weights."""
    folder = tmp_path_factory.mktemp("drawn")
    rng = np.random.default_rng(0)
    faces = np.broadcast_to(rng.integers(20, 255, (FACES, 1, 1, 3)), (FACES, 16, 16, 3)).astype(np.uint8)
    with FaceFileWriter(folder / "data.h5", FACES + 80, 16, {"Male": ("no", "yes")}, ["drawn"]) as writer:
        for label, images in ((1, faces), (0, rng.integers(0, 256, (80, 16, 16, 3), np.uint8))):
            size = len(images)
            codes = np.arange(size) % 2 if label else np.full(size, -1)
            names, unknown = [f"{label}/{i}.png" for i in range(size)], np.full(size, -1)
            writer.append(images, np.full(size, label), {"Male": codes}, 0, names, unknown, unknown)
    settings = {"model": "dbvae", "rule": "expected_loss", "width": 2, "latent_dim": 3, "epochs": 4}
    config: TrainConfig = compose({**settings, "batch_size": 16})
    weights = _Weights()
    train(config, folder / "data.h5", folder / "run", hooks=[weights])
    return FaceDataset(folder / "data.h5"), folder / "run", weights


def test_weights_come_back_from_the_checkpoint(run):
    dataset, folder, weights = run
    trainer = drawn.restored(folder, dataset)
    np.testing.assert_array_equal(trainer.sampled_rows, weights.rows)
    np.testing.assert_array_equal(trainer.probabilities(), weights.probabilities)
    assert np.ptp(weights.probabilities) > 0


def test_what_weights_follow_is_a_rank_correlation(run):
    dataset, folder, weights = run
    found = drawn.followed(drawn.restored(folder, dataset), dataset)
    images = dataset.read(weights.rows)
    # Spearman's correlation is Pearson's of the ranks.
    ranks = [stats.rankdata(values) for values in (weights.probabilities, -images.mean(axis=(1, 2, 3)))]
    assert found["little light"] == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-6)
    is_dark = skin_tone.ita(images) < skin_tone.DARK
    assert found["dark among the faces"] == np.mean(is_dark)
    assert found["dark among the draws"] == pytest.approx(weights.probabilities[is_dark].sum())


def test_a_raised_attribute_is_the_mean_of_its_faces(run, monkeypatch):
    dataset, folder, weights = run
    monkeypatch.setattr(drawn, "_LEAST_FACES", 10)
    is_man = dataset.attribute("Male").codes[weights.rows] == 1
    expected = len(weights.rows) * weights.probabilities[is_man].mean()
    raised = drawn.raised(drawn.restored(folder, dataset), dataset)
    assert raised == {"Male: yes": {"times": pytest.approx(expected)}}


def test_symmetry_and_light():
    pictures = np.zeros((2, 4, 4, 3), np.uint8)
    pictures[0, :, 1:3] = 90  # its own mirror image
    pictures[1, :, :2] = 90  # the opposite of it
    np.testing.assert_allclose(symmetry(pictures), [1.0, -1.0])
    np.testing.assert_allclose(light(pictures), [45.0, 45.0])
