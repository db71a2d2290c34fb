"""What a trial has more than the recipe, with what chance may add to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from facedebias.auditing.statistics.significance import holm
from studies.debiasing.judging.seed_statistics import Estimate

BASE = "recipe"


def compare(trials: Mapping[str, dict[str, Any]], models: Sequence[str]) -> None:
    """Adds what each has more than its model's recipe, with what chance may add to it.

    An analysis of variance of trials and seeds without interaction: a seed, which decides initial weights,
    draws and the non-faces held out, is taken to move all trials of a model alike, and what is left over is
    chance. So even one seed can be judged, and with two trials of the same seeds it is Student's t for pairs.
    Holm's correction for all trials of the model.

    Args:
        trials: by name, "MODEL-CHANGE" or "MODEL-recipe", with their `recalls`, of the seeds 0, 1, ...; gets
            `difference`, `interval` (95%), `p_value`, `holm`, and `detectable`, which is
            found in 80% of cases even as the first of Holm's steps, unless nothing is left over to judge by.
        models: what the names begin with.
    """
    for model in models:
        own = {name: trial for name, trial in trials.items() if name.startswith(f"{model}-")}
        base = own.pop(f"{model}-{BASE}", None)
        if not base or not own:
            continue
        _compare(base, list(own.values()))


def _compare(base: Mapping[str, Any], trials: Sequence[dict[str, Any]]) -> None:
    effects, covariance, freedom = _two_way([base["recalls"], *(trial["recalls"] for trial in trials)])
    if freedom < 1:
        return
    for number, trial in enumerate(trials, 1):
        error = np.sqrt(covariance[number, number] + covariance[0, 0] - 2 * covariance[number, 0])
        estimate = Estimate(float(effects[number] - effects[0]), float(error), freedom)
        trial["difference"], trial["interval"] = estimate.mean, estimate.interval()
        trial["p_value"], trial["detectable"] = estimate.p_value(), estimate.detectable(len(trials))
    corrected = holm(np.array([trial["p_value"] for trial in trials]))
    for trial, value in zip(trials, corrected, strict=True):
        trial["holm"] = float(value)


def _two_way(samples: Sequence[Sequence[float]]) -> tuple[np.ndarray, np.ndarray, int]:
    """Fits recall = effect of the trial + effect of the seed by least squares.

    Args:
        samples: a trial each, its recalls with the seeds 0, 1, ...

    Returns:
        Effects of the trials, float64 `(num_trials,)`, their covariance `(num_trials, num_trials)`, and the
        degrees of freedom of what is left over.
    """
    num_trials, num_seeds = len(samples), max(map(len, samples))
    trial_of, seed_of = np.transpose([(i, j) for i, sample in enumerate(samples) for j in range(len(sample))])
    values = np.concatenate([np.asarray(sample) for sample in samples])
    # The first seed's effect is 0: only differences of trials are asked for.
    design = np.hstack([np.eye(num_trials)[trial_of], np.eye(num_seeds)[seed_of][:, 1:]])
    coefficients = np.linalg.lstsq(design, values)[0]
    freedom = len(values) - design.shape[1]
    variance = np.sum((values - design @ coefficients) ** 2) / max(freedom, 1)
    covariance = variance * np.linalg.inv(design.T @ design)
    return coefficients[:num_trials], covariance[:num_trials, :num_trials], freedom
