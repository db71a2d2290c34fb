"""An example of a sampler from outside the package: faces far from all others in the latents."""

from collections.abc import Callable

import numpy as np
from scipy import optimize
from sklearn.neighbors import NearestNeighbors

from facedebias.sampling.epoch import EpochLatentSampler

NUM_NEIGHBOURS = 10
ESS_SHARE = 0.5


class NeighbourSampler(EpochLatentSampler):
    """Draws faces by their distance to the tenth neighbour, weighed anew once an epoch.

    But for a constant, the log distance is minus the log density / dimension (D. Loftsgaarden and
    C. Quesenberry, Annals of Mathematical Statistics 1965). The state is that of `EpochLatentSampler`.

    Args:
        num_rows: faces to draw from.
        ess_share: effective sample size as a share of the faces, 0 to 1.
        seed: of the run.
        purpose: tells the random numbers of two samplers of one run apart.
    """

    def __init__(self, num_rows: int, ess_share: float = 0.5, seed: int = 0, purpose: str = "neighbours"):
        super().__init__(num_rows, seed=seed, purpose=purpose)
        self._ess_share = ess_share

    def on_epoch_start(self, encode: Callable[[], np.ndarray]) -> None:
        """Weighs all faces anew; see `Sampler`."""
        weights = sharpened(neighbour_rarities(encode()), self._ess_share)
        self.log_weights.assign(np.log(weights).astype(np.float32))
        self.is_weighed.assign(True)


def neighbour_rarities(values: np.ndarray) -> np.ndarray:
    """Log distance of each row to its tenth neighbour: float `(num_faces, dim)` to float `(num_faces,)`."""
    count = min(NUM_NEIGHBOURS + 1, len(values))
    distances, _ = NearestNeighbors(n_neighbors=count).fit(values).kneighbors(values)
    return np.log(np.maximum(distances[:, -1], 1e-9))


def sharpened(rarity: np.ndarray, share: float = ESS_SHARE) -> np.ndarray:
    """Probabilities proportional to exp(t rarity), with the t that gives this effective sample size.

    Args:
        rarity: float `(num_faces,)`, in any unit.
        share: effective sample size as a share of the faces, 0 to 1.

    Returns:
        float64 `(num_faces,)`, with sum 1.
    """
    scaled = (rarity - rarity.mean()) / max(float(rarity.std()), 1e-12)

    def probabilities(temperature: float) -> np.ndarray:
        weights = np.exp(temperature * (scaled - scaled.max()))
        return weights / weights.sum()

    def excess(temperature: float) -> float:
        return float(1 / np.sum(probabilities(temperature) ** 2) / len(rarity) - share)

    return probabilities(optimize.brentq(excess, 1e-6, 50.0))
