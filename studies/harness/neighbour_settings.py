"""Settings of a sampler from outside the package; they need no TensorFlow until it is built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedebias.configuration.fields import setting
from facedebias.sampling.part import Part
from facedebias.sampling.sampler_settings import SamplerSettings

if TYPE_CHECKING:
    from facedebias.sampling.sampler import Sampler


@dataclass(frozen=True)
class NeighbourSampling(SamplerSettings):
    """Faces far from all others in the latents more often, see `NeighbourSampler`."""

    name = "neighbours"
    needs_encoder = True

    ess_share: float = setting(
        0.5, "For --sampler neighbours: effective sample size as a share of the faces.", 0.01, 0.99
    )

    def build(self, part: Part) -> "Sampler":
        """See `NeighbourSampler`."""
        from studies.harness.neighbour_sampler import NeighbourSampler

        return NeighbourSampler(part.num_rows, self.ess_share, part.seed, part.purpose)
