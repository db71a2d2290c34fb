"""A configuration put together from settings by the names of flags, on top of a preset."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from facedebias.configuration import fields
from facedebias.configuration.fields import Setting, settings_of
from facedebias.configuration.registry import Registry
from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.models import MODELS, PENALTIES
from facedebias.models.augmentation import Augmentation
from facedebias.sampling import NONFACE_SAMPLERS, SAMPLERS
from facedebias.training.settings import presets

Config = TypeVar("Config")

# What is chosen by name and has settings of its own.
PARTS: Mapping[str, Registry] = {"model": MODELS, "sampler": SAMPLERS, "penalty": PENALTIES}
# Settings of the sampler of non-faces, where they differ from those of the sampler of faces.
NONFACE = "nonface_"


def compose(cls: type[Config], values: Mapping[str, Any], preset: str = "") -> Config:
    """The configuration that flags of these names and values ask for.

    Args:
        cls: `TrainConfig`, which asks for itself.
        values: by the names of flags; what is missing is the preset's, or has its default.
        preset: a name of `presets.PRESETS`; empty for none.

    Raises:
        InputError: if there is no setting or no choice of a name, or the preset does not fit.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if preset:
        given = {**presets.settings_of(preset, given.get("target", "")), **given}
    _check(cls, given)
    own = {setting.name: given[setting.flag] for setting in settings_of(cls) if setting.flag in given}
    plain: Any = cls(**own)
    for part, registry in PARTS.items():
        own[part] = fields.from_flat(registry.get(getattr(plain, part).name), given)
    if plain.nonface_sampler is not None:
        theirs = {
            name.removeprefix(NONFACE): value for name, value in given.items() if name.startswith(NONFACE)
        }
        own["nonface_sampler"] = fields.from_flat(SAMPLERS.get(plain.nonface_sampler.name), given | theirs)
    changes = {
        setting.name: given[setting.flag] for setting in settings_of(Augmentation) if setting.flag in given
    }
    make = Augmentation.for_attributes if plain.target else Augmentation
    config = cls(**own | {"augmentation": make(**changes)})
    if preset:  # no argument of the class: there it would not bring its settings along
        object.__setattr__(config, "preset", preset)
    return config


def _check(cls: type, given: Mapping[str, Any]) -> None:
    known = {own.flag: own for own in all_settings(cls)}
    for name, value in given.items():
        if name not in known:
            raise InputError(f"{named(name)}: no such setting of training; see facedebias train --help.")
        if (choices := known[name].choices) is not None and not isinstance(value, str):
            raise InputError(
                f"{named(name)}: expected a name ({', '.join(choices)}). Give its settings beside it, by "
                "the names of their flags."
            )
        known[name].check(value)  # also what no chosen part has


def all_settings(cls: type) -> Iterator[Setting]:
    """Every setting that a run may have, each flag once, in the order of `--help` by subject.

    Args:
        cls: `TrainConfig`.
    """
    seen: set[str] = set()
    for found in _every(cls):
        if found.flag not in seen:
            seen.add(found.flag)
            yield found


def _every(cls: type) -> Iterator[Setting]:
    for own in settings_of(cls):
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
            yield Setting(own.name, NONFACE + own.flag, own.kind, None, text, own.low, own.high, own.choices)
