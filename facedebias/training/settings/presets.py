"""Presets of training: settings that go together, by name. A new one is one more entry of `PRESETS`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facedebias.configuration import fields
from facedebias.configuration.registry import Registry
from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.models.augmentation import Augmentation


@dataclass(frozen=True)
class Preset:
    """Settings that a run starts from.

    Attributes:
        about: what they are, as the end of a sentence, for `--help` and docs/training.md.
        settings: by the names of training's flags; all others have their defaults.
        cost: training time in those of the defaults, on the same faces; 1 for as long.
        takes_target: whether an attribute may be learned with them.
    """

    about: str
    settings: Mapping[str, Any]
    cost: float = 1.0
    takes_target: bool = False


_DEFAULT = Preset("what holds without a preset", {}, takes_target=True)

# All that the lab decides is written out, so that it stays the lab's if a default changes.
# docs/training.md says where it still differs.
_LAB = Preset(
    "the DB-VAE of MIT 6.S191 lab 2, trained as the lab trains it",
    {
        "model": "dbvae",
        "width": 12,
        "depth": 1,
        "latent_dim": 100,
        "kl_weight": 0.0005,
        "reconstruct": "seen",
        "sampler": "latent_epoch",
        "rule": "max",
        "binning": "range",
        "alpha": 0.001,
        "bins": 10,
        "nonface_sampler": "uniform",
        "epochs": 6,
        "batch_size": 32,
        "learning_rate": 0.0005,
        "schedule": "constant",
        "keep": "last",
        "average_mirrored": False,
        "standardize": False,
        **fields.flat(Augmentation.only()),
    },
    cost=0.8,
)

_BEST = Preset(
    "the DB-VAE that the study's search has found best so far",
    {
        "model": "dbvae",
        "width": 18,
        "depth": 2,
        "epochs": 24,
        "learning_rate": 0.002,
        "yaw": 30.0,
    },
    cost=7.7,
)

PRESETS = Registry("preset", {"default": _DEFAULT, "lab": _LAB, "best": _BEST})


def settings_of(preset: str, target: str) -> Mapping[str, Any]:
    """The settings of a preset, by the names of flags.

    Args:
        preset: a name of `PRESETS`.
        target: attribute to learn; empty for faces against non-faces.

    Raises:
        InputError: if there is no such preset, or it does not go with an attribute.
    """
    chosen = PRESETS.get(preset)
    if target and not chosen.takes_target:
        raise InputError(
            f"{named('preset', preset)} {named('target', target)}: this preset is for faces against "
            "non-faces, and was not tried on attributes. Leave out one of the two, or set what you want of "
            "the preset yourself."
        )
    return chosen.settings
