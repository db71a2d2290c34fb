"""Samplers: rules that turn what the last batches revealed into the rows of the next ones."""

from facedebias.sampling.binning import BINNINGS
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.group import GroupDROSampler, GroupSampler
from facedebias.sampling.latent import RULES, LatentSampler
from facedebias.sampling.loss import LossSampler
from facedebias.sampling.stratified import Sampler, StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler

__all__ = [
    "BINNINGS",
    "RULES",
    "EpochLatentSampler",
    "GroupDROSampler",
    "GroupSampler",
    "LatentSampler",
    "LossSampler",
    "Sampler",
    "StratifiedSampler",
    "Stratum",
    "UniformSampler",
]
