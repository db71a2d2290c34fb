"""Settings of the samplers that look at latents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedebias.configuration.fields import setting
from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.sampling import BINNINGS, RULES
from facedebias.sampling.part import Part
from facedebias.sampling.sampler_settings import SamplerSettings

if TYPE_CHECKING:
    from facedebias.sampling.sampler import Sampler

EXPECTED_LOSS = "expected_loss"


@dataclass(frozen=True)
class LatentSampling(SamplerSettings):
    """Faces like those that are hard more often, or rare ones, weighed anew in every step.

    See `ExpectedLossSampler` and `LatentSampler`.
    """

    name = "latent"
    needs_encoder = True

    rule: str = setting(
        EXPECTED_LOSS,
        "What makes a face's latents likely to be drawn. expected_loss: the losses of faces with such "
        "latents. max, product, mean: rarity, put together so. --sampler latent_epoch takes max by itself. "
        "MIT 6.S191 lab 2 uses max with --binning range and --alpha 0.001.",
        choices=RULES,
    )
    binning: str = setting(
        "deviations",
        "Range of a latent's histogram. deviations: its mean plus and minus four standard deviations, with "
        "--alpha added to the share of faces in a bin. range (lab 2): its smallest to its largest value, "
        "with --alpha added to their density; each latent's probabilities then sum to 1.",
        choices=BINNINGS,
    )
    alpha: float = setting(
        0.01, "Smoothing of a latent's histogram, see --binning; smaller resamples harder.", 1e-6, 1.0
    )
    bins: int = setting(10, "Bins of each latent's histogram.", 2, 255)
    temperature: float = setting(
        5.0, "For --rule mean: 0 is even, latent_dim is --rule product.", 0.0, 1000.0
    )
    latent_strength: float = setting(
        0.7, "For --rule expected_loss: weight of the loss of faces with such latents.", 0.0, 10.0
    )
    own_strength: float = setting(0.7, "For --rule expected_loss: weight of the face's own loss.", 0.0, 10.0)
    loss_decay: float = setting(
        0.995, "For --rule expected_loss: what a step keeps of earlier losses.", 0.5, 0.99999
    )

    def build(self, part: Part) -> "Sampler":
        """See `LatentSampler` and `ExpectedLossSampler`."""
        if self.rule == EXPECTED_LOSS:
            return self._by_loss(part)
        from facedebias.sampling.latent import LatentSampler

        rule = (self.rule, self.alpha, self.bins, self.temperature, part.seed, part.purpose)
        return LatentSampler(part.num_rows, part.latent_dim, *rule, binning=self.binning)

    def _by_loss(self, part: Part) -> "Sampler":
        from facedebias.sampling.expected_loss import ExpectedLossSampler

        return ExpectedLossSampler(
            part.num_rows,
            part.latent_dim,
            strength=self.latent_strength,
            own_strength=self.own_strength,
            decay=self.loss_decay,
            bins=self.bins,
            binning=self.binning,
            seed=part.seed,
            purpose=part.purpose,
        )

    def unused(self) -> dict[str, str]:
        """Settings of other rules than this one."""
        idle = {} if self.rule == "mean" else {"temperature": "--rule mean"}
        if self.rule == EXPECTED_LOSS:
            return idle | {"alpha": "--rule max, product or mean"}
        by_loss = ("latent_strength", "own_strength", "loss_decay")
        return idle | dict.fromkeys(by_loss, f"--rule {EXPECTED_LOSS}")


@dataclass(frozen=True)
class EpochLatentSampling(LatentSampling):
    """Rare latents more often, weighed anew once an epoch, see `EpochLatentSampler`."""

    name = "latent_epoch"

    rule: str = setting("max", "", choices=RULES)

    def validate(self) -> None:
        """Refuses the rule that needs the losses of batches."""
        if self.rule == EXPECTED_LOSS:
            way_out = named("sampler", "latent")
            raise InputError(f"{named('rule', self.rule)}: needs the losses of every batch; use {way_out}.")

    def build(self, part: Part) -> "Sampler":
        """See `EpochLatentSampler`."""
        from facedebias.sampling.epoch import EpochLatentSampler

        rule = (self.rule, self.alpha, self.bins, self.temperature)
        return EpochLatentSampler(part.num_rows, *rule, part.seed, part.purpose, self.binning)
