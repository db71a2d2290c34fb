"""A configuration as one flat list of settings, as flags and records have it."""

from collections.abc import Iterator, Mapping
from typing import Any

from facedebias.configuration import fields
from facedebias.configuration.fields import Setting, settings_of
from facedebias.configuration.registry import Registry
from facedebias.errors import InputError
from facedebias.models import MODELS, PENALTIES
from facedebias.models.augmentation import Augmentation
from facedebias.sampling import NONFACE_SAMPLERS, SAMPLERS
from facedebias.training.config import TrainConfig

# What is chosen by name and has settings of its own.
PARTS: Mapping[str, Registry] = {"model": MODELS, "sampler": SAMPLERS, "penalty": PENALTIES}
# Settings of the sampler of non-faces, where they differ from those of the sampler of faces.
_NONFACE = "nonface_"


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
    named = {_NONFACE + flag: value for flag, value in own.items() if flag not in shared}
    return {"nonface_sampler": config.nonface_sampler.name} | shared | named


def compose(values: Mapping[str, Any]) -> TrainConfig:
    """The configuration that flags of these names and values ask for.

    Settings that the chosen parts do not have change nothing, see `unused_settings`.

    Args:
        values: by the names of flags; what is missing has its default.

    Raises:
        InputError: if there is no setting or no choice of a name.
    """
    known = {own.flag: own for own in all_settings()}
    given = {name: value for name, value in values.items() if value is not None}
    for name, value in given.items():
        if name not in known:
            raise InputError(f"--{name}: no such setting of training; see facedebias train --help.")
        known[name].check(value)  # also what no chosen part has
    own = {setting.name: given[setting.flag] for setting in settings_of(TrainConfig) if setting.flag in given}
    plain = TrainConfig(**own)
    for part, registry in PARTS.items():
        own[part] = fields.from_flat(registry.get(getattr(plain, part).name), given)
    if plain.nonface_sampler is not None:
        theirs = {
            name.removeprefix(_NONFACE): value for name, value in given.items() if name.startswith(_NONFACE)
        }
        own["nonface_sampler"] = fields.from_flat(SAMPLERS.get(plain.nonface_sampler.name), given | theirs)
    changes = {
        setting.name: given[setting.flag] for setting in settings_of(Augmentation) if setting.flag in given
    }
    make = Augmentation.for_attributes if plain.target else Augmentation
    return TrainConfig(**own | {"augmentation": make(**changes)})


def all_settings() -> Iterator[Setting]:
    """Every setting that a run may have, each flag once, in the order of `--help` by subject."""
    seen: set[str] = set()
    for found in _every():
        if found.flag not in seen:
            seen.add(found.flag)
            yield found


def _every() -> Iterator[Setting]:
    for own in settings_of(TrainConfig):
        yield own
        if own.name in PARTS:
            for name in PARTS[own.name]:
                yield from settings_of(PARTS[own.name].get(name))
        if own.name == "nonface_sampler":
            yield from _nonface_settings()
    yield from settings_of(Augmentation)


def _nonface_settings() -> Iterator[Setting]:
    for name in NONFACE_SAMPLERS:
        for own in settings_of(SAMPLERS.get(name)):
            text = f"The same for --nonface_sampler. Default: that of --{own.flag}."
            yield Setting(own.name, _NONFACE + own.flag, own.kind, None, text, own.low, own.high, own.choices)
