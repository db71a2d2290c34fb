"""Conditions of the gate, as the command line gives them."""

from dataclasses import dataclass

from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import ALIASES, METRICS
from facedebias.errors import InputError

MAX_GAP, MIN_WORST = "--max_gap", "--min_worst"


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        flag: "--max_gap" or "--min_worst".
        figure: a disparity's name for the first, a metric's for the second.
        limit: the most, or the least, that it may be.
    """

    flag: str
    figure: str
    limit: float

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.flag} {self.figure}={self.limit:g}"


def parse(flag: str, text: str) -> Condition:
    """A condition from "figure=limit".

    Raises:
        InputError: if it is something else; lists the figures there are.
    """
    name, equals, number = text.partition("=")
    known = _gaps() if flag == MAX_GAP else _worsts()
    name = ALIASES.get(name, name) if flag == MIN_WORST else name
    if not equals or name not in known:
        listed = ", ".join(dict.fromkeys(figure.removesuffix("_difference") for figure in known))
        raise InputError(f"{flag}={text}: expected FIGURE=LIMIT with one of {listed}.")
    try:
        limit = float(number)
    except ValueError as error:
        raise InputError(f"{flag}={text}: {number!r} is no number; expected e.g. {name}=0.05.") from error
    if not 0 <= limit <= 1:
        raise InputError(f"{flag}={text}: expected a limit from 0 to 1, e.g. {name}=0.05 for five points.")
    return Condition(flag, known[name], limit)


def parse_gap(text: str) -> tuple[str, Condition | None]:
    """A difference between groups from "name", or with a limit from "name=limit".

    Returns:
        Its name in results.json, and the condition if there is a limit.

    Raises:
        InputError: if it is something else; lists the differences there are.
    """
    if "=" in text:
        condition = parse(MAX_GAP, text)
        return condition.figure, condition
    known = _gaps()
    if text not in known:
        listed = ", ".join(dict.fromkeys(name.removesuffix("_difference") for name in known))
        raise InputError(f"{MAX_GAP}={text}: expected NAME or NAME=LIMIT with one of {listed}.")
    return known[text], None


def _gaps() -> dict[str, str]:
    """Names that --max_gap takes, with and without their ending."""
    differences = [name for name in DISPARITIES if name.endswith("_difference")]
    return {name.removesuffix("_difference"): name for name in differences} | {n: n for n in differences}


def _worsts() -> dict[str, str]:
    return {name: name for name, metric in METRICS.items() if metric.higher_is_better is not None}
