"""Settings of a run that change nothing beside its other settings."""

from collections.abc import Mapping
from typing import Any

from facedebias.configuration.fields import settings_of
from facedebias.sampling import NONFACE_SAMPLERS
from facedebias.training.config import TrainConfig
from facedebias.training.settings.composition import PARTS
from facedebias.training.settings.flat_config import flatten


def notes(config: TrainConfig, given: Mapping[str, Any]) -> list[str]:
    """A line for each setting that was given and changes nothing, saying what would use it.

    Args:
        config: of the run, valid.
        given: what somebody set, by the names of flags.
    """
    used = {name for name, value in flatten(config).items() if value is not None}
    unused = {name: _users(name) for name in given if name not in used}
    idle = {name: f"{_users(name)} with {what}" for name, what in config.sampler.unused().items()}
    idle |= {name: user for name, user in unused.items() if user}
    return [
        f"--{name}={given[name]} changes nothing here; used by {user} only."
        for name, user in idle.items()
        if name in given
    ]


def _users(flag: str) -> str:
    """What has a setting, in words; empty where nothing does."""
    if flag == "nonface_sampler":
        return "a run without --target"
    users = []
    for part, registry in PARTS.items():
        names = [name for name in registry if flag in {own.flag for own in settings_of(registry.get(name))}]
        if names:
            users.append(f"--{part} {' and '.join(names)}")
        nonface = [name for name in names if part == "sampler" and name in NONFACE_SAMPLERS]
        if nonface:
            users.append(f"without --target, --nonface_sampler {' and '.join(nonface)}")
    return " and, ".join(users)
