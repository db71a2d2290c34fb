"""What is known of a metric in every group: estimates, and how chance moves them.

Places are values of the metric on a scale: as they are, for differences between groups, or their
logarithms, for ratios.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from facedebias.auditing.statistics import significance
from facedebias.auditing.statistics.gaps import studentized

EVERY = slice(None)
_LEAST_ERROR = 1e-3  # of its spread: what moves less in draws does not move
_MANY_ROWS = 200.0  # from which on a group's own draws say more and more


@dataclass(frozen=True)
class Scale:
    """A scale of shares.

    Attributes:
        place: share -> place.
        share: place -> share.
        slope: share -> change of the share by a step of the place.
    """

    place: Callable[[np.ndarray], np.ndarray]
    share: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray | float]


PLAIN = Scale(lambda share: share, lambda place: place, lambda share: 1.0)
LOGARITHMIC = Scale(np.log, np.exp, lambda share: share)


class Estimates(Protocol):
    """A metric in every group."""

    places: np.ndarray  # (num_groups,), estimates
    limits: tuple[float, float]  # of places

    def pull(self, places: np.ndarray) -> np.ndarray:
        """Derivative of half the deviance of each group by its place, `(num_groups,)`."""
        ...

    def deviance(self, places: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """How badly some groups' data fit places, twice the log likelihood lost, as `groups`."""
        ...

    def errors(self, places: np.ndarray, groups: np.ndarray | slice = EVERY) -> np.ndarray:
        """Standard errors of some groups' estimates if these are the true places, as `places`."""
        ...

    def observed_and_drawn(self, places: np.ndarray, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """The estimates, and those that chance gives if these are the true places.

        Returns:
            `(num_groups, 1 + num_draws)`, the observed ones first.
        """
        ...

    def equal(self, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """The largest studentised difference, and those that chance gives if all groups are alike.

        Returns:
            `(1 + num_draws,)`, the observed one first.
        """
        ...


class Shares:
    """Shares of rows.

    Args:
        hits: `(num_groups,)`, rows of which something is true.
        sizes: `(num_groups,)`, rows asked, above 0; both float where rows are weighted.
        scale: of places.
    """

    def __init__(self, hits: np.ndarray, sizes: np.ndarray, scale: Scale = PLAIN):
        self._hits, self._sizes = np.asarray(hits, float), np.asarray(sizes, float)
        self._scale = scale
        # Draws are of whole rows: as many as are closest to the weights.
        self._whole = np.maximum(np.rint(self._sizes), 1).astype(int)
        self._hits_of_whole = self._hits * (self._whole / self._sizes)
        # (k + 1/2) / (n + 1): a group without a miss is not taken for one that never misses.
        self._shares = (self._hits + 0.5) / (self._sizes + 1)
        self.places = scale.place(self._shares)
        least = 0.5 / (self._sizes.max() + 1)
        low, high = scale.place(np.array([least, 1 - least]))
        self.limits = float(low), float(high)

    def pull(self, places: np.ndarray) -> np.ndarray:
        """See `Estimates.pull`."""
        rates = self._scale.share(places)
        wanted = self._sizes * (rates - self._shares) / (rates * (1 - rates))
        return wanted * self._scale.slope(rates)

    def deviance(self, places: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """See `Estimates.deviance`."""
        rates, shares, sizes = self._scale.share(places), self._shares[groups], self._sizes[groups]
        lost = shares * np.log(shares / rates) + (1 - shares) * np.log((1 - shares) / (1 - rates))
        return 2 * sizes * lost

    def errors(self, places: np.ndarray, groups: np.ndarray | slice = EVERY) -> np.ndarray:
        """See `Estimates.errors`."""
        rates = self._scale.share(places)
        return np.sqrt(rates * (1 - rates) / self._sizes[groups]) / self._scale.slope(rates)

    def observed_and_drawn(self, places: np.ndarray, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """See `Estimates.observed_and_drawn`."""
        drawn = rng.binomial(self._whole, self._scale.share(places), (num_draws, len(places)))
        return self._normal(np.vstack([self._hits_of_whole, drawn]), places)

    def equal(self, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """See `Estimates.equal`."""
        hits, sizes = np.rint(self._hits_of_whole).astype(int), self._whole
        share = np.clip(hits.sum() / sizes.sum(), 0.5 / (sizes.sum() + 1), 1 - 0.5 / (sizes.sum() + 1))
        places = np.full(len(sizes), float(self._scale.place(share)))
        permuted = significance.permute(hits, sizes, num_draws, rng)
        found = self._normal(np.vstack([hits, permuted]), places)
        return studentized.largest(found, self.errors(places), 0.0)

    def _normal(self, hits: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Estimates of hits `(n, num_groups)` whose errors are about normal, `(num_groups, n)`."""
        rates = self._scale.share(places)[:, None]
        roots = studentized.signed_root(hits.T, self._whole[:, None], rates)
        return places[:, None] + self.errors(places)[:, None] * roots


class Scores:
    """A metric of scores, whose errors were resampled.

    Resampling a group of few rows may hardly move it, or not at all, as 30 positives above all negatives
    show. It is not surer for that than its rows allow: what a row varies by in all groups together bounds
    its error from below, and less so the more rows it has.

    Args:
        values: float `(num_groups,)`, estimates.
        errors: float `(num_draws, num_groups)`, by how much they miss in resampled rows.
        sizes: float `(num_groups,)`, rows that they rest on.
        limits: smallest and largest value of the metric.
        is_logarithmic: whether places are logarithms of the values; errors are then relative ones.
    """

    def __init__(
        self,
        values: np.ndarray,
        errors: np.ndarray,
        sizes: np.ndarray,
        limits: tuple[float, float],
        is_logarithmic: bool,
    ):
        self.places, self._errors, self.limits = values, errors.T, limits
        if is_logarithmic:
            positive = np.maximum(values, 1e-9)
            self.places, self._errors = np.log(positive), errors.T / positive[:, None]
            self.limits = float(np.log(1e-9)), float(np.log(limits[1]))
        own = self._errors.std(1)
        least = _least_spread(own, np.asarray(sizes, float))
        self._spread = np.maximum(own, np.maximum(least, 1e-9))
        # One that does not move borrows how the largest moves, in another order.
        model = int(np.argmax(np.where(own > 0, sizes, -1)))
        still = own <= _LEAST_ERROR * self._spread
        self._errors = np.where(still[:, None], self._errors[model, ::-1], self._errors)
        moved = np.where(still, own[model], own)
        self._errors = self._errors * (self._spread / np.maximum(moved, 1e-9))[:, None]

    def pull(self, places: np.ndarray) -> np.ndarray:
        """See `Estimates.pull`."""
        return (places - self.places) / self._spread**2

    def deviance(self, places: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """See `Estimates.deviance`."""
        return ((places - self.places[groups]) / self._spread[groups]) ** 2

    def errors(self, places: np.ndarray, groups: np.ndarray | slice = EVERY) -> np.ndarray:
        """See `Estimates.errors`."""
        return self._spread[groups]

    def observed_and_drawn(self, places: np.ndarray, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """See `Estimates.observed_and_drawn`; there are as many draws as were resampled."""
        drawn = np.clip(places[:, None] + self._errors, *self.limits)
        return np.column_stack([self.places, drawn])

    def equal(self, num_draws: int, rng: np.random.Generator) -> np.ndarray:
        """See `Estimates.equal`; there are as many draws as were resampled."""
        weights = 1 / self._spread**2
        together = np.full(len(weights), np.sum(weights * self.places) / weights.sum())
        found = self.observed_and_drawn(together, num_draws, rng)
        return studentized.largest(found, self._spread, 0.0)


def _least_spread(spread: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Standard errors that groups of so many rows have at least, as `spread`."""
    variance_of_a_row = float(np.sum(sizes * sizes * spread**2) / sizes.sum())
    return np.sqrt(variance_of_a_row / sizes * np.minimum(1, _MANY_ROWS / sizes))
