"""How rare each of many faces is, by several estimates of density in what an encoder knows of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from facedebias.sampling.epoch import histogram_rarities
from studies.harness.neighbour_sampler import neighbour_rarities

_COMPONENTS = 16
_BINS, _ALPHA = 10, 0.01  # of train.py


@dataclass(frozen=True)
class Known:
    """What an encoder makes of faces, float32.

    Attributes:
        latents: their means, `(num_faces, latent_dim)`.
        features: of the last hidden layer, `(num_faces, 512)`.
        parts: what each feature adds to the logit, `(num_faces, 512)`.
        logits: `(num_faces,)`.
    """

    latents: np.ndarray
    features: np.ndarray
    parts: np.ndarray
    logits: np.ndarray


def _histograms(latents: np.ndarray) -> np.ndarray:
    return histogram_rarities(latents, _BINS, _ALPHA)


def _widest(latents: np.ndarray) -> np.ndarray:
    return latents[:, np.argsort(-latents.std(axis=0))[:10]]


def _components(values: np.ndarray, number: int) -> np.ndarray:
    number = min(number, *values.shape)
    standardized = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    return PCA(number, random_state=0).fit_transform(standardized)


def _mixture(values: np.ndarray) -> np.ndarray:
    """Minus log density of a mixture of Gaussians with diagonal covariances."""
    found = GaussianMixture(_COMPONENTS, covariance_type="diag", random_state=0, max_iter=300)
    return -found.fit(values).score_samples(values)


# Rarity of every face, float `(num_faces,)`, in a unit of its own.
ESTIMATES: Mapping[str, Callable[[Known], np.ndarray]] = {
    "histograms, max": lambda known: _histograms(known.latents).max(axis=1),
    "histograms, product (the paper)": lambda known: _histograms(known.latents).sum(axis=1),
    "histograms of the 10 widest latents": lambda known: _histograms(_widest(known.latents)).sum(axis=1),
    "nearest neighbours, latents": lambda known: neighbour_rarities(known.latents),
    "Gaussian mixture, latents": lambda known: _mixture(_components(known.latents, 20)),
    "nearest neighbours, last hidden layer": lambda known: neighbour_rarities(
        _components(known.features, 20)
    ),
    "Gaussian mixture, last hidden layer": lambda known: _mixture(_components(known.features, 20)),
    "nearest neighbours, parts of the logit": lambda known: neighbour_rarities(_components(known.parts, 10)),
    "minus logit (the loss)": lambda known: -known.logits,
}
