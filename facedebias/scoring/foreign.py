"""What must be told of models that were not exported by this project."""

import math
from dataclasses import dataclass

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError

RGB, BGR = "RGB", "BGR"
SOFTMAX, SIGMOID = "softmax", "sigmoid"
_UNIT_RANGE = (0.0, 1.0)


@dataclass(frozen=True)
class ForeignModels:
    """How to ask models that were not exported by this project.

    A pixel value v of 0 to 255 becomes x = low + v (high - low) / 255 by `input_range`, and then
    (x - mean_c) / std_c of its channel c.

    Attributes:
        input_size: height and width of the pictures they take; None takes those that the
            signature names.
        input_range: numbers that the pixel values 0 and 255 become; None leaves them.
        output_name: output of the signature that is the answer; None if there is one only.
        input_mean: subtracted from each channel, one number for all or one for each, in the order
            of `input_channels`; empty for nothing.
        input_std: what each channel is divided by then, likewise.
        input_channels: `RGB` or `BGR`, the order of the colours.
        positive_output: column of the output that is the positive class, from 0; None if there is
            one number for each picture.
        output_columns: `SOFTMAX` if one of the columns is true of a picture, `SIGMOID` if each is true or
            not by itself; None decides by their values.
        signature: that answers; None takes the default, or the only one.
    """

    input_size: tuple[int, int] | None = None
    input_range: tuple[float, float] | None = None
    output_name: str | None = None
    input_mean: tuple[float, ...] = ()
    input_std: tuple[float, ...] = ()
    input_channels: str = RGB
    positive_output: int | None = None
    output_columns: str | None = None
    signature: str | None = None

    @property
    def scale(self) -> tuple[float, float] | None:
        """`input_range`, which is 0 to 1 where only a mean or a standard deviation is given."""
        if self.input_range is None and (self.input_mean or self.input_std):
            return _UNIT_RANGE
        return self.input_range

    def validate(self) -> None:
        """Checks what the fields say together.

        Raises:
            InputError: names the flag that does not fit.
        """
        if self.positive_output is not None and self.positive_output < 0:
            raise InputError(
                f"{setting('positive_output', self.positive_output)}: expected a column, counted from "
                "0, e.g. 1."
            )
        if self.scale is None:
            return
        low, high = self.scale
        scale = setting("input_scale", (low, high))
        for value in self.input_mean:
            given = setting("input_mean", self.input_mean)
            if not low <= value <= high:
                other = setting("input_scale", (0, 255) if high <= 1 < value else (0, 1))
                raise InputError(
                    f"{given}: {value:g} is no value of a pixel after {scale}; the mean is in units of "
                    f"the scaled values. Give {other} if it is meant for these."
                )
        if self.input_mean and high > 2 and 0 < max(self.input_mean) <= 1:
            raise InputError(
                f"{setting('input_mean', self.input_mean)}: is meant for values from 0 to 1, but {scale} "
                f"makes them up to {high:g}. Leave {setting('input_scale')} out."
            )
        if any(value > high - low for value in self.input_std):
            raise InputError(
                f"{setting('input_std', self.input_std)}: is more than values after {scale} can vary; it is "
                f"in units of the scaled values. Give {setting('input_scale', (0, 255))} if it is meant for "
                "these."
            )


def parse_size(text: str) -> tuple[int, int]:
    """Height and width from "224" or "224x192".

    Raises:
        InputError: if it is something else.
    """
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise InputError(f"--input_size={text}: expected a side as 224, or height and width as 224x192.")
    return int(sides[0]), int(sides[-1])


def parse_range(text: str) -> tuple[float, float]:
    """What pixel values 0 and 255 become, from "LOW,HIGH" or one factor for all values.

    Raises:
        InputError: if it is something else.
    """
    problem = f"--input_scale={text}: expected LOW,HIGH, e.g. 0,1 or -1,1, or one factor, e.g. 1/255"
    try:
        numbers = [_number(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{problem}.") from None
    if len(numbers) == 2 and -math.inf < numbers[0] < numbers[1] < math.inf:
        return numbers[0], numbers[1]
    if len(numbers) == 1 and 0 < numbers[0] <= 1:
        return 0.0, 255.0 * numbers[0]
    if len(numbers) == 3:
        raise InputError(
            f"{problem}. Three numbers are a mean or a standard deviation of each channel: give them as "
            "--input_mean and --input_std."
        )
    raise InputError(f"{problem}. A factor is multiplied with pixel values of 0 to 255.")


def parse_channels(flag: str, text: str) -> tuple[float, ...]:
    """One number for all channels or one for each, from "0.5" or "0.485,0.456,0.406".

    Args:
        flag: `--input_mean` or `--input_std`.
        text: its value; brackets around it and spaces are fine.

    Raises:
        InputError: if it is something else; a standard deviation must be above 0.
    """
    example = "0.485,0.456,0.406" if flag == "--input_mean" else "0.229,0.224,0.225"
    problem = f"{flag}={text}: expected a number for each channel, e.g. {example}, or one for all"
    try:
        numbers = tuple(_number(part) for part in text.strip(" []()").split(","))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{problem}.") from None
    if len(numbers) not in {1, 3} or not all(map(math.isfinite, numbers)):
        raise InputError(f"{problem}.")
    if flag == "--input_std" and min(numbers) <= 0:
        raise InputError(f"{problem}; each is above 0, as values are divided by it.")
    return numbers


def _number(text: str) -> float:
    above, slash, below = text.partition("/")
    return float(above) / float(below) if slash else float(above)
