"""What a user says about the columns of files with predictions."""

from dataclasses import dataclass

from facedebias.auditing.inputs.predictions.bins import Bins
from facedebias.errors import InputError

SCORE_COLUMN, LABEL_COLUMN = "score", "label"


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Attributes:
        score: of the models' answers.
        label: of the truth.
        weight: how much each row counts; empty for all the same.
        key: names a row in every file; empty finds one.
        positive: value of `label` that is positive, all others negative; empty takes what is plain.
        bins: columns of numbers that are groups by ranges.
    """

    score: str = SCORE_COLUMN
    label: str = LABEL_COLUMN
    weight: str = ""
    key: str = ""
    positive: str = ""
    bins: tuple[Bins, ...] = ()

    @property
    def roles(self) -> dict[str, str]:
        """Flag -> column that is none of groups."""
        named = {"--score": self.score, "--label": self.label, "--weight": self.weight}
        return {flag: name for flag, name in named.items() if name}

    def validate(self) -> None:
        """Checks that no column is two things.

        Raises:
            InputError: names the flags.
        """
        seen: dict[str, str] = {}
        for flag, name in (self.roles | ({"--key": self.key} if self.key else {})).items():
            if name in seen:
                raise InputError(f"{seen[name]} and {flag}: both name column {name}; expected two columns.")
            seen[name] = flag
        names = [bins.name for bins in self.bins]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"--bins={name}: given twice; give all its edges at once.")
            if name in seen:
                raise InputError(
                    f"--bins={name}: {seen[name]} names it already; expected a column of groups."
                )
