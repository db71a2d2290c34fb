"""What a trainer tells its sampler, and which pictures it draws for that."""

import shutil

import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError
from facedebias.sampling.epoch import EpochLatentSampler
from tests.training.trainers import assert_same_state, make_trainer


def test_of_an_attribute_all_pictures_are_rebuilt_and_weighed_within_their_class(attribute_file):
    trainer = make_trainer(attribute_file, target="side=left")
    counts = trainer.sampler.counts
    trainer.run(1)
    seen = [int(sampler.num_seen) for sampler in trainer.sampler.samplers]
    assert seen == counts and sum(counts) == 8
    assert len(trainer.sampled_rows) == len(trainer.probabilities())
    assert trainer.probabilities().sum() == pytest.approx(1.0)


def test_the_sample_size_of_two_classes_is_that_of_their_draws_together(attribute_file):
    trainer = make_trainer(attribute_file, target="side=left", alpha=0.001, rule="product")
    size = trainer.run(12)["effective_sample_size"]
    assert size == pytest.approx(1 / np.sum(trainer.probabilities() ** 2), rel=1e-4)
    assert size < 0.9 * len(trainer.sampled_rows)


def test_faces_are_entered_in_the_step_that_saw_them(tiny_file):
    trainer = make_trainer(tiny_file)
    faces = trainer.sampler.draw(tf.constant(0, tf.int64))[:4].numpy()
    trainer.run(1)
    sampler = trainer.face_sampler
    np.testing.assert_array_equal(np.flatnonzero(sampler.is_seen.numpy()), np.sort(faces))
    assert sampler.counts.numpy().sum(axis=1).tolist() == [4] * 4


