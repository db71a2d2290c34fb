"""Samplers: rules that turn what the last batches revealed into the rows of the next ones.

A sampler is added by one file, with its settings and its class (see `SamplerSettings` and
`Sampler`), and one line below.
"""

from collections.abc import Iterator

from facedebias.configuration.registry import Registry

SAMPLERS = Registry(
    "sampler",
    {
        "uniform": "facedebias.sampling.sampler_settings:UniformSampling",
        "latent": "facedebias.sampling.latent_settings:LatentSampling",
        "latent_epoch": "facedebias.sampling.latent_settings:EpochLatentSampling",
        "loss": "facedebias.sampling.sampler_settings:LossSampling",
        "group": "facedebias.sampling.sampler_settings:GroupSampling",
        "balanced": "facedebias.sampling.sampler_settings:BalancedSampling",
        "subsample": "facedebias.sampling.sampler_settings:Subsampling",
        "group_dro": "facedebias.sampling.sampler_settings:GroupDROSampling",
    },
)


class _NonfaceSamplers:
    """Names of the samplers that non-faces, which have no latents and no groups, can be drawn by."""

    def __iter__(self) -> Iterator[str]:
        classes = {name: SAMPLERS.get(name) for name in SAMPLERS}
        return (name for name, cls in classes.items() if not cls.needs_encoder and not cls.needs_groups)


NONFACE_SAMPLERS = _NonfaceSamplers()
RULES = Registry(
    "rule",
    {
        "max": "facedebias.sampling.latent:maximum",
        "product": "facedebias.sampling.latent:product",
        "mean": "facedebias.sampling.latent:mean",
        "expected_loss": "facedebias.sampling.expected_loss:no_rarity",
    },
)
"""How a face's latents become one weight: a function of their rarities, but for `expected_loss`."""
BINNINGS = Registry(
    "binning",
    {
        "deviations": "facedebias.sampling.tables.binning:DeviationBinning",
        "range": "facedebias.sampling.tables.binning:RangeBinning",
    },
)
"""How latents fall into the bins of their histograms, and how rare a bin is."""
