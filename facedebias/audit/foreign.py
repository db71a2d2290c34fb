"""What must be told of models that were not exported by this project."""

import math
from dataclasses import dataclass

from facedebias.errors import InputError


@dataclass(frozen=True)
class ForeignModels:
    """How to ask models that were not exported by this project.

    Attributes:
        input_size: height and width of the pictures they take; None takes those that the
            signature names.
        input_range: numbers that the pixel values 0 and 255 become; None leaves them.
        output_name: output of the signature that is the answer; None if there is one only.
    """

    input_size: tuple[int, int] | None = None
    input_range: tuple[float, float] | None = None
    output_name: str | None = None


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
    raise InputError(f"{problem}. A factor is multiplied with pixel values of 0 to 255.")


def _number(text: str) -> float:
    above, slash, below = text.partition("/")
    return float(above) / float(below) if slash else float(above)
