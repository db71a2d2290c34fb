"""A configuration as one flat list of settings, as flags and records have it."""

from collections.abc import Iterator, Mapping
from typing import Any

from facedebias.configuration import fields
from facedebias.configuration.fields import Setting, settings_of
from facedebias.training.config import TrainConfig
from facedebias.training.settings import composition, presets
from facedebias.training.settings.composition import NONFACE, PARTS


def flatten(config: TrainConfig) -> dict[str, Any]:
    """The settings of a run and of its parts by the names of flags, as JSON has them."""
    values = {own.flag: getattr(config, own.name) for own in settings_of(config)}
    values["groups"] = list(config.groups)
    for part in PARTS:
        values |= {part: getattr(config, part).name} | fields.flat(getattr(config, part))
    values |= {"nonface_sampler": None} if config.nonface_sampler is None else _nonface(config, values)
    return values | fields.flat(config.augmentation)


def _nonface(config: TrainConfig, values: Mapping[str, Any]) -> dict[str, Any]:
    own = fields.flat(config.nonface_sampler)
    shared = {flag: value for flag, value in own.items() if values.get(flag, value) == value}
    named = {NONFACE + flag: value for flag, value in own.items() if flag not in shared}
    return {"nonface_sampler": config.nonface_sampler.name} | shared | named


def compose(values: Mapping[str, Any], preset: str = "") -> TrainConfig:
    """The configuration that flags of these names and values ask for.

    Settings that the chosen parts do not have change nothing, see `unused_settings`.

    Args:
        values: by the names of flags; what is missing is the preset's, or has its default.
        preset: a name of `presets.PRESETS`; empty for none.

    Raises:
        InputError: if there is no setting or no choice of a name, or the preset does not fit.
    """
    return composition.compose(TrainConfig, values, preset)


def all_settings() -> Iterator[Setting]:
    """Every setting that a run may have, each flag once, in the order of `--help` by subject."""
    return composition.all_settings(TrainConfig)


def changed_by_preset(preset: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a preset without which the run would be another, by the names of flags.

    Args:
        preset: a name of `presets.PRESETS`.
        given: what was set beside it, by the names of flags; it wins.

    Raises:
        InputError: as `compose` does.
    """
    wanted = compose(given, preset)
    own = presets.PRESETS.get(preset).settings
    return {
        flag: value
        for flag, value in own.items()
        if flag not in given
        and compose({name: other for name, other in {**own, **given}.items() if name != flag}) != wanted
    }
