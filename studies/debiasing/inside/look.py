r"""Looks inside the study's DB-VAEs: what do latents know, and whom do the samplers draw?

    FACEDEBIAS_DATA=DIR python -m studies.debiasing.inside.look

For the runs that `studies.debiasing.study` left in --workdir:

- of every method that draws unevenly: the rank correlation of its final weights with skin tone (ITA), gender,
  pose and light, and how many of its draws are of dark faces;
- of the debiased one: which of CelebA's attributes raise a face's share of the draws; the mutual
  information of each latent with FairFace's labels and with skin, pose and light, over the faces of the
  choosing set; what single latents change in a decoded face.

Writes inside.json, inside.md and pictures below --results.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facedebias import machine, provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from studies.debiasing import study_flags
from studies.debiasing.datasets import CHOOSING
from studies.debiasing.design import DEBIASED, METHODS
from studies.debiasing.inside import latent_tables
from studies.harness.trained_runs import Run, runs_of

DRAWING = tuple(name for name in METHODS if METHODS[name].settings["sampler"] != "uniform")


def main(argv: Sequence[str]) -> None:
    """Measures each run and writes the means over runs."""
    running.refuse_arguments(argv)
    workdir = study_flags.workdir()
    methods = {name: METHODS[name] for name in DRAWING}
    every = runs_of(methods, range(study_flags.SEEDS.value), workdir, study_flags.records())
    trained = [run for run in every if run.is_trained]
    if not any(run.name == DEBIASED for run in trained):
        raise InputError(
            f"{workdir}: no trained runs of {DEBIASED}. Records do not hold weights: train them on this "
            "machine with python -m studies.debiasing.study."
        )
    machine.import_tensorflow()
    record = {**provenance.provenance(), **_measure(trained)}
    folder = Path(study_flags.RESULTS.value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inside.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
    text = latent_tables.table(record)
    (folder / "inside.md").write_text(text)
    latent_tables.draw(record, folder)
    print(text)


def _measure(runs: Sequence[Run]) -> dict[str, Any]:
    from studies.debiasing.inside.drawn import followed, raised, restored
    from studies.debiasing.inside.information import information_of, traversals_of

    data = study_flags.data()
    dataset, choosing = FaceDataset(data.train("celeba")), FaceDataset(data.test(CHOOSING))
    draws: dict[str, list[dict[str, float]]] = {}
    raises, information, traversals = [], [], []
    for run in runs:
        trainer = restored(run.folder, dataset)
        draws.setdefault(run.name, []).append(followed(trainer, dataset))
        if run.name == DEBIASED:
            raises.append(raised(trainer, dataset))
            information.append(information_of(trainer.model, choosing))
            traversals.append(traversals_of(trainer.model, choosing))
    return {
        "num_runs": len(information),
        "draws": {METHODS[name].title: _mean_of(own) for name, own in draws.items()},
        "raised": _means(raises),
        "information": _means(information),
        "traversals": traversals,
    }


def _means(records: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, Any]]:
    """Of every figure, the mean and the values of the runs."""
    return {row: _mean_of([record[row] for record in records]) for row in records[0]}


def _mean_of(records: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {
        name: {
            "mean": float(np.mean([record[name] for record in records])),
            "runs": [float(record[name]) for record in records],
        }
        for name in records[0]
    }


if __name__ == "__main__":
    running.run(main)
