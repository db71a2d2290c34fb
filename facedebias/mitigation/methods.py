"""Ways to make an attribute classifier treat groups alike, by name (docs/mitigation.md)."""

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from facedebias.configuration.renamed import new_name
from facedebias.errors import InputError
from facedebias.scoring.group_rule import CONSTRAINTS
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import all_settings, compose

_NOT_FREE = {"target", "groups", "seed"}
_BOOLEANS = {"true": True, "false": False}

PLAIN, RESAMPLED = "plain", "group"  # what every comparison has, to hold the others against


@dataclass(frozen=True)
class Mitigation:
    """One way to train, and to decide.

    Attributes:
        name: what tables call it.
        settings: by the names of training's flags, beside what all have in common.
        constraint: of thresholds of groups, fitted after plain training; empty for one threshold.
        tolerance: of that constraint, a fraction.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    constraint: str = ""
    tolerance: float = 0.0

    def config(self, common: Mapping[str, Any], groups: tuple[str, ...]) -> TrainConfig:
        """What it is trained with.

        Args:
            common: settings that all have, by the names of flags; `target` is among them.
            groups: attributes whose groups those that know groups are told.

        Raises:
            InputError: if the settings do not fit together.
        """
        try:
            config = compose({**common, **self.settings})
            if config.sampler.needs_groups or config.is_penalized:
                config = dataclasses.replace(config, groups=groups)
            config.validate()
        except InputError as error:
            # Its flags are those of facedebias train, which this command takes inside two of its own.
            raise InputError(f"'{self.name}', in flags of --mitigation or --common: {error}") from error
        return config


_LATENT = {"model": "dbvae", "sampler": "latent"}
_DRO_POSITIVE = {"sampler": "group_dro", "among": "positive"}
MITIGATIONS: dict[str, Mitigation] = {
    mitigation.name: mitigation
    for mitigation in (
        Mitigation(PLAIN),
        Mitigation(RESAMPLED, {"sampler": "group"}),
        Mitigation("balanced", {"sampler": "balanced"}),
        Mitigation("subsample", {"sampler": "subsample"}),
        Mitigation("group_dro", {"sampler": "group_dro"}),
        Mitigation("group_dro_positive", _DRO_POSITIVE),
        Mitigation("group_dro_adjusted", {**_DRO_POSITIVE, "group_adjustment": 5.0}),
        Mitigation("loss", {"sampler": "loss"}),
        Mitigation("latent", {**_LATENT, "rule": "max"}),
        Mitigation("expected_loss", {**_LATENT, "rule": "expected_loss"}),
        Mitigation("mmd", {"sampler": "balanced", "penalty": "mmd"}),
        Mitigation("adversary", {"sampler": "balanced", "penalty": "adversary", "penalty_weight": 0.3}),
        Mitigation("thresholds", constraint="equalized_odds"),
        Mitigation("thresholds_5", constraint="equalized_odds", tolerance=0.05),
    )
}


def parse(text: str) -> Mitigation:
    """A mitigation by its name, or one made up: "name=flags of `facedebias train`".

    E.g. "strong mmd=--penalty=mmd --penalty_weight=10", or "loose thresholds=--constraint=equalized_odds
    --tolerance=0.05" with flags of `facedebias thresholds`.

    Raises:
        InputError: if there is none of that name, or a flag is none of `facedebias train`.
    """
    name, equals, words = text.partition("=")
    if not equals:
        if name not in MITIGATIONS:
            raise InputError(
                f"--mitigation={text}: unknown; choose one of {', '.join(MITIGATIONS)}, or give flags of "
                "facedebias train as 'name=--penalty=mmd --penalty_weight=10'."
            )
        return MITIGATIONS[name]
    if name in MITIGATIONS or not name:
        raise InputError(
            f"--mitigation={text}: {name!r} is taken by one that has it already; give yours another name."
        )
    if set(name) & set("/\\,") or name in {".", ".."}:
        raise InputError(
            f"--mitigation={text}: {name!r} names a folder of runs; write it without / \\ and commas."
        )
    where = f"--mitigation={text}"
    if "--constraint" in words:
        settings = _parse(words, where, {"constraint": str, "tolerance": float}, "facedebias thresholds")
        mitigation = Mitigation(name, **settings)
        if mitigation.constraint not in CONSTRAINTS or not 0 <= mitigation.tolerance <= 1:
            raise InputError(
                f"{where}: expected one of {', '.join(CONSTRAINTS)}, and a tolerance from 0 to 1."
            )
        return mitigation
    return Mitigation(name, parse_settings(words, where))


def parse_settings(words: str, where: str) -> dict[str, Any]:
    """Settings of training from flags of `facedebias train`, as "--penalty=mmd --flip=false".

    Args:
        words: the flags.
        where: what was given, for messages.

    Raises:
        InputError: if one is no such flag, or belongs to the comparison.
    """
    free = {own.flag: own.kind for own in all_settings() if own.flag not in _NOT_FREE}
    return _parse(words, where, free, "facedebias train")


def _parse(words: str, where: str, types: Mapping[str, type], script: str) -> dict[str, Any]:
    settings = {}
    try:
        parts = shlex.split(words)
    except ValueError as error:
        raise InputError(f"{where}: {error}; close the quotes.") from None
    for word in parts:
        flag, has_value, value = word.removeprefix("--").partition("=")
        if new := new_name(flag, types):
            raise InputError(f"{where}: --{flag} is called --{new} now.")
        if flag not in types or not has_value:
            raise InputError(
                f"{where}: {word!r} is no flag of {script} with a value that may be set here, as "
                f"--{next(iter(types))}=... is."
            )
        try:
            settings[flag] = _BOOLEANS[value.lower()] if types[flag] is bool else types[flag](value)
        except (KeyError, ValueError):
            kind = "true or false" if types[flag] is bool else "a number"
            raise InputError(f"{where}: {word!r}; expected {kind}.") from None
    return settings
