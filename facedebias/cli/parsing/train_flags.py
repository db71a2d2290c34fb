"""Flags of training, made from the settings that a run may have."""

from typing import Any

from absl import flags

from facedebias.cli.parsing import list_flags
from facedebias.configuration.fields import Setting
from facedebias.models.augmentation import ATTRIBUTE_AUGMENTATION
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import all_settings, changed_by_preset, compose
from facedebias.training.settings.presets import PRESETS, Preset

# Flag that begins a section of --help -> its title.
SECTIONS = {
    "model": "model",
    "sampler": "sampling",
    "penalty": "penalty",
    "lookahead": "training",
    "flip": "augmentation",
}


def define() -> None:
    """Defines `--preset`, and a flag for every setting.

    None has a default of its own, so that those of the preset and of the settings hold.
    """
    flags.DEFINE_enum("preset", None, tuple(PRESETS), _presets())
    for own in all_settings():
        _define(own)


def given() -> dict[str, Any]:
    """What was set on the command line, without what a preset sets: name -> value."""
    names = [own.flag for own in all_settings()]
    return {name: flags.FLAGS[name].value for name in names if flags.FLAGS[name].present}


def read() -> TrainConfig:
    """The configuration that the flags ask for.

    Raises:
        InputError: if a name is unknown, or the preset does not fit.
    """
    return compose(given(), flags.FLAGS.preset or "")


def preset_note() -> str:
    """What the preset sets beside the flags that were given, as flags; empty without one.

    What is the default anyway is left out.
    """
    if not (preset := flags.FLAGS.preset):
        return ""
    changed = changed_by_preset(preset, given())
    words = [f"--{name}={_shown(value)}" for name, value in changed.items()]
    return f"preset {preset}: {' '.join(words) or 'the defaults'}"


def _presets() -> str:
    known = {name: PRESETS.get(name) for name in PRESETS}
    refusing = [name for name, preset in known.items() if not preset.takes_target]
    return " ".join(
        [
            "Settings to start from; a flag beside it wins.",
            *(f"{name}: {preset.about}{_cost(preset)}." for name, preset in known.items()),
            f"With --target, {' and '.join(refusing)} are refused: they are for faces against non-faces.",
        ]
    )


def _cost(preset: Preset) -> str:
    return "" if preset.cost == 1 else f" (about {preset.cost:g} times the training time of the default)"


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
