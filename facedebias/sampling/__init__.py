"""Samplers: rules that turn what the last batches revealed into the rows of the next ones."""

from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.group import GroupSampler
from facedebias.sampling.latent import RULES, LatentSampler
from facedebias.sampling.loss import LossSampler
from facedebias.sampling.stratified import Sampler, StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler

SAMPLERS = {
    "uniform": UniformSampler,
    "latent": LatentSampler,
    "latent_epoch": EpochLatentSampler,
    "loss": LossSampler,
    "group": GroupSampler,
}

__all__ = [
    "RULES",
    "SAMPLERS",
    "EpochLatentSampler",
    "GroupSampler",
    "LatentSampler",
    "LossSampler",
    "Sampler",
    "StratifiedSampler",
    "Stratum",
    "UniformSampler",
]
