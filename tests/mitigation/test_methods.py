"""Mitigations by name and by flags."""

import pytest

from facedebias.errors import InputError
from facedebias.mitigation import methods
from facedebias.models.penalty_settings import MMD
from facedebias.training.config import TrainConfig

BASE = {"target": "Attractive", "seed": 3}


@pytest.mark.parametrize("name", methods.MITIGATIONS)
def test_each_is_something_that_can_be_trained_and_told_only_what_it_needs(name):
    config = methods.parse(name).config(BASE, ("Male",))
    assert (config.target, config.seed) == ("Attractive", 3)
    needs_no_groups = {"plain", "loss", "latent", "expected_loss", "thresholds", "thresholds_5"}
    assert (config.groups == ()) == (name in needs_no_groups)


def test_latents_are_sampled_by_rarity_or_by_errors():
    rules = {name: methods.parse(name).config(BASE, ()).sampler.rule for name in ("latent", "expected_loss")}
    assert rules == {"latent": "max", "expected_loss": "expected_loss"}


def test_flags_of_threshold_groups_make_another():
    made = methods.parse("loose=--constraint=equal_opportunity --tolerance=0.05")
    assert (made.constraint, made.tolerance, made.settings) == ("equal_opportunity", 0.05, {})
    assert made.config(BASE, ("Male",)) == TrainConfig(**BASE)


def test_the_plain_one_is_train_py_s_default():
    assert methods.parse("plain").config(BASE, ("Male",)) == TrainConfig(**BASE)


def test_flags_of_train_py_make_another():
    made = methods.parse("strong mmd=--penalty=mmd --penalty_weight=10 --flip=false --epochs=3")
    assert made.name == "strong mmd"
    config = made.config(BASE, ("Male", "Young"))
    assert (config.penalty, config.augmentation.flip, config.epochs) == (MMD(10.0), False, 3)
    assert config.groups == ("Male", "Young")


@pytest.mark.parametrize(
    "text",
    [
        "mdm",
        "x=--penality=mmd",
        "x=--penalty",
        "x=--target=Young",
        "x=--flip=1",
        "x=--epochs=many",
        "x='--epochs=3",
        "plain=--epochs=3",
        "=--epochs=3",
        "a/b=--epochs=3",
        "../x=--epochs=3",
        "..=--epochs=3",
        "x=--constraint=equality",
        "x=--constraint=equalized_odds --tolerance=2",
        "x=--constraint=equalized_odds --epochs=3",
    ],
)
def test_what_there_is_not_is_refused(text):
    with pytest.raises(InputError, match=r"--mitigation="):
        methods.parse(text)


def test_values_are_checked_before_anything_is_trained():
    with pytest.raises(InputError, match="--penalty_weight=-1"):
        methods.parse("x=--penalty=mmd --penalty_weight=-1").config(BASE, ("Male",))
