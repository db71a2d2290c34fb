"""The study's methods, and what train.py does by default."""

from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import compose
from studies.debiasing.design import ASIDE, CEILING, DEBIASED, FAMILIES, HARD, KINDS, METHODS
from studies.debiasing.trial_list import TRIALS


def test_the_default_classifier_has_the_recipe_and_hard_faces():
    assert compose(dict(HARD)) == TrainConfig()


def test_the_debiased_one_is_what_train_does_with_a_dbvae():
    assert compose(METHODS[DEBIASED].to_json()["settings"]) == TrainConfig(model="dbvae")


def test_the_best_is_what_train_does_with_that_preset():
    assert compose(ASIDE[f"{DEBIASED}-best"].to_json()["settings"]) == TrainConfig.from_preset("best")


def test_every_method_is_something_that_can_be_trained():
    for method in {**METHODS, **ASIDE, **TRIALS}.values():
        compose(method.to_json()["settings"]).validate()


def test_what_is_compared_is_trained():
    named = {DEBIASED, CEILING, *FAMILIES, *KINDS}
    assert named | {name for family in FAMILIES.values() for name in family} == METHODS.keys()
    assert len(METHODS) <= 10
