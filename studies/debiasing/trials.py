r"""Looks for the recipe of the study's classifier and, with as many trials, of its DB-VAE.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_search

Each trial changes one thing of `study_methods.RECIPE`. All are run with one seed; the best of each
model, and the recipe itself, with more; then, likewise, models and ways to train that the product has not.
What is best is decided without the test sets and without group labels: recall of FairFace's training
faces, all together, and the non-faces of ImageNet's training pictures that were held out from training; the
mean of the recalls at 0.5, 1 and 2% false positives, which is steadier than one. (FairFace's faces
were balanced by labels, so that their mean is one over groups; docs/study.md says what that
means.) Trials are kept and resumed like the study's runs, and those that the study has already trained
are not trained again. Writes benchmarks/results/study_search.json and study-search.md.
"""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_flags, study_records, study_runs
from benchmarks.study_methods import CNN, LATENT, METHODS, Method, Settings
from benchmarks.study_records import Record
from benchmarks.study_statistics import Estimate
from benchmarks.study_validation import FPRS
from facedebias import provenance
from facedebias.auditing.statistics.significance import holm
from facedebias.cli import running

_BEST_SEEDS = flags.DEFINE_integer("best_seeds", 3, "Seeds of the best trials.", lower_bound=1)
_BEST = flags.DEFINE_integer("best", 2, "Trials of each model that get them, besides the recipe.")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_search.json", "Result file.")

BASE = "recipe"

# One change each.
_COMMON: Mapping[str, Settings] = {
    BASE: {},
    "hard faces": {"sampler": "loss"},
    "light left in": {"standardized": False},
    "8 epochs": {"epochs": 8},
    "learning rate 0.002": {"learning_rate": 0.002},
    "learning rate 0.0005": {"learning_rate": 0.0005},
    "moved half as far": {"zoom": 0.1, "stretch": 0.1, "rotate": 12, "shift": 0.05},
    "non-faces evenly": {"nonface_sampler": "uniform"},
}
_OWN: Mapping[str, Mapping[str, Settings]] = {
    "cnn": {
        "width 16": {"width": 16},
        "batch 32": {"batch_size": 32},
        "soften 0.5": {"soften": 0.5},
    },
    "dbvae": {
        "no resampling": {"sampler": "uniform"},
        "KL weight 0.00005": {"kl_weight": 0.00005},
        "16 latents": {"latent_dim": 16},
    },
}
# What the product has not, see `study_variants`; more trials than the classifier has.
_ONCE_AN_EPOCH: Settings = {**LATENT, "sampler": "latent_epoch"}
_VARIANTS: Mapping[str, Mapping[str, Settings]] = {
    "cnn": {"averaged weights": CNN},
    "dbvae": {
        "averaged weights": LATENT,
        "middle": LATENT,
        "edges": LATENT,
        "perceptual": LATENT,
        "free bits": LATENT,
        "nearest neighbours, latents": _ONCE_AN_EPOCH,
        "Gaussian mixture, latents": _ONCE_AN_EPOCH,
        "histograms, max": _ONCE_AN_EPOCH,
        "histograms of the 10 widest latents": _ONCE_AN_EPOCH,
        "nearest neighbours, last hidden layer": _ONCE_AN_EPOCH,
        "nearest neighbours, parts of the logit": _ONCE_AN_EPOCH,
    },
}


def _trials() -> dict[str, Method]:
    """In turn of the models, so that a search cut short has looked as hard for either."""
    bases = {"cnn": CNN, "dbvae": LATENT}
    changes = {model: list({**_COMMON, **own}.items()) for model, own in _OWN.items()}
    trials = {}
    for pair in zip(*changes.values(), strict=True):
        for model, (what, settings) in zip(changes, pair, strict=True):
            trials[_key(model, what)] = Method(what, {**bases[model], **settings})
    for model, variants in _VARIANTS.items():
        for name, settings in variants.items():
            trials[_key(model, name)] = Method(name, settings, variant=name)
    return trials


def _key(model: str, what: str) -> str:
    return f"{model} {what}".replace(" ", "-").replace(",", "")


