"""Whether a run says which of its settings change nothing."""

import pytest

from facedebias.training.settings.flat_config import all_settings, compose
from facedebias.training.settings.unused_settings import notes


@pytest.mark.parametrize(
    ("settings", "unused", "user"),
    [
        # What a reader of the paper types first: the classifier has no latents to take a rule of.
        ({"rule": "product"}, {"rule"}, "by --sampler latent and latent_epoch only"),
        (
            {"model": "dbvae", "sampler": "uniform", "binning": "range"},
            {"binning"},
            "latent and latent_epoch",
        ),
        ({"model": "dbvae", "sampler": "loss", "alpha": 0.1, "bins": 20}, {"alpha", "bins"}, "latent_epoch"),
        ({"model": "dbvae", "temperature": 2.0}, {"temperature"}, "with --rule mean"),
        ({"latent_dim": 8, "kl_weight": 0.1}, {"latent_dim", "kl_weight"}, "used by --model dbvae only"),
        ({"group_step": 0.1, "group_adjustment": 1.0}, {"group_step", "group_adjustment"}, "group_dro only"),
        ({"penalty_weight": 2.0}, {"penalty_weight"}, "by --penalty mmd and adversary only"),
        ({"target": "Attractive", "strength": 1.0}, {"strength"}, "--sampler loss"),
        ({"target": "Attractive", "nonface_sampler": "loss"}, {"nonface_sampler"}, "without --target"),
        ({"sampler": "uniform", "nonface_sampler": "uniform", "strength": 1.0}, {"strength"}, "loss"),
    ],
)
def test_settings_that_nothing_uses_are_named_with_what_would(settings, unused, user):
    found = notes(compose(settings), settings)
    assert {note.partition("=")[0].removeprefix("--") for note in found} == unused
    assert all("changes nothing here" in note and user in note for note in found)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "dbvae", "rule": "mean", "alpha": 0.1, "bins": 5, "temperature": 2.0, "latent_dim": 8},
        {"model": "dbvae", "sampler": "latent_epoch", "rule": "product", "kl_weight": 0.1},
        {"model": "dbvae", "sampler": "latent_epoch", "binning": "range"},
        {"strength": 1.0},
        {"sampler": "uniform", "strength": 1.0},  # of the non-faces
        {"target": "Attractive", "sampler": "loss", "strength": 1.0},
        {"sampler": "group_dro", "groups": ("Male",), "group_step": 0.1, "group_adjustment": 1.0},
        {"penalty": "mmd", "groups": ("Male",), "penalty_weight": 2.0},
    ],
)
def test_settings_that_are_used_are_passed_over(settings):
    assert notes(compose(settings), settings) == []


def test_defaults_that_nobody_gave_are_no_matter():
    assert notes(compose({}), {}) == []
    every = dict.fromkeys((own.flag for own in all_settings()), 1)
    assert notes(compose({}), every)
