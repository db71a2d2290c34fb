"""Choices of devices that cannot be, refused before TensorFlow is imported."""

import pytest

from facedebias.distribution import strategy_check
from facedebias.errors import InputError


@pytest.mark.parametrize(
    ("name", "replicas", "message"),
    [
        ("two", 0, "--strategy=two: is not known. Expected one, mirrored, multiworker"),
        ("one", 2, "--replicas=2: is for --strategy=mirrored"),
        ("mirrored", -1, "--replicas=-1: expected 1 or more"),
        ("multiworker", 0, "TF_CONFIG: is not set"),
    ],
)
def test_wrong_choices_are_refused(name, replicas, message, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(InputError, match=message):
        strategy_check.check(name, replicas)


def test_the_rest_is_left_to_tensorflow():
    strategy_check.check("one")
    strategy_check.check("mirrored", 64)