def test_faces_are_weighed_as_they_are_not_as_they_were_augmented(tiny_file):
    moved = {"zoom": 0.3, "stretch": 0.3, "rotate": 30, "shift": 0.2, "brightness": 0.4, "gamma": 0.7}
    trainer = make_trainer(tiny_file, **moved)
    faces = trainer.sampler.draw(tf.constant(0, tf.int64))[:4].numpy()
    trainer.run(1)
    rows = split_rows(FaceDataset(tiny_file), 0.2, 0).train_positives[faces]
    latents = trainer.model.encode(tf.constant(FaceDataset(tiny_file).read(rows)))[0].numpy()
    of_one_update = trainer.face_sampler.binning.moments.numpy() / 0.01
    np.testing.assert_allclose(of_one_update[0], latents.mean(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(of_one_update[1], (latents**2).mean(axis=0), rtol=1e-4, atol=1e-6)


def test_once_an_epoch_every_face_is_encoded_and_weighed(tiny_file):
    trainer = make_trainer(tiny_file, sampler="latent_epoch", alpha=0.001)
    faces = split_rows(FaceDataset(tiny_file), 0.2, 0).train_positives
    per_epoch = trainer.steps_per_epoch
    trainer.run(per_epoch)
    assert float(trainer.face_sampler.effective_sample_size()) == pytest.approx(len(faces))
    latents = trainer.model.encode(tf.constant(FaceDataset(tiny_file).read(faces)))[0].numpy()
    reference = EpochLatentSampler(len(faces), alpha=0.001)
    reference.on_epoch_start(lambda: latents)
    trainer.run(1)
    np.testing.assert_allclose(trainer.face_sampler.probabilities(), reference.probabilities(), rtol=1e-4)
    before = trainer.face_sampler.probabilities()
    trainer.run(per_epoch - 1)
    np.testing.assert_array_equal(trainer.face_sampler.probabilities(), before)


@pytest.mark.parametrize("sampler", ["latent", "latent_epoch"])
def test_faces_are_binned_as_the_run_asks(tiny_file, sampler):
    by_range, by_deviations = (
        make_trainer(tiny_file, sampler=sampler, binning=binning) for binning in ("range", "deviations")
    )
    for trainer in (by_range, by_deviations):
        trainer.run(2 * trainer.steps_per_epoch + 1)
    found = by_range.face_sampler.probabilities()
    assert not np.allclose(found, by_deviations.face_sampler.probabilities(), rtol=0.01)
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("model", ["classifier", "dbvae"])
def test_hard_pictures_are_drawn_more_often(tiny_file, model):
    trainer = make_trainer(tiny_file, sampler="loss", nonface_sampler="loss", model=model)
    trainer.run(20)
    for sampler in trainer.sampler.samplers:
        hardness, found = sampler.hardness.numpy()[: sampler.num_rows], sampler.probabilities()
        assert int(sampler.num_seen) == sampler.num_rows
        assert found[hardness.argmax()] > 1.5 * found[hardness.argmin()]


def test_margins_are_signed_logits(tiny_file):
    """A model that takes everything for a face: faces have the margin +5, the others -5."""
    trainer = make_trainer(tiny_file, sampler="loss", nonface_sampler="loss", model="classifier")
    head = trainer.model.network.head
    head.kernel.assign(tf.zeros_like(head.kernel))
    head.bias.assign([5.0])
    trainer.run(1)
    faces, nonfaces = (
        sampler.hardness.numpy()[sampler.is_seen.numpy()] for sampler in trainer.sampler.samplers
    )
    np.testing.assert_allclose(faces, -5.0)
    np.testing.assert_allclose(nonfaces, 5.0)


def test_known_groups_are_drawn_evenly(tiny_file):
    trainer = make_trainer(tiny_file, sampler="group", groups=("group",), model="classifier")
    dataset = FaceDataset(tiny_file)
    dark = dataset.attribute("group").codes[split_rows(dataset, 0.2, 0).train_positives] == 1
    assert dark.mean() < 0.4
    assert trainer.face_sampler.probabilities()[dark].sum() == pytest.approx(0.5)


def test_a_group_that_is_not_known_of_all_faces_is_refused(tiny_file, tmp_path):
    shutil.copy(tiny_file, tmp_path / "gaps.h5")
    with h5py.File(tmp_path / "gaps.h5", "r+") as file:
        codes = file["attributes/group"][:]
        codes[:3] = -1
        file["attributes/group"][:] = codes
    with pytest.raises(
        InputError,
        match=r"gaps.h5: 'group' of \d of \d+ training faces is unknown; what makes groups",
    ):
        make_trainer(tmp_path / "gaps.h5", sampler="group", groups=("group",))


def test_rare_faces_are_drawn_more_often_once_all_were_seen(tiny_file):
    trainer = make_trainer(tiny_file, alpha=0.001, rule="product")
    trainer.run(10)
    assert trainer.run(10)["effective_sample_size"] < trainer.face_sampler.num_rows
    probabilities = trainer.face_sampler.probabilities()
    assert probabilities.max() > 2 * probabilities.min()


def test_the_adjustment_of_losses_reaches_the_sampler(attribute_file):
    options = {"model": "classifier", "target": "side=left", "sampler": "group_dro", "groups": ("group",)}
    plain, adjusted = (
        make_trainer(attribute_file, group_adjustment=value, group_step=1.0, **options)
        for value in (0.0, 9.0)
    )
    for trainer in (plain, adjusted):
        trainer.run(1)
    assert not np.allclose(plain.probabilities(), adjusted.probabilities())


def test_the_rule_of_losses_resumes_bit_for_bit(tiny_file, tmp_path):
    whole, first, second = (make_trainer(tiny_file, rule="expected_loss") for _ in range(3))
    whole.run(12)
    first.run(7)
    saved = tf.train.Checkpoint(**first.state()).write(str(tmp_path / "state"))
    tf.train.Checkpoint(**second.state()).read(saved).assert_consumed()
    second.run(5)
    assert_same_state(whole, second)
    probabilities = whole.face_sampler.probabilities()
    assert probabilities.max() > 2 * probabilities.min()
