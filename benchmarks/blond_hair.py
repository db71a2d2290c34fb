r"""A standard test of the field: blond hair, which hardly any man in CelebA has.

    python -m facedebias.prepare --faces celeba:DIR --crop head --output data/celeba.h5
    python -m benchmarks.blond_hair --data data/celeba.h5

A model that takes men for dark-haired is right nearly always, and wrong on blond men. Of 10,000
pictures only 81 are of such; so every picture is tested once, by five-fold cross-validation over
people, and that --seeds times. Accuracy is that at logit 0 over all folds together; the worst group is
the one with the lowest mean. How sure a difference from plain training is, is bootstrapped over
people. Resumable run by run; what is kept of each is in benchmarks/results/blond_hair/. Writes
benchmarks/results/blond_hair.json and .md.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from benchmarks import study_runs
from benchmarks.cross_validation import NUM_FOLDS, Folds, as_markdown, compare
from benchmarks.study_methods import Method
from facedebias import provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from facedebias.mitigation import methods
from facedebias.scoring.exported_model import ExportedModel

_DATA = flags.DEFINE_string("data", None, "Face file of CelebA.", required=True)
_TARGET = flags.DEFINE_string("target", "Blond_Hair", "Attribute to learn.")
_GROUP = flags.DEFINE_string("group", "Male", "Attribute that makes two groups.")
_METHODS = flags.DEFINE_list(
    "methods", ["plain", "group", "group_dro", "loss"], "Of docs/mitigation.md, plain first."
)
_SEEDS = flags.DEFINE_integer("seeds", 1, "Times that all folds are run.", lower_bound=1)
_JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/blond_hair", "Folder for face files and runs.")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/blond_hair", "Results without their ending.")

_BATCH_SIZE = 512


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it."""
    running.refuse_arguments(argv)
    dataset, sha256 = FaceDataset(_DATA.value), provenance.sha256(_DATA.value)
    # Folds of other pictures lie elsewhere.
    workdir, output = Path(_WORKDIR.value).resolve() / sha256[:12], Path(_OUTPUT.value)
    folds = Folds(dataset, workdir / "data", sha256)
    methods = {name: _method(name) for name in _METHODS.value}
    runs = study_runs.runs_of(methods, range(NUM_FOLDS * _SEEDS.value), workdir, output)
    with study_runs.only_user_of(workdir):
        study_runs.train(runs, folds, _JOBS.value, lambda run: _record(run, folds))
    right = {
        name: np.stack([_right(runs, folds, name, seed) for seed in range(_SEEDS.value)]) for name in methods
    }
    labels = target_labels(dataset, _TARGET.value)
    cells = np.where(labels < 0, -1, 2 * dataset.attribute(_GROUP.value).codes + labels)
    names = [f"{_GROUP.value}: {group}, {label}" for group in ("no", "yes") for label in ("without", "with")]
    table = compare(right, cells, dataset.identity, names)
    record = {**provenance.provenance(), "target": _TARGET.value, "seeds": _SEEDS.value, "methods": table}
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = as_markdown(table, names)
    output.with_suffix(".md").write_text(text)
    print(text)


def _method(name: str) -> Method:
    settings = dict(methods.MITIGATIONS[name].settings) | {"target": _TARGET.value}
    if name not in {"plain", "loss", "latent"}:
        settings["protected"] = (_GROUP.value,)
    return Method(name, settings)


def _record(run: study_runs.Run, folds: Folds) -> None:
    """Writes which pictures of its fold a run was right about."""
    dataset = FaceDataset(folds.train("", run.seed))
    rows = dataset.rows(split="test")
    labels = target_labels(dataset, _TARGET.value)[rows]
    model = ExportedModel(run.name, run.folder)
    logits = model.score(lambda part: dataset.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    is_wrong = (logits >= 0) != (labels == 1)
    record = {
        "settings": _settings(run),
        "data_sha256": folds.sha256,
        "date": json.loads((run.folder / "run.json").read_text())["date"],
        "num_tested": len(rows),
        "wrong": " ".join(map(str, rows[is_wrong])),
    }
    run.record_path.parent.mkdir(parents=True, exist_ok=True)
    partial = run.record_path.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1) + "\n")
    os.replace(partial, run.record_path)


def _settings(run: study_runs.Run) -> dict[str, Any]:
    return {name: value for name, value in run.config().to_json().items() if name != "data"}


def _right(runs: Sequence[study_runs.Run], folds: Folds, name: str, seed: int) -> np.ndarray:
    """Whether each picture was judged rightly by the model that did not train on it: bool.

    Raises:
        InputError: if a record is of other settings or pictures.
    """
    right = np.ones(len(folds.dataset), bool)
    for run in runs:
        if run.name == name and run.seed // NUM_FOLDS == seed:
            record = json.loads(run.record_path.read_text())
            if record["settings"] != _settings(run) or record["data_sha256"] != folds.sha256:
                raise InputError(
                    f"{run.record_path}: is of other settings or pictures. Delete it to run it anew, or "
                    "choose another --output."
                )
            right[np.array(record["wrong"].split(), int)] = False
    return right


if __name__ == "__main__":
    running.run(main)
