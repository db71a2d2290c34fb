"""A sampler from outside the package: one file, its settings and one line of a registry."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from facedebias.data.face_writer import FaceFileWriter
from studies.harness.neighbour_sampler import NeighbourSampler, neighbour_rarities

ROOT = Path(__file__).parents[3]


def test_rarity_is_the_distance_to_the_tenth_neighbour():
    # On a line at 0, 1, ..., 20: the tenth neighbour of the middle is 5 away, of an end 10.
    rarity = neighbour_rarities(np.arange(21.0)[:, None])
    assert np.exp(rarity[[0, 10, 20]]) == pytest.approx([10, 5, 10])


def test_faces_apart_are_drawn_more_often_and_half_of_all_count():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(400, 4)).astype(np.float32)
    latents[:20] += 5 * rng.normal(size=(20, 4))
    sampler = NeighbourSampler(400)
    assert float(sampler.effective_sample_size()) == pytest.approx(400)
    sampler.on_epoch_start(lambda: latents)
    assert float(sampler.effective_sample_size()) == pytest.approx(200, rel=1e-2)
    probabilities = sampler.probabilities()
    assert probabilities[:20].mean() > 3 * probabilities[20:].mean()


@pytest.fixture
def face_file(tmp_path):
    """24 faces and 16 non-faces of noise."""
    path, rng = tmp_path / "faces.h5", np.random.default_rng(0)
    with FaceFileWriter(path, 40, 64, {}, ["drawn"]) as writer:
        unknown, labels = np.full(40, -1), np.arange(40) < 24
        images = rng.integers(0, 256, (40, 64, 64, 3), np.uint8)
        writer.append(images, labels.astype(int), {}, 0, [f"{i}.png" for i in range(40)], unknown, unknown)
    return path


def test_the_train_command_takes_it_with_its_flags_and_weighs_faces_from_the_second_epoch_on(
    face_file, tmp_path
):
    command = [
        sys.executable, "-m", "studies.harness.train_extra", "--model=dbvae", "--sampler=neighbours",
        "--ess_share=0.4", "--epochs=2", "--batch_size=8", "--width=2", "--latent_dim=4",
        f"--data={face_file}", f"--output={tmp_path / 'run'}",
    ]  # fmt: skip
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr
    assert json.loads((tmp_path / "run/config.json").read_text())["ess_share"] == 0.4
    table = np.genfromtxt(tmp_path / "run/metrics.csv", delimiter=",", names=True)
    first, second = table["effective_sample_size"]
    assert second == pytest.approx(0.4 * first, rel=0.01)
    assert (tmp_path / "run/export/saved_model.pb").exists()
