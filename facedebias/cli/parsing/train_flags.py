"""Flags of training, made from the settings that a run may have."""

from typing import Any

from absl import flags

from facedebias.cli.parsing import list_flags
from facedebias.configuration.fields import Setting
from facedebias.models.augmentation import ATTRIBUTE_AUGMENTATION
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import all_settings, compose

# Flag that begins a section of --help -> its title.
SECTIONS = {
    "model": "model",
    "sampler": "sampling",
    "penalty": "penalty",
    "lookahead": "training",
    "flip": "augmentation",
}


def define() -> None:
    """Defines a flag for every setting; none has a default of its own, so that the settings' hold."""
    for own in all_settings():
        _define(own)


def given() -> dict[str, Any]:
    """What was set on the command line: name -> value."""
    names = [own.flag for own in all_settings()]
    return {name: flags.FLAGS[name].value for name in names if flags.FLAGS[name].present}


def read() -> TrainConfig:
    """The configuration that the flags ask for.

    Raises:
        InputError: if a name is unknown.
    """
    return compose(given())


def _define(own: Setting) -> None:
    text = own.help + _default(own)
    if own.choices is not None:
        flags.DEFINE_enum(own.flag, None, tuple(own.choices), text)
    elif own.kind is bool:
        flags.DEFINE_bool(own.flag, None, text)
    elif own.kind is int:
        flags.DEFINE_integer(own.flag, None, text)
    elif own.kind is float:
        flags.DEFINE_float(own.flag, None, text)
    elif own.kind is tuple:
        list_flags.DEFINE_names(own.flag, None, text)
    else:
        flags.DEFINE_string(own.flag, None, text)


def _default(own: Setting) -> str:
    """What holds if a flag is not given, in words; empty where the help says it."""
    if own.default in (None, "", ()):
        return ""
    with_target = ATTRIBUTE_AUGMENTATION.get(own.flag)
    other = "" if with_target is None else f"; {_shown(with_target)} with --target"
    return f" (default: {_shown(own.default)}{other})"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
