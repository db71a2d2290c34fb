r"""Looks for the recipe of the study's classifier and, with as many trials, of its DB-VAE.

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_search

Each trial changes one thing of a recipe. What is best is decided without the test sets and
without group labels: recall of FairFace's training faces, all together, and the non-faces of
ImageNet's training pictures that were held out from training; the mean of the recalls at 0.5, 1
and 2% false positives, which is steadier than one. Trials are kept and resumed like the study's
runs. Writes benchmarks/results/study_search.json and prints a table.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags

from benchmarks import study_runs
from benchmarks.study_data import StudyData
from benchmarks.study_methods import CNN, LATENT, Method, Settings
from facedebias import commands, run_record
from facedebias.audit.scoring import ExportedModel
from facedebias.audit.thresholds import threshold_at_fpr
from facedebias.config import TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError

_DATA_ROOT = flags.DEFINE_string(
    "data_root", os.environ.get("FACEDEBIAS_DATA"), "Folder of the collections (default: FACEDEBIAS_DATA)."
)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/study", "Folder for face files and trials.")
_SEEDS = flags.DEFINE_integer("seeds", 1, "Seeds of each trial.", lower_bound=1)
_JOBS = flags.DEFINE_integer("jobs", 2, "Trials side by side, each on one core.", lower_bound=1)
_MINUTES = flags.DEFINE_float("minutes", None, "Start no trial after so many (default: until all are done).")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_search.json", "Result file.")

FPRS = (0.005, 0.01, 0.02)
_BATCH_SIZE = 512

# One change each; the same number for both models.
_COMMON: dict[str, Settings] = {
    "recipe": {},
    "10 epochs": {"epochs": 10},
    "strength 1": {"strength": 1.0},
    "hard faces": {"sampler": "loss"},
    "moved half as far": {"zoom": 0.1, "stretch": 0.1, "rotate": 12, "shift": 0.05},
    "light left in": {"standardized": False},
    "non-faces evenly": {"nonface_sampler": "uniform"},
    "learning rate 0.0005": {"learning_rate": 0.0005},
    "learning rate 0.002": {"learning_rate": 0.002},
    "pictures not moved": {"zoom": 0, "stretch": 0, "rotate": 0, "shift": 0},
    "best epoch": {"keep": "best"},
}
_OWN: dict[str, tuple[Settings, dict[str, Settings]]] = {
    "cnn": (
        CNN,
        {
            "width 16": {"width": 16},
            "batch 32": {"batch_size": 32},
            "soften 0.5": {"soften": 0.5},
            "contrast 0.4": {"contrast": 0.4},
        },
    ),
    "dbvae": (
        LATENT,
        {
            "no resampling": {"sampler": "uniform"},
            "16 latents": {"latent_dim": 16},
            "KL weight 0.005": {"kl_weight": 0.005},
            "KL weight 0.00005": {"kl_weight": 0.00005},
        },
    ),
}
# In turn, so that a search cut short has looked as hard for either.
TRIALS: dict[str, Method] = {
    f"{model}-{what.replace(' ', '-')}": Method(what, {**_OWN[model][0], **changes[model][what]})
    for changes in [{model: {**_COMMON, **own} for model, (_, own) in _OWN.items()}]
    for pair in zip(*(changes[model] for model in _OWN), strict=True)
    for model, what in zip(_OWN, pair, strict=True)
}


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, scores it and writes the table."""
    commands.refuse_arguments(argv)
    if not _DATA_ROOT.value:
        raise InputError("no pictures; name their folder with --data_root or FACEDEBIAS_DATA.")
    workdir = Path(_WORKDIR.value).resolve()
    data = StudyData(Path(_DATA_ROOT.value), workdir / "data")
    (workdir / "data").mkdir(parents=True, exist_ok=True)
    runs = study_runs.runs_of(TRIALS, range(_SEEDS.value), workdir / "search")
    study_runs.train(runs, data, _JOBS.value, _MINUTES.value)
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        if run.is_finished:
            trial = found.setdefault(run.name, {"recalls": [], "seconds": []})
            trial["recalls"].append(recall(run, data))
            trial["seconds"].append(run.seconds())
    record = {**run_record.provenance(), "fprs": FPRS, "trials": {}}
    for name, trial in found.items():
        record["trials"][name] = {"settings": dict(TRIALS[name].settings), **trial}
        print(
            f"{name:32s} {100 * np.mean(trial['recalls']):6.2f} %  "
            f"{np.mean(trial['seconds']):5.0f} s  {len(trial['recalls'])} of {_SEEDS.value} seeds"
        )
    Path(_OUTPUT.value).write_text(json.dumps(record, indent=1) + "\n")


def recall(run: study_runs.Run, data: StudyData) -> float:
    """Mean recall of FairFace's training faces over `FPRS` of the run's held-out non-faces."""
    faces, train = FaceDataset(data.choosing()), FaceDataset(data.train("celeba"))
    rows = split_rows(train, TrainConfig("").validation_fraction, run.seed).validation_nonfaces
    model = ExportedModel(run.name, run.folder)
    positives = model.score(faces.read, len(faces), _BATCH_SIZE, str).scores
    negatives = model.score(lambda part: train.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    return float(np.mean([np.mean(positives >= threshold_at_fpr(negatives, fpr)) for fpr in FPRS]))


if __name__ == "__main__":
    commands.run(main)
