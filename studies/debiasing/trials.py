r"""Looks for a better recipe of the classifier and, with as many trials, of the DB-VAE.

    FACEDEBIAS_DATA=DIR python -m studies.debiasing.trials

Each trial changes one thing of `design.RECIPE` and is run with --trial_seeds seeds. What is better is
decided without the test sets and without group labels, by the recall of judging/validation_recall.py.
Trials are kept in --trial_records and resumed like the study's runs. Writes trials.md below --results.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from facedebias.cli import running
from facedebias.errors import InputError
from studies.debiasing import run_records, study_flags
from studies.debiasing.design import CNN, LATENT
from studies.debiasing.judging.markdown_tables import as_table
from studies.debiasing.judging.trial_statistics import BASE, compare
from studies.debiasing.run_records import Record
from studies.harness import pool
from studies.harness.method import Method, Settings
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import Run, runs_of

_SEEDS = flags.DEFINE_integer("trial_seeds", 3, "Seeds of each trial.", lower_bound=1)
_RECORDS = flags.DEFINE_string("trial_records", "studies/debiasing/trials.jsonl", "File that keeps trials.")

MODELS: Mapping[str, Settings] = {"cnn": CNN, "dbvae": LATENT}
_TITLES = {"cnn": "CNN", "dbvae": "DB-VAE"}
# One change each.
_COMMON: Mapping[str, Settings] = {
    BASE: {},
    "hard faces": {"sampler": "loss"},
    "8 epochs": {"epochs": 8},
    "learning rate 0.002": {"learning_rate": 0.002},
    "learning rate 0.0005": {"learning_rate": 0.0005},
    "moved half as far": {"zoom": 0.1, "stretch": 0.1, "rotate": 12, "shift": 0.05},
    "non-faces evenly": {"nonface_sampler": "uniform"},
}
_OWN: Mapping[str, Mapping[str, Settings]] = {
    "cnn": {"width 16": {"width": 16}, "batch 32": {"batch_size": 32}},
    "dbvae": {"no resampling": {"sampler": "uniform"}, "16 latents": {"latent_dim": 16}},
}


def _trials() -> dict[str, Method]:
    """In turn of the models, so that a search cut short has looked as hard for either."""
    changes = {model: list({**_COMMON, **own}.items()) for model, own in _OWN.items()}
    trials = {}
    for pair in zip(*changes.values(), strict=True):
        for model, (what, settings) in zip(changes, pair, strict=True):
            method = Method(what, {**MODELS[model], **settings}, "celeba")
            trials[f"{model}-{what}".replace(" ", "-")] = method
    return trials


TRIALS = _trials()


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes the table of what is there."""
    running.refuse_arguments(argv)
    records = RecordFile(Path(_RECORDS.value))
    runs = runs_of(TRIALS, range(_SEEDS.value), study_flags.workdir() / "trials", records)
    if not all(run.is_finished for run in runs):
        _train(runs)
    # A seed counts if it and those before it are there.
    finished = [run for run in runs if all(records.run(run.name, seed) for seed in range(run.seed + 1))]
    if not finished:
        raise InputError(f"{records.path}: has no trials yet; give more --minutes.")
    text = as_markdown(run_records.load_all(finished))
    folder = Path(study_flags.RESULTS.value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trials.md").write_text(text)
    print(text)


def _train(runs: Sequence[Run]) -> None:
    data = study_flags.data()
    with pool.only_user_of(study_flags.workdir()):
        pool.train(
            runs,
            data,
            study_flags.JOBS.value,
            lambda run: run_records.make(run, data, (), is_chosen_by=True),
            study_flags.minutes_left(),
        )


def as_markdown(records: Sequence[Record]) -> str:
    """A line a trial: its recall on validation, and what that is above its model's recipe."""
    found: dict[str, dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record.run.seed):
        found.setdefault(record.run.name, {"recalls": []})["recalls"].append(record.validation)
    compare(found, tuple(MODELS))
    head = ["model", "change", "recall, %", "minus the recipe, points", "detectable", "p (Holm)", "seeds"]
    return as_table(head, [_cells(name, found[name]) for name in TRIALS if name in found])


def _cells(name: str, trial: Mapping[str, Any]) -> list[str]:
    recalls = 100 * np.array(trial["recalls"])
    text = f"{recalls.mean():.2f}"
    if len(recalls) > 1:
        text += f" ± {recalls.std(ddof=1):.2f}"
    change = detectable = p_value = ""
    if "difference" in trial:
        low, high = (100 * end for end in trial["interval"])
        change = f"{100 * trial['difference']:+.2f} ({low:+.2f} to {high:+.2f})"
        detectable, p_value = f"{100 * trial['detectable']:.1f}", f"{trial['holm']:.3f}"
    model = _TITLES[name.partition("-")[0]]
    return [model, TRIALS[name].title, text, change, detectable, p_value, str(len(recalls))]


if __name__ == "__main__":
    running.run(main)
