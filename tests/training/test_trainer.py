"""Training step by step: the same again, in parts, in shards and resumed."""

import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.training.divergence import NotFinite
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer
from tests.training.runs import configured
from tests.training.trainers import assert_same_state, make_trainer


@pytest.mark.parametrize(("model", "num_shards"), [("classifier", 1), ("dbvae", 2)])
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


@pytest.mark.parametrize(
    "options",
    [
        {"lookahead": 1},
        {"lookahead": 3},
        {"sampler": "loss", "nonface_sampler": "loss"},
        {"sampler": "latent_epoch"},
        {"binning": "range", "alpha": 0.001},
        {"sampler": "latent_epoch", "binning": "range"},
    ],
)
def test_interrupted_and_resumed_equals_uninterrupted(tiny_file, tmp_path, options):
    whole = make_trainer(tiny_file, **options)
    whole.run(17)
    first = make_trainer(tiny_file, **options)
    first.run(9)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    second = make_trainer(tiny_file, seed=0, **options)
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.run(8)
    assert_same_state(whole, second)


@pytest.mark.parametrize(
    "options",
    [
        {"sampler": "latent"},
        {"sampler": "latent_epoch"},
        {"sampler": "group_dro", "groups": ("group",)},
        {"sampler": "uniform", "penalty": "mmd", "groups": ("group",)},
        {"model": "classifier", "sampler": "loss", "penalty": "adversary", "groups": ("group",)},
    ],
)
def test_an_attribute_is_learned_and_resumed_likewise(attribute_file, tmp_path, options):
    trainers = [make_trainer(attribute_file, target="side=left", **options) for _ in range(3)]
    whole, first, second = trainers
    whole.run(12)
    first.run(7)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.run(5)
    assert_same_state(whole, second)
    if whole.penalty:
        for one, other in zip(whole.penalty.variables, second.penalty.variables, strict=True):
            np.testing.assert_array_equal(one, other)


def test_whoever_leaves_pictures_out_trains_as_long(attribute_file):
    """Subsampling keeps as many of each cell as the rarest has, but an epoch is as many steps."""
    options = {"target": "side=left", "model": "classifier", "groups": ("group",)}
    whole, some = (make_trainer(attribute_file, sampler=name, **options) for name in ("group", "subsample"))
    assert len(some.sampled_rows) < len(whole.sampled_rows)
    assert some.steps_per_epoch == whole.steps_per_epoch == len(whole.sampled_rows) // 8
    assert some.num_steps == whole.num_steps


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
        config = configured(model="dbvae", batch_size=8, width=2, latent_dim=4)
        opened = FaceDataset(path)
        rows = split_rows(FaceDataset(tmp_path / "lab.h5"), 0.2, 0)
        trainers.append(Trainer(config, opened, replace(open_task(config, opened), rows=rows)))
        trainers[-1].run(12)
    assert_same_state(*trainers)


def test_resumed_where_an_epoch_ends_it_goes_on_as_if_never_stopped(tiny_file, tmp_path):
    whole, first, second = (make_trainer(tiny_file, sampler="latent_epoch") for _ in range(3))
    end = 2 * whole.steps_per_epoch
    whole.run(end + 3)
    first.run(end)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.run(3)
    assert_same_state(whole, second)


def test_stopped_within_a_stretch_of_steps_its_means_are_those_of_the_whole(tiny_file, tmp_path):
    whole, first, second = (make_trainer(tiny_file) for _ in range(3))
    expected = whole.run(7)
    first.take(4)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.take(3)
    assert second.sums.epoch_means() == whole.sums.epoch_means()
    assert second.means() == expected
    assert_same_state(whole, second)


def test_asked_to_stop_it_ends_after_the_step_and_goes_on_bit_for_bit(tiny_file, tmp_path):
    first, second, whole = (make_trainer(tiny_file) for _ in range(3))
    first.take(1)
    threading.Timer(0.2, first.ask_to_stop).start()
    first.take(1_000_000)
    assert 1 < first.step < 1_000_000
    first.take(5)  # for good
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.take(2)
    whole.take(first.step + 2)
    assert_same_state(whole, second)
    assert second.means() == whole.means()


def test_a_loss_that_is_no_number_ends_it_within_the_step_with_the_rows(tiny_file):
    trainer = make_trainer(tiny_file)
    trainer.take(3)
    assert trainer.is_finite()
    pending = trainer.queue.pending[3 % trainer.queue.lookahead]
    expected = trainer.sampler.file_rows(pending).numpy()
    for variable in trainer.model.trainable_variables:
        variable.assign(variable.value * np.float32(np.nan))
    assert not trainer.is_finite()
    with pytest.raises(NotFinite) as found:
        trainer.take(20)
    assert (trainer.step, found.value.step) == (4, 4)
    np.testing.assert_array_equal(found.value.rows, expected)
    assert np.isnan(found.value.terms["loss"])


def test_an_epoch_sampler_does_not_care_where_a_call_ends(tiny_file):
    one, other = (make_trainer(tiny_file, sampler="latent_epoch") for _ in range(2))
    one.run(14)
    for part in (2, 9, 3):
        other.run(part)
    assert_same_state(one, other)


def test_a_penalty_is_told_the_groups_of_those_it_is_asked_about(attribute_file):
    options = {"model": "classifier", "target": "side=left", "penalty": "mmd", "groups": ("group",)}
    trainer = make_trainer(attribute_file, among="positive", **options)
    trainer.queue.refill(0)
    *_, labels, groups = next(iter(trainer._batches))
    np.testing.assert_array_equal(groups.numpy() >= 0, labels.numpy() == 1)
