"""Arguments that say how to ask a model made elsewhere."""

from collections.abc import Mapping
from typing import Any

from facedebias.errors import InputError
from facedebias.scoring.foreign import BGR, RGB, SIGMOID, SOFTMAX, ForeignModels
from facedebias.text import visible

_NUMBERS = {"input_size": (1, 2), "input_scale": (2,), "input_mean": (1, 3), "input_std": (1, 3)}
_CHOICES = {"input_channels": (RGB, BGR), "output_columns": (SOFTMAX, SIGMOID)}
_OTHERS = ("signature", "output_name", "positive_output")


def foreign_models(asked: Mapping[str, Any]) -> ForeignModels:
    """What the arguments say.

    Args:
        asked: argument -> value: `input_size`, a side or height and width; `input_scale`, the two numbers
            that pixel values 0 and 255 become; `input_mean` and `input_std`, one number or one a channel;
            `input_channels`, "RGB" or "BGR"; `signature` and `output_name`, texts; `positive_output`, the
            column of the positive class from 0; `output_columns`, "softmax" or "sigmoid".

    Raises:
        InputError: if there is no such argument, or a value is of another kind.
    """
    known = (*_NUMBERS, *_CHOICES, *_OTHERS)
    for name in asked:
        if name not in known:
            raise InputError(
                f"{visible(name)}: no such argument; beside its own, detect takes {', '.join(known)}."
            )
    given = {name: value for name, value in asked.items() if value is not None}
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            raise InputError(f"{name}: is {visible(str(given[name]))}; expected {' or '.join(choices)}.")
    for name, counts in _NUMBERS.items():
        if name in given:
            given[name] = _numbers(name, given[name], counts)
    if "input_size" in given:
        sides = given["input_size"]
        if any(side != int(side) or side < 1 for side in sides):
            raise InputError("input_size: expected whole numbers of pixels, e.g. 64 or (64, 48).")
        given["input_size"] = int(sides[0]), int(sides[-1])
    if "input_scale" in given:
        given["input_range"] = given.pop("input_scale")
    return ForeignModels(**given)


def _numbers(name: str, value: Any, counts: tuple[int, ...]) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, value)) if isinstance(value, list | tuple) else (float(value),)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: is {visible(str(value))[:60]}; expected numbers.") from error
    if len(numbers) not in counts:
        expected = " or ".join(map(str, counts))
        raise InputError(f"{name}: has {len(numbers)} numbers; expected {expected}.")
    return numbers
