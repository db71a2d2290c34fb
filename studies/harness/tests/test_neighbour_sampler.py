"""A sampler from outside the package."""

import numpy as np
import pytest

from studies.harness.neighbour_sampler import NeighbourSampler, neighbour_rarities


def test_rarity_is_the_distance_to_the_tenth_neighbour():
    # On a line at 0, 1, ..., 20: the tenth neighbour of the middle is 5 away, of an end 10.
    rarity = neighbour_rarities(np.arange(21.0)[:, None])
    assert np.exp(rarity[[0, 10, 20]]) == pytest.approx([10, 5, 10])


def test_faces_apart_are_drawn_more_often_and_half_of_all_count():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(400, 4)).astype(np.float32)
    latents[:20] += 5 * rng.normal(size=(20, 4))
    sampler = NeighbourSampler(400)
    assert float(sampler.effective_sample_size()) == pytest.approx(400)
    sampler.recompute(latents)
    assert float(sampler.effective_sample_size()) == pytest.approx(200, rel=1e-2)
    probabilities = sampler.probabilities()
    assert probabilities[:20].mean() > 3 * probabilities[20:].mean()
