"""Settings of the penalties, which need no TensorFlow until one is built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from facedebias.configuration.fields import setting

if TYPE_CHECKING:
    from facedebias.models.penalties import Penalty

_WEIGHT = "Weight of --penalty; 0 leaves the loss alone."
# Pictures of a batch that are compared in pairs: a table of them has 67 MB, and ten are needed at once.
MOST_PAIRED = 4096


@dataclass(frozen=True)
class NoPenalty:
    """The model's loss alone.

    Attributes:
        name: in configurations and flags.
        most_pictures: largest batch; None for no limit.
    """

    name: ClassVar[str] = "none"
    most_pictures: ClassVar[int | None] = None

    def build(self, num_groups: int) -> "Penalty | None":
        """What a step pays for letting answers tell the group.

        Args:
            num_groups: groups that rows may have.

        Returns:
            None for nothing.
        """
        del num_groups
        return None


@dataclass(frozen=True)
class MMD(NoPenalty):
    """For how differently the scores of a label are spread in the groups, see `MMDPenalty`."""

    name = "mmd"
    most_pictures = MOST_PAIRED

    weight: float = setting(1.0, _WEIGHT, 0.0, 1000.0, flag="penalty_weight")

    def build(self, num_groups: int) -> "Penalty":
        """See `MMDPenalty`."""
        from facedebias.models.penalties import MMDPenalty

        return MMDPenalty(num_groups, self.weight)


@dataclass(frozen=True)
class Adversary(NoPenalty):
    """For what an adversary can tell of the group from answer and label, see `AdversaryPenalty`."""

    name = "adversary"

    weight: float = setting(1.0, _WEIGHT, 0.0, 1000.0, flag="penalty_weight")

    def build(self, num_groups: int) -> "Penalty":
        """See `AdversaryPenalty`."""
        from facedebias.models.penalties import AdversaryPenalty

        return AdversaryPenalty(num_groups, self.weight)
