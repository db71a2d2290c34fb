"""Settings of the samplers, which need no TensorFlow until one is built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from facedebias.configuration.fields import setting
from facedebias.sampling.part import Part

if TYPE_CHECKING:
    from facedebias.sampling.sampler import Sampler


@dataclass(frozen=True)
class SamplerSettings:
    """What a configuration says of a sampler; a subclass gives `name` and `build`.

    Attributes:
        name: in configurations and flags.
        needs_encoder: whether it draws by latents, so that the model must have some.
        needs_groups: whether it must know the group of each row.
        draws_across_classes: whether it decides how often each class is drawn, too.
        takes_among: whether it may be told to make groups alike among one class only.
    """

    name: ClassVar[str] = ""
    needs_encoder: ClassVar[bool] = False
    needs_groups: ClassVar[bool] = False
    draws_across_classes: ClassVar[bool] = False
    takes_among: ClassVar[bool] = False

    def rows(self, part: Part) -> np.ndarray | None:
        """Which rows of a part are drawn at all: int `(n,)`, ascending; None for all."""
        del part
        return None

    def build(self, part: Part) -> "Sampler":
        """The sampler of a part's rows."""
        raise TypeError(f"{type(self).__name__} does not define build")

    def validate(self) -> None:
        """Refuses settings that do not fit together.

        Raises:
            InputError: says which.
        """

    def unused(self) -> dict[str, str]:
        """Own settings that change nothing beside the others: flag -> what would use it."""
        return {}


@dataclass(frozen=True)
class UniformSampling(SamplerSettings):
    """Every row once a pass, see `UniformSampler`."""

    name = "uniform"

    def build(self, part: Part) -> "Sampler":
        """See `UniformSampler`."""
        from facedebias.sampling.uniform import UniformSampler

        return UniformSampler(part.num_rows, part.seed, part.purpose)


@dataclass(frozen=True)
class LossSampling(SamplerSettings):
    """Hard rows more often, see `LossSampler`."""

    name = "loss"
    draws_across_classes = True

    strength: float = setting(
        0.7, "For --sampler loss: 0 draws evenly, larger values draw hard pictures more often.", 0.0, 10.0
    )

    def build(self, part: Part) -> "Sampler":
        """See `LossSampler`."""
        from facedebias.sampling.loss import LossSampler

        return LossSampler(part.num_rows, self.strength, part.seed, part.purpose)


@dataclass(frozen=True)
class GroupSampling(SamplerSettings):
    """Each group as often as any other; of an attribute, in each class as often as in both.

    The latter makes the attribute independent of the group, and leaves both as common as they
    are: the weights P(g) P(y) / P(g, y) of Kamiran and Calders 2012, as probabilities.
    """

    name = "group"
    needs_groups = True

    def build(self, part: Part) -> "Sampler":
        """See `GroupSampler`."""
        from facedebias.sampling.group import GroupSampler

        return GroupSampler(part.groups, part.seed, part.purpose, part.group_sizes)


@dataclass(frozen=True)
class BalancedSampling(SamplerSettings):
    """Each group and label as often as any other, see `GroupSampler`."""

    name = "balanced"
    needs_groups = True
    draws_across_classes = True
    takes_among = True

    def build(self, part: Part) -> "Sampler":
        """See `GroupSampler`."""
        from facedebias.sampling.group import GroupSampler

        return GroupSampler(part.cells, part.seed, part.purpose)


@dataclass(frozen=True)
class Subsampling(UniformSampling):
    """As many rows of each group and label as the smallest has; the others never come."""

    name = "subsample"
    needs_groups = True
    draws_across_classes = True

    def rows(self, part: Part) -> np.ndarray:
        """Which rows stay if each cell loses all beyond the size of the smallest."""
        order = np.random.default_rng(part.seed).permutation(part.num_rows)
        values, sizes = np.unique(part.cells, return_counts=True)
        kept = [order[part.cells[order] == cell][: sizes.min()] for cell in values]
        return np.sort(np.concatenate(kept))


@dataclass(frozen=True)
class GroupDROSampling(SamplerSettings):
    """Groups with a high loss more often, see `GroupDROSampler`."""

    name = "group_dro"
    needs_groups = True
    draws_across_classes = True
    takes_among = True

    step_size: float = setting(
        0.01,
        "For --sampler group_dro: how fast draws follow the groups' losses.",
        0.0,
        10.0,
        flag="group_step",
    )
    adjustment: float = setting(
        0.0,
        "For --sampler group_dro: generalization adjustment C / sqrt(n_g) added to each group's loss (Sagawa "
        "et al. 2020, section 3.3).",
        0.0,
        1000.0,
        flag="group_adjustment",
    )

    def build(self, part: Part) -> "Sampler":
        """See `GroupDROSampler`."""
        from facedebias.sampling.group import GroupDROSampler

        return GroupDROSampler(part.cells, self.step_size, self.adjustment, part.seed, part.purpose)
