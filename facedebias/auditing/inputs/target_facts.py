"""What positives and negatives are where an attribute was audited, in figures and in words."""

from dataclasses import dataclass

from facedebias.data.targets import Target

_MOST_LISTED = 3


@dataclass(frozen=True)
class TargetFacts:
    """What positives and negatives are, and which rows are neither.

    Attributes:
        target: the attribute, and the value that is positive.
        others: its other values, which are negative.
        num_unknown: faces of which the attribute is unknown.
        num_nonfaces: pictures without a face.
    """

    target: Target
    others: tuple[str, ...]
    num_unknown: int = 0
    num_nonfaces: int = 0

    @property
    def negatives(self) -> str:
        """The other values in a few words, e.g. "gender=Male"."""
        if not 0 < len(self.others) <= _MOST_LISTED:
            return f"another known {self.target.name}"
        return f"{self.target.name}={' or '.join(self.others)}"

    def summary(self) -> str:
        """What positives and negatives are."""
        return f"positives are faces with {self.target}, negatives faces with {self.negatives}"

    def sentences(self) -> list[str]:
        """What a reader must know."""
        parts = []
        if self.num_unknown:
            parts.append(f"{self.num_unknown:,} faces of unknown {self.target.name}")
        if self.num_nonfaces:
            parts.append(f"{self.num_nonfaces:,} pictures without a face")
        left_out = f"; left out: {' and '.join(parts)}" if parts else ""
        return [f"{self.summary()}{left_out}."]
