"""Samplers: rules that turn what the last batches revealed into the rows of the next ones."""

from facedebias.sampling.latent import RULES, LatentSampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler

SAMPLERS = {"uniform": UniformSampler, "latent": LatentSampler}

__all__ = ["RULES", "SAMPLERS", "LatentSampler", "StratifiedSampler", "Stratum", "UniformSampler"]
