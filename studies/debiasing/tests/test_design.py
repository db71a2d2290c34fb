"""The study's methods, and what train.py does by default."""

from benchmarks.study_methods import DEBIASED, DEFAULT, METHODS
from facedebias.training.config import TrainConfig


def test_the_default_is_what_train_does_without_flags():
    assert TrainConfig("", **METHODS[DEFAULT].settings) == TrainConfig("")


def test_the_debiased_one_is_what_train_does_with_a_dbvae():
    assert TrainConfig("", **METHODS[DEBIASED].settings) == TrainConfig("", model="dbvae")
