"""Estimates of rarity: those who lie apart are rare by each, and sharpening gives the same sample size."""

import numpy as np
import pytest

from studies.debiasing.inside.rarity import ESTIMATES, Known
from studies.harness.neighbour_sampler import ESS_SHARE, sharpened


@pytest.fixture(scope="module")
def known():
    """2,000 faces alike and 20 far away from them, with low logits."""
    rng = np.random.default_rng(0)
    latents, features = rng.normal(size=(2020, 12)), rng.normal(size=(2020, 30))
    # Apart in directions of their own, as rare things are, not as one group.
    latents[:20] += 4 * rng.normal(size=(20, 12))
    features[:20] += 3 * rng.normal(size=(20, 30))
    logits = rng.normal(5, 1, 2020) - 4 * (np.arange(2020) < 20)
    return Known(latents, features, features * rng.normal(size=30), logits)


@pytest.mark.parametrize("name", ESTIMATES)
def test_faces_apart_from_the_others_are_rare(name, known):
    rarity = ESTIMATES[name](known)
    assert rarity.shape == (2020,)
    chance = np.mean(rarity[:20, None] > rarity[None, 20:])  # area under the curve
    assert chance > 0.9
    probabilities = sharpened(rarity)
    assert probabilities.sum() == pytest.approx(1)
    assert 1 / np.sum(probabilities**2) == pytest.approx(ESS_SHARE * 2020, rel=1e-3)
    assert np.all(np.diff(probabilities[np.argsort(rarity)]) >= 0)
