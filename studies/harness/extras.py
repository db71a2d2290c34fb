"""The one place where studies add samplers and models to the product, through its registries."""

from facedebias.sampling import SAMPLERS

# Name -> settings class. Models are added likewise, to `facedebias.models.MODELS`.
_SAMPLERS = {"neighbours": "studies.harness.neighbour_settings:NeighbourSampling"}


def register() -> None:
    """Adds what studies train with and the product has not, each under a name of its own."""
    for name, settings in _SAMPLERS.items():
        if name not in SAMPLERS:
            SAMPLERS.register(name, settings)
