"""Rows of a made-up model, as a caller would have them."""

import numpy as np
import pandas as pd


def make(seed=0, size=600):
    """Labels, scores, and a frame of two columns of groups."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size)
    scores = np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.25), 0, 1), 4)
    people = pd.DataFrame(
        {"race": rng.choice(["a, b", "a/b", "<script>"], size), "sex": rng.choice(["F", "M"], size)}
    )
    return labels, scores, people
