"""How rows that are whole pictures were searched, in figures and in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WindowFacts:
    """How rows that are whole pictures were searched.

    Attributes:
        sizes: sides of the windows, as shares of a picture's shorter side.
        stride: the largest step between windows, as a share of their side.
        positives: least, median and largest number of windows of a positive.
        negatives: the same of a negative; None without any.
        enlarged: how many times the negatives were enlarged, at the median; 1 or less is not.
        exhaustive: whether all models were asked about every window.
    """

    sizes: tuple[float, ...]
    stride: float
    positives: tuple[int, int, int]
    negatives: tuple[int, int, int] | None = None
    enlarged: float | None = None
    exhaustive: bool = True

    def summary(self) -> str:
        """The search in a few words."""
        low, median, high = self.positives
        sizes = ", ".join(f"{size:g}" for size in self.sizes)
        return (
            f"whole portraits, by windows of {sizes} of the shorter side in steps of at most {self.stride:g} "
            f"of a window: {low:,} to {high:,} a portrait, median {median:,}"
        )

    def sentences(self) -> list[str]:
        """What a reader must know."""
        found = [
            "rows are whole pictures, each with the score of its highest window: a portrait counts as found "
            "if any window fires, wherever it lies, on the face or not."
        ]
        if not self.exhaustive:
            found.append(
                "a scan of the whole picture chose the windows that a model was asked about, so that its "
                "highest window may be missed by a little; --exhaustive asks about all."
            )
        if self.negatives is not None and self.enlarged is not None:
            low, median, high = self.negatives
            found.append(
                "non-faces were scaled and cropped to the sizes of the portraits, so that chance has as many "
                f"windows: {low:,} to {high:,} a picture, median {median:,}."
            )
            if self.enlarged > 1:
                found.append(
                    f"non-faces are smaller than the portraits and were enlarged, {self.enlarged:.1f} times "
                    "at the median: they are softer than real backgrounds, so thresholds may be too low. "
                    "Larger pictures would be a fairer test."
                )
        return found
