"""An example of a sampler from outside the package: faces far from all others in the latents."""

import numpy as np
from scipy import optimize
from sklearn.neighbors import NearestNeighbors

from facedebias.sampling import EpochLatentSampler

NUM_NEIGHBOURS = 10
ESS_SHARE = 0.5


class NeighbourSampler(EpochLatentSampler):
    """Draws faces by their distance to the tenth neighbour, weighed anew once an epoch.

    But for a constant, the log distance is minus the log density / dimension (D. Loftsgaarden and
    C. Quesenberry, Annals of Mathematical Statistics 1965). Args and state are those of
    `EpochLatentSampler`; its rule, bins and alpha are not used.
    """

    def recompute(self, latents: np.ndarray) -> None:
        """Weighs all faces anew.

        Args:
            latents: float32 `(num_rows, latent_dim)`, the encoder's `z_mean` of every face.
        """
        weights = sharpened(neighbour_rarities(latents))
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
