"""Fields of settings: what a value may be, said once, and read by checks, flags and records."""

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError

Settings = TypeVar("Settings")
_KEY = "setting"


@dataclass(frozen=True)
class Setting:
    """One field of a settings class.

    Attributes:
        name: of the field.
        flag: its name among those of a whole run, in flags and records.
        kind: `bool`, `int`, `float`, `str`, or `tuple` for names.
        default: what it is if nobody sets it; None where another setting decides.
        help: one sentence for `--help`.
        low: smallest number; None for no limit.
        high: largest number.
        choices: names that a `str` may be; None for any.
    """

    name: str
    flag: str
    kind: type
    default: Any
    help: str
    low: float | None
    high: float | None
    choices: Iterable[str] | None

    def check(self, value: Any) -> None:
        """Refuses a value that is out of range.

        Raises:
            InputError: names the setting, the value and what was expected.
        """
        if self.choices is not None and value not in tuple(self.choices):
            known = ", ".join(self.choices)
            raise InputError(f"{named(self.flag, value)}: unknown; choose one of {known}.")
        # Not "value < low": NaN is out of every range.
        if self.low is not None and self.high is not None and not self.low <= value <= self.high:
            raise InputError(
                f"{named(self.flag, value)}: expected a value from {self.low:g} to {self.high:g}."
            )

    def is_of_kind(self, value: Any) -> bool:
        """Whether a value of JSON is of the kind of this setting."""
        if self.kind is tuple:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        if self.kind is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        return type(value) is self.kind


def setting(
    default: Any,
    text: str,
    low: float | None = None,
    high: float | None = None,
    choices: Iterable[str] | None = None,
    flag: str = "",
) -> Any:
    """A dataclass field that is a setting.

    Args:
        default: its value if nobody sets it.
        text: one sentence for `--help`.
        low: smallest number that it may be.
        high: largest number.
        choices: names that it may be, e.g. a `Registry`.
        flag: its name in flags and records; the field's own if empty.
    """
    known = {"help": text, "low": low, "high": high, "choices": choices, "flag": flag}
    return dataclasses.field(default=default, metadata={_KEY: known})


def settings_of(owner: Any) -> list[Setting]:
    """The settings of a dataclass or of an instance of it, in the order of its fields."""
    cls = owner if isinstance(owner, type) else type(owner)
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        if (known := field.metadata.get(_KEY)) is None:
            continue
        default = None if field.default is MISSING else field.default
        kind = str if known["choices"] is not None else _kind(hints[field.name])
        found.append(Setting(field.name, known["flag"] or field.name, kind, default, *_rest(known)))
    return found


def _rest(known: Mapping[str, Any]) -> tuple[str, float | None, float | None, Iterable[str] | None]:
    return known["help"], known["low"], known["high"], known["choices"]


def _kind(hint: Any) -> type:
    if isinstance(hint, types.UnionType):
        (hint,) = (part for part in hint.__args__ if part is not type(None))
    return typing.get_origin(hint) or hint


def check(owner: Any) -> None:
    """Refuses the first setting of an object that is out of range.

    Raises:
        InputError: names it, its value and what was expected.
    """
    for own in settings_of(owner):
        own.check(getattr(owner, own.name))


def flat(owner: Any) -> dict[str, Any]:
    """The values of an object's settings under the names of their flags."""
    return {own.flag: getattr(owner, own.name) for own in settings_of(owner)}


def from_flat(cls: type[Settings], values: Mapping[str, Any]) -> Settings:
    """An object of a settings class from values under the names of flags; others are passed over."""
    return cls(**{own.name: values[own.flag] for own in settings_of(cls) if own.flag in values})
