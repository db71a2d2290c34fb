"""Thresholds of groups that belong to a model: who is selected by which score, and by what chance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from facedebias.data.face_columns import Attribute
from facedebias.data.records import UNKNOWN
from facedebias.errors import InputError
from facedebias.reading import inner_file

# Inside a SavedModel, where TensorFlow leaves room for files of others.
PLACE = Path("assets.extra") / "group_thresholds.json"
# What may be made equal.
CONSTRAINTS = ("demographic_parity", "equal_opportunity", "equalized_odds")

UNKNOWN_GROUP = "unknown"
_MOST_BYTES = 4_000_000
_ROUNDING = 1e-6  # of weights that sum to 1


def names_of_groups(attributes: Mapping[str, Attribute]) -> np.ndarray:
    """The group of each row, as rules name it, e.g. "Male=yes, Young=no": str `(num_rows,)`.

    Made of names and values alone, so that it is the same on every file. `UNKNOWN_GROUP` where one
    of the attributes is not known.
    """
    parts, is_known = [], np.array(True)
    for name, attribute in attributes.items():
        values = np.array([*(f"{name}={value}" for value in attribute.values), ""], object)
        parts.append(values[attribute.codes])
        is_known = is_known & (attribute.codes != UNKNOWN)
    return np.where(is_known, [", ".join(row) for row in zip(*parts, strict=True)], UNKNOWN_GROUP).astype(
        object
    )


@dataclass(frozen=True)
class Mixture:
    """How one group is decided on: by chance one of some thresholds, or a fixed probability.

    P(selected | score) = ignored * constant + (1 - ignored) * sum_i weights_i [score > thresholds_i]

    Attributes:
        thresholds: in units of the scores; minus infinity selects everybody.
        weights: how often each is used; they sum to 1.
        ignored: how often the score is not looked at.
        constant: how often somebody is selected then.
    """

    thresholds: tuple[float, ...]
    weights: tuple[float, ...]
    ignored: float = 0.0
    constant: float = 0.0

    def chance(self, scores: np.ndarray) -> np.ndarray:
        """P(selected) of each score: float64 `(n,)`."""
        # Half way between two neighbours of float32 lies one of them, in float32.
        exact = np.asarray(scores, np.float64)
        passed = sum(
            weight * (exact > threshold)
            for weight, threshold in zip(self.weights, self.thresholds, strict=True)
        )
        return self.ignored * self.constant + (1.0 - self.ignored) * np.asarray(passed, float)

    @property
    def is_random(self) -> bool:
        """Whether some score is decided on by chance."""
        pairs = zip(self.thresholds, self.weights, strict=True)
        uses_several = len({threshold for threshold, weight in pairs if weight > 0}) > 1
        return uses_several or self.ignored * self.constant > 0 or 0 < self.ignored < 1


@dataclass(frozen=True)
class GroupRule:
    """Decides by score and group (M. Hardt, E. Price, N. Srebro, NIPS 2016); needs the group of everyone.

    Attributes:
        constraint: what is equal between the groups, on what it was fitted on.
        tolerance: but for so much, a fraction.
        attributes: whose combinations are the groups.
        groups: the group, as `names_of_groups` has it -> how it is decided on.
        fitted_on: where that came from, in words.
    """

    constraint: str
    attributes: tuple[str, ...]
    groups: Mapping[str, Mixture]
    fitted_on: str
    tolerance: float = 0.0

    @property
    def equal(self) -> str:
        """What is equal between the groups where it was fitted, in words."""
        within = f" within {self.tolerance:g}" if self.tolerance else ""
        return f"{self.constraint}{within}"

    @property
    def is_random(self) -> bool:
        """Whether two people of the same group and score may be decided on differently."""
        return any(mixture.is_random for mixture in self.groups.values())

    def chance(self, scores: np.ndarray, names: np.ndarray) -> np.ndarray:
        """The probability of each row to be selected.

        Args:
            scores: float `(n,)`.
            names: str `(n,)`, the group of each, as in `groups`.

        Returns:
            float64 `(n,)`.

        Raises:
            InputError: if a group is not known to the rule.
        """
        chances = np.full(len(scores), np.nan)
        for name, mixture in self.groups.items():
            own = names == name
            chances[own] = mixture.chance(scores[own])
        if np.isnan(chances).any():
            row = int(np.argmax(np.isnan(chances)))
            raise InputError(
                f"group {names[row]!r} of {', '.join(self.attributes)}: has no threshold; the model has some "
                f"for {', '.join(map(repr, self.groups))}. Fit them again on data with all groups, or leave "
                "such rows out."
            )
        return chances

    def decide(self, scores: np.ndarray, names: np.ndarray, seed: Sequence[int]) -> np.ndarray:
        """Whether each row is selected, bool `(n,)`; the same seed draws the same."""
        return np.random.default_rng(seed).random(len(scores)) < self.chance(scores, names)

    def save(self, model: Path) -> None:
        """Puts the rule into a SavedModel."""
        path = model / PLACE
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=2) + "\n")

    def to_json(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "constraint": self.constraint,
            "tolerance": self.tolerance,
            "needs_groups_at_prediction": list(self.attributes),
            "is_random": self.is_random,
            "fitted_on": self.fitted_on,
            "groups": {
                name: {
                    # JSON has no infinity.
                    "thresholds": [
                        value if np.isfinite(value) else str(value) for value in mixture.thresholds
                    ],
                    "weights": list(mixture.weights),
                    "ignored": mixture.ignored,
                    "constant": mixture.constant,
                }
                for name, mixture in self.groups.items()
            },
        }

    @classmethod
    def load(cls, model: Path) -> Self | None:
        """The rule inside a SavedModel; None if it has none."""
        path = model / PLACE
        if not path.exists():
            return None
        try:
            return cls._of_json(inner_file.read_json(model, *PLACE.parts, most_bytes=_MOST_BYTES))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            raise InputError(
                f"{path}: is damaged, or not as facedebias writes it. Fit the thresholds again with "
                "`facedebias thresholds`."
            ) from error

    @classmethod
    def _of_json(cls, record: Mapping[str, Any]) -> Self:
        """Raises whatever comes if the record is something else."""
        groups = {name: _mixture(entry) for name, entry in record["groups"].items()}
        attributes = tuple(record["needs_groups_at_prediction"])
        # Rules of the first versions have no tolerance.
        tolerance = float(record.get("tolerance", 0.0))
        texts = (record["constraint"], record["fitted_on"], *attributes)
        is_list = isinstance(record["needs_groups_at_prediction"], list)
        if not (groups and attributes and is_list and all(isinstance(text, str) for text in texts)):
            raise ValueError("kinds")
        if not 0.0 <= tolerance <= 1.0:
            raise ValueError("tolerance")
        return cls(record["constraint"], attributes, groups, record["fitted_on"], tolerance)


def _mixture(entry: Mapping[str, Any]) -> Mixture:
    thresholds, weights = (tuple(map(float, entry[name])) for name in ("thresholds", "weights"))
    chances = [*weights, float(entry["ignored"]), float(entry["constant"])]
    is_whole = 0 < len(thresholds) == len(weights) and abs(sum(weights) - 1.0) < _ROUNDING
    if not is_whole or np.isnan(thresholds).any() or not all(0.0 <= chance <= 1.0 for chance in chances):
        raise ValueError("mixture")
    return Mixture(thresholds, weights, *chances[-2:])
