import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedebias.config import TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.trainer import Trainer


def make_trainer(path, num_shards=1, **options):
    options = {"model": "dbvae", "batch_size": 8, "width": 2, "latent_dim": 4, "epochs": 4} | options
    config = TrainConfig(str(path), **options)
    dataset = FaceDataset(path)
    return Trainer(config, dataset, split_rows(dataset, 0.2, config.seed), num_shards)


def all_state(trainer):
    variables = [*trainer.model.variables, *trainer.model.optimizer.variables]
    return [v.numpy() for v in variables] + [
        v.numpy() for v in (*trainer.sampler.variables, trainer.queue.pending)
    ]


def assert_same_state(one, other):
    for a, b in zip(all_state(one), all_state(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("num_shards", [1, 2])
@pytest.mark.parametrize("model", ["classifier", "dbvae"])
def test_the_same_seed_gives_the_same_losses_bit_for_bit(tiny_file, model, num_shards):
    one, same, other = (make_trainer(tiny_file, num_shards, model=model, seed=seed) for seed in (1, 1, 2))
    losses = [[trainer.run(5)["loss"] for _ in range(3)] for trainer in (one, same, other)]
    assert losses[0] == losses[1] != losses[2]
    assert_same_state(one, same)


def test_shards_change_losses_by_rounding_only(tiny_file):
    losses = [make_trainer(tiny_file, num_shards).run(3)["loss"] for num_shards in (1, 2, 3)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-3)


def test_steps_in_one_call_are_the_same_as_one_by_one(tiny_file):
    one, other = make_trainer(tiny_file), make_trainer(tiny_file)
    one.run(12)
    for _ in range(12):
        other.run(1)
    assert one.step == other.step == 12
    assert_same_state(one, other)


@pytest.mark.parametrize("lookahead", [1, 3])
def test_interrupted_and_resumed_equals_uninterrupted(tiny_file, tmp_path, lookahead):
    whole = make_trainer(tiny_file, lookahead=lookahead)
    whole.run(17)
    first = make_trainer(tiny_file, lookahead=lookahead)
    first.run(9)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    second = make_trainer(tiny_file, lookahead=lookahead, seed=0)
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.run(8)
    assert_same_state(whole, second)


def test_faces_are_entered_in_the_step_that_saw_them(tiny_file):
    trainer = make_trainer(tiny_file)
    faces = trainer.sampler.draw(tf.constant(0, tf.int64))[:4].numpy()
    trainer.run(1)
    sampler = trainer.face_sampler
    np.testing.assert_array_equal(np.flatnonzero(sampler.is_seen.numpy()), np.sort(faces))
    assert sampler.counts.numpy().sum(axis=1).tolist() == [4] * 4


def test_the_lab_file_trains_like_its_rgb_twin(tiny_file, tmp_path):
    """Pictures and latents come from the same channels: everything equals the RGB file's run."""
    dataset = FaceDataset(tiny_file)
    with h5py.File(tmp_path / "lab.h5", "w") as file:
        images = np.asarray(dataset.read(np.arange(len(dataset))))
        file.create_dataset(
            "images", data=images[..., ::-1], chunks=(4, *images.shape[1:]), compression="gzip"
        )
        file["labels"] = dataset.labels
    trainers = []
    for path in (tiny_file, tmp_path / "lab.h5"):
        config = TrainConfig(str(path), model="dbvae", batch_size=8, width=2, latent_dim=4)
        opened = FaceDataset(path)
        rows = split_rows(FaceDataset(tmp_path / "lab.h5"), 0.2, 0)
        trainers.append(Trainer(config, opened, rows))
        trainers[-1].run(12)
    assert_same_state(*trainers)


def test_rare_faces_are_drawn_more_often_once_all_were_seen(tiny_file):
    trainer = make_trainer(tiny_file, alpha=0.001, rule="product")
    trainer.run(10)
    assert trainer.run(10)["effective_sample_size"] < trainer.face_sampler.num_rows
    probabilities = trainer.face_sampler.probabilities()
    assert probabilities.max() > 2 * probabilities.min()
