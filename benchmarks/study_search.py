r"""Looks for the recipe of the study's classifier and, with as many trials, of its DB-VAE.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_search

Each trial changes one thing of `train.py`'s defaults. All are run with one seed; the best of each
model, and the defaults themselves, with more; then DB-VAEs that the product has not. What is best
is decided without the test sets and without group labels: recall of FairFace's training faces, all
together, and the non-faces of ImageNet's training pictures that were held out from training; the
mean of the recalls at 0.5, 1 and 2% false positives, which is steadier than one. (FairFace's faces
were balanced by labels, so that their mean is one over groups; docs/study.md says what that
means.) Trials are kept and resumed like the study's runs. Writes
benchmarks/results/study_search.json and study-search.md.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_flags, study_records, study_runs
from benchmarks.study_methods import CNN, LATENT, Method, Settings
from benchmarks.study_records import Record
from benchmarks.study_validation import FPRS
from facedebias import commands, run_record

_BEST_SEEDS = flags.DEFINE_integer("best_seeds", 3, "Seeds of the best trials.", lower_bound=1)
_BEST = flags.DEFINE_integer("best", 2, "Trials of each model that get them, besides the defaults.")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_search.json", "Result file.")

BASE = "defaults"

# One change each, beside what `train.py` does by default.
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
# What the product has not, see `study_variants`; each is one more trial than the classifier has.
_VARIANTS: Mapping[str, Settings] = {
    "middle": LATENT,
    "edges": LATENT,
    "perceptual": LATENT,
    "free bits": LATENT,
    "nearest neighbours, latents": {**LATENT, "sampler": "latent_epoch"},
    "Gaussian mixture, latents": {**LATENT, "sampler": "latent_epoch"},
    "histograms of the 10 widest latents": {**LATENT, "sampler": "latent_epoch"},
    "nearest neighbours, last hidden layer": {**LATENT, "sampler": "latent_epoch"},
    "nearest neighbours, parts of the logit": {**LATENT, "sampler": "latent_epoch"},
}


def _trials() -> dict[str, Method]:
    """In turn of the models, so that a search cut short has looked as hard for either."""
    bases = {"cnn": CNN, "dbvae": LATENT}
    changes = {model: list({**_COMMON, **own}.items()) for model, own in _OWN.items()}
    trials = {}
    for pair in zip(*changes.values(), strict=True):
        for model, (what, settings) in zip(changes, pair, strict=True):
            trials[f"{model} {what}".replace(" ", "-")] = Method(what, {**bases[model], **settings})
    for name, settings in _VARIANTS.items():
        key = f"dbvae {name}".replace(" ", "-").replace(",", "")
        trials[key] = Method(name, settings, variant=name)
    return trials


TRIALS = _trials()


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes the table of what is there."""
    commands.refuse_arguments(argv)
    workdir, records = study_flags.workdir() / "search", study_flags.records() / "search"
    runs: list[study_runs.Run] = []

    def train(trials: Mapping[str, Method], seeds: range) -> bool:
        """Whether all of them are there now."""
        more = study_runs.runs_of(trials, seeds, workdir, records)
        runs.extend(more)
        if not all(run.is_finished for run in more):
            data = study_flags.data()
            study_runs.train(
                more,
                data,
                study_flags.JOBS.value,
                lambda run: study_records.make(run, data, (), is_chosen_by=True),
                study_flags.minutes_left(),
            )
        return all(run.is_finished for run in more)

    with study_runs.only_user_of(study_flags.workdir()):
        if train({name: trial for name, trial in TRIALS.items() if not trial.variant}, range(1)):
            recalls = {record.run.name: record.validation or 0.0 for record in study_records.load_all(runs)}
            chosen = best(recalls, _BEST.value)
            train({name: TRIALS[name] for name in chosen}, range(1, _BEST_SEEDS.value))
            train({name: trial for name, trial in TRIALS.items() if trial.variant}, range(1))
    write(study_records.load_all(run for run in runs if run.is_finished), Path(_OUTPUT.value))


def best(recalls: Mapping[str, float], number: int) -> list[str]:
    """The defaults and the best trials of each model, by one seed."""
    chosen = []
    for model in _OWN:
        own = [name for name in recalls if name.startswith(f"{model}-")]
        own.sort(key=lambda name: -recalls[name])
        base = f"{model}-{BASE}"
        chosen += [base, *[name for name in own if name != base][:number]]
    return chosen


def write(records: Sequence[Record], path: Path) -> None:
    """Writes recalls and costs of finished trials."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        method = record.run.method
        trial = found.setdefault(
            record.run.name,
            {"settings": {**method.settings, "variant": method.variant}, "recalls": [], "seconds": []},
        )
        trial["recalls"].append(record.validation)
        trial["seconds"].append(record.seconds)
    result = {**run_record.provenance(), "fprs": FPRS, "trials": found}
    path.write_text(json.dumps(result, indent=1) + "\n")
    table = _table(found)
    (path.parent / "study-search.md").write_text(table)
    print(table)


def _table(trials: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| model | what is changed | recall, % | seeds | s |", "|---|---|---|---|---|"]
    for name, trial in trials.items():
        recalls = 100 * np.array(trial["recalls"])
        text = f"{recalls.mean():.1f}"
        if len(recalls) > 1:
            text += f" ± {recalls.std(ddof=1):.1f}"
        model = "CNN" if name.startswith("cnn-") else "DB-VAE"
        cells = [model, TRIALS[name].title, text, str(len(recalls)), f"{np.mean(trial['seconds']):.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    commands.run(main)
