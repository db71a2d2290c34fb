"""How often intervals of figures over groups hold the truth, by simulation.

python benchmarks/interval_coverage.py --output benchmarks/results/interval_coverage.json

Draws the number of faces found in each group from known recalls, computes each method's 95%
intervals and counts how often the true figure is inside. Methods:

- percentile: percentile bootstrap of the counts, k* ~ Binomial(n, k / n);
- jeffreys: quantiles over draws of the recalls from Beta(k + 1/2, n - k + 1/2);
- bias_corrected: parametric bootstrap from (k + 1/2) / (n + 1); the quantiles of the error
  T* - T are subtracted from the estimate;
- closed_form: facedebias.audit.intervals, which the audit uses.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from absl import app, flags

from facedebias import run_record
from facedebias.audit import intervals
from facedebias.audit.metrics import PERCENT_SQUARED

_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)
_NUM_DATA_SETS = flags.DEFINE_integer("num_data_sets", 2000, "Simulated data sets for each case.")
_NUM_DRAWS = flags.DEFINE_integer("num_draws", 1000, "Draws of the methods that draw.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the data sets and draws.")

FIGURES = ("mean_recall", "worst_group", "gap", "variance")
SIZES = ((14, 150), (4, 5), (4, 300), (2, 200))
_QUANTILES = [0.025, 0.975]


def true_recalls(num_groups: int) -> dict[str, np.ndarray]:
    """Recalls that a group has with unlimited faces."""
    one_low = np.full(num_groups, 0.97)
    one_low[0] = 0.85
    return {
        "equal": np.full(num_groups, 0.95),
        "spread": np.linspace(0.9, 0.98, num_groups),
        "one_low": one_low,
    }


def figures(recalls: np.ndarray) -> np.ndarray:
    """`FIGURES` of recalls `(..., num_groups)`, `(..., 4)`."""
    low = recalls.min(-1)
    variance = recalls.var(-1) * PERCENT_SQUARED
    return np.stack([recalls.mean(-1), low, recalls.max(-1) - low, variance], -1)


def percentile(found: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low and high ends, `(2, 4)`."""
    draws = rng.binomial(faces, found / faces, (_NUM_DRAWS.value, len(faces))) / faces
    return np.quantile(figures(draws), _QUANTILES, axis=0)


def jeffreys(found: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low and high ends, `(2, 4)`."""
    draws = rng.beta(found + 0.5, faces - found + 0.5, (_NUM_DRAWS.value, len(faces)))
    return np.quantile(figures(draws), _QUANTILES, axis=0)


def bias_corrected(found: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low and high ends, `(2, 4)`."""
    smoothed = (found + 0.5) / (faces + 1)
    draws = rng.binomial(faces, smoothed, (_NUM_DRAWS.value, len(faces))) / faces
    low, high = np.quantile(figures(draws) - figures(smoothed), _QUANTILES, axis=0)
    estimate = figures(found / faces)
    most = [1, 1, 1, PERCENT_SQUARED / 4]
    return np.clip([estimate - high, estimate - low], 0, most)


def closed_form(found: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low and high ends, `(2, 4)`; draws nothing."""
    methods = (intervals.mean_recall, intervals.worst_recall, intervals.gap, intervals.variance)
    return np.transpose([method(found, faces) for method in methods])


METHODS: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "percentile": percentile,
    "jeffreys": jeffreys,
    "bias_corrected": bias_corrected,
    "closed_form": closed_form,
}


def measure(
    method: str, recalls: np.ndarray, num_faces: int, seed: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Coverage, median ends and share of zero-width intervals of a method in one case."""
    rng, faces = np.random.default_rng(seed), np.full(len(recalls), num_faces)
    data = rng.binomial(faces, recalls, (_NUM_DATA_SETS.value, len(faces)))
    ends = np.array([METHODS[method](found, faces, rng) for found in data])
    truth, low, high = figures(recalls), ends[:, 0], ends[:, 1]
    # A difference of equal recalls is off by a rounding error.
    inside = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    return {
        name: {
            "truth": float(truth[i]),
            "coverage": float(inside[:, i].mean()),
            "median_low": float(np.median(low[:, i])),
            "median_high": float(np.median(high[:, i])),
            "zero_width": float((high[:, i] - low[:, i] < 1e-9).mean()),
        }
        for i, name in enumerate(FIGURES)
    }


def main(argv: Sequence[str]) -> None:
    """Simulates every case with every method."""
    start, cases, seed = time.time(), {}, _SEED.value
    for size_index, (num_groups, num_faces) in enumerate(SIZES):
        for truth_index, (name, recalls) in enumerate(true_recalls(num_groups).items()):
            # The same data sets for every method.
            case = [seed, size_index, truth_index]
            results = {method: measure(method, recalls, num_faces, case) for method in METHODS}
            cases[f"{num_groups} groups of {num_faces}, {name}"] = results
            print(f"{num_groups} groups of {num_faces}, {name}")
            for method, result in results.items():
                print(f"  {method:15}", *(f"{name} {result[name]['coverage']:.1%}" for name in FIGURES))
    record = {
        "seed": seed,
        "num_data_sets": _NUM_DATA_SETS.value,
        "num_draws": _NUM_DRAWS.value,
        "seconds": round(time.time() - start),
        **run_record.provenance(),
        "cases": cases,
    }
    Path(_OUTPUT.value).write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    app.run(main)
