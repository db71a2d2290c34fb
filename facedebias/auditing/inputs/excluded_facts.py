"""What `--exclude` left out of an audit: a plain record."""

from collections.abc import Mapping
from dataclasses import dataclass

from facedebias.text import counted


@dataclass(frozen=True)
class ExcludedFacts:
    """Rows that a file named, and that the audit leaves out.

    Attributes:
        file: the file that names them.
        sha256: of the file.
        num_positives: positives left out.
        num_negatives: negatives left out.
        groups: group -> rows left out of it and rows that it had; groups that lost none are not there.
    """

    file: str
    sha256: str
    num_positives: int
    num_negatives: int
    groups: Mapping[str, tuple[int, int]]

    def summary(self) -> str:
        """How many rows, and which file names them."""
        return f"{self._counts()} named by {self.file}"

    def sentences(self) -> list[str]:
        """What a reader must know."""
        listed = ", ".join(f"{name} {lost:,} of {size:,}" for name, (lost, size) in self.groups.items())
        of_groups = f"; of groups: {listed}" if listed else ""
        return [
            f"left out as --exclude={self.file} says: {self._counts()}{of_groups}. All figures are of the "
            "other rows."
        ]

    def _counts(self) -> str:
        return f"{counted(self.num_positives, 'positive')} and {counted(self.num_negatives, 'negative')}"
