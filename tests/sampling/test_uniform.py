"""Draws that give every row the same chance."""

import numpy as np

from facedebias.sampling.uniform import UniformSampler
from tests.sampling.draws import step


class TestUniformSampler:
    def test_every_row_comes_once_a_pass_and_each_pass_in_another_order(self):
        sampler = UniformSampler(10, seed=3)
        drawn = np.concatenate([sampler.draw(step(number), 4) for number in range(5)])
        assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
        assert list(drawn[:10]) != list(drawn[10:])

    def test_a_batch_may_be_larger_than_the_rows(self):
        drawn = UniformSampler(3).draw(step(0), 7).numpy()
        assert sorted(drawn[:3]) == sorted(drawn[3:6]) == [0, 1, 2]

    def test_the_draw_depends_on_seed_and_purpose(self):
        draws = {
            tuple(UniformSampler(100, seed, purpose).draw(step(0), 100).numpy())
            for seed in (0, 1)
            for purpose in ("faces", "non-faces")
        }
        assert len(draws) == 4