TRIALS = _trials()
# Trials that are methods of the study, too, by the names they have there.
_TWINS = {
    name: key
    for name, trial in TRIALS.items()
    for key, method in METHODS.items()
    if (trial.settings, trial.data, trial.variant) == (method.settings, method.data, method.variant)
}


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes the table of what is there."""
    running.refuse_arguments(argv)
    plain = [name for name, trial in TRIALS.items() if not trial.variant]
    with study_runs.only_user_of(study_flags.workdir()):
        for trials in (plain, [name for name in TRIALS if name not in plain]):
            if not _train(trials, range(1)):
                break
            first = study_records.load_all(run_of(name, 0) for name in trials)
            recalls = {name: record.validation or 0.0 for name, record in zip(trials, first, strict=True)}
            _train(best(recalls, _BEST.value), range(1, _BEST_SEEDS.value))
    finished = [(name, run) for name in TRIALS for run in _finished(name)]
    write(
        list(
            zip(
                (name for name, _ in finished),
                study_records.load_all(run for _, run in finished),
                strict=True,
            )
        ),
        Path(_OUTPUT.value),
    )


def run_of(trial: str, seed: int) -> study_runs.Run:
    """A run of a trial; that of the study where it is one of its methods and is recorded there."""
    workdir, records = study_flags.workdir(), study_flags.records()
    if trial in _TWINS:
        twin = _TWINS[trial]
        (run,) = study_runs.runs_of({twin: METHODS[twin]}, [seed], workdir, records)
        if run.is_finished:
            return run
    (run,) = study_runs.runs_of({trial: TRIALS[trial]}, [seed], workdir / "search", records / "search")
    return run


def _finished(trial: str) -> Iterable[study_runs.Run]:
    """All that there are: the study has more seeds than are trained here."""
    runs = (run_of(trial, seed) for seed in itertools.count())
    return itertools.takewhile(lambda run: run.is_finished, runs)


def _train(trials: Sequence[str], seeds: Iterable[int]) -> bool:
    """Whether all of them are there now."""
    runs = [run_of(name, seed) for seed in seeds for name in trials]
    if not all(run.is_finished for run in runs):
        data = study_flags.data()
        study_runs.train(
            runs,
            data,
            study_flags.JOBS.value,
            lambda run: study_records.make(run, data, (), is_chosen_by=True),
            study_flags.minutes_left(),
        )
    return all(run.is_finished for run in runs)


def best(recalls: Mapping[str, float], number: int) -> list[str]:
    """The recipe and the best trials of each model, by one seed."""
    chosen = []
    for model in _OWN:
        own = [name for name in recalls if name.startswith(f"{model}-")]
        own.sort(key=lambda name: -recalls[name])
        base = f"{model}-{BASE}"
        chosen += [base, *[name for name in own if name != base][:number]]
    return chosen


def write(finished: Sequence[tuple[str, Record]], path: Path) -> None:
    """Writes recalls and costs of finished trials, each after its name."""
    found: dict[str, dict[str, Any]] = {}
    for name, record in finished:
        method = TRIALS[name]
        trial = found.setdefault(
            name,
            {"settings": {**method.settings, "variant": method.variant}, "recalls": [], "seconds": []},
        )
        trial["recalls"].append(record.validation)
        trial["seconds"].append(record.seconds)
    compare(found)
    result = {**provenance.provenance(), "fprs": FPRS, "trials": found}
    path.write_text(json.dumps(result, indent=1) + "\n")
    table = _table(found)
    (path.parent / "study-search.md").write_text(table)
    print(table)


def compare(trials: Mapping[str, dict[str, Any]]) -> None:
    """Adds what each has more than its model's recipe, with what chance may add to it.

    An analysis of variance of trials and seeds without interaction: a seed, which decides initial weights,
    draws and the non-faces held out, is taken to move all trials of a model alike, and what is left over is
    chance. So even one seed can be judged, and with two trials of the same seeds it is Student's t for pairs.
    Holm's correction for all trials of the model.

    Args:
        trials: by name, with their `recalls`, of the seeds 0, 1, ...; gets `difference`, `interval` (95%),
            `p_value`, `holm`, and `detectable`, which is found in 80% of cases even as the first of Holm's
            steps, unless nothing is left over to judge by.
    """
    for model in _OWN:
        own = {name: trial for name, trial in trials.items() if name.startswith(f"{model}-")}
        base = own.pop(_key(model, BASE), None)
        if not base or not own:
            continue
        samples = [base["recalls"], *(trial["recalls"] for trial in own.values())]
        effects, covariance, freedom = _two_way(samples)
        if freedom < 1:
            continue
        for number, trial in enumerate(own.values(), 1):
            error = np.sqrt(covariance[number, number] + covariance[0, 0] - 2 * covariance[number, 0])
            estimate = Estimate(float(effects[number] - effects[0]), float(error), freedom)
            trial["difference"], trial["interval"] = estimate.mean, estimate.interval()
            trial["p_value"], trial["detectable"] = estimate.p_value(), estimate.detectable(len(own))
        corrected = holm(np.array([trial["p_value"] for trial in own.values()]))
        for trial, value in zip(own.values(), corrected, strict=True):
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


def _table(trials: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "| model | what is changed | recall, % | more than the recipe, points | detectable | p (Holm) "
        "| seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, trial in trials.items():
        recalls = 100 * np.array(trial["recalls"])
        text = f"{recalls.mean():.2f}"
        if len(recalls) > 1:
            text += f" ± {recalls.std(ddof=1):.2f}"
        change = detectable = p_value = ""
        if "difference" in trial:
            low, high = (100 * end for end in trial["interval"])
            change = f"{100 * trial['difference']:+.2f} ({low:+.2f} to {high:+.2f})"
            detectable, p_value = f"{100 * trial['detectable']:.1f}", f"{trial['holm']:.3f}"
        model = "CNN" if name.startswith("cnn-") else "DB-VAE"
        cells = [model, TRIALS[name].title, text, change, detectable, p_value, str(len(recalls))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    running.run(main)
