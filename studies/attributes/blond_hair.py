r"""A standard test of the field: blond hair, which hardly any man in CelebA has.

    python -m facedebias.prepare --faces celeba:DIR --crop head --output data/celeba.h5
    python -m studies.attributes.blond_hair --data data/celeba.h5

A model that takes men for dark-haired is right nearly always, and wrong on blond men. Of 10,000
pictures only 81 are of such; so every picture is tested once, by five-fold cross-validation over
people, and that --seeds times. Accuracy is that at logit 0 over all folds together; the worst group is
the one with the lowest mean. How sure a difference from plain training is, is bootstrapped over
people. Resumable run by run. What is kept of the runs is in studies/attributes/blond_hair.jsonl; the same
command without --data makes the table of it again. Writes blond_hair.json and .md below --results.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.targets import target_labels
from facedebias.mitigation import methods as mitigations
from facedebias.scoring.exported_model import ExportedModel
from studies.attributes import blond_records
from studies.attributes.blond_records import CELLS, GROUP, TARGET
from studies.attributes.cross_validation import NUM_FOLDS, Folds, as_markdown
from studies.harness import pool
from studies.harness.method import Method
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import Run, runs_of

_DATA = flags.DEFINE_string("data", None, "Face file of CelebA (default: make the table of the records).")
_METHODS = flags.DEFINE_list(
    "methods", ["plain", "group", "group_dro", "loss"], "Of docs/mitigation.md, plain first."
)
_SEEDS = flags.DEFINE_integer("seeds", 1, "Times that all folds are run.", lower_bound=1)
_JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/blond_hair", "Folder for face files and runs.")
_RECORDS = flags.DEFINE_string("records", "studies/attributes/blond_hair.jsonl", "What is kept of the runs.")
_OUTPUT = flags.DEFINE_string("results", "studies/attributes/results", "Folder for the table.")

_BATCH_SIZE = 512


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, and writes what came of it."""
    running.refuse_arguments(argv)
    records = RecordFile(Path(_RECORDS.value))
    if _DATA.value:
        _train(_DATA.value, records)
    table = blond_records.compare_recorded(records, _METHODS.value, _SEEDS.value)
    folder = Path(_OUTPUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    found = {**provenance.provenance(), "target": TARGET, "seeds": _SEEDS.value, "methods": table}
    (folder / "blond_hair.json").write_text(json.dumps(found, indent=1) + "\n")
    text = as_markdown(table, CELLS)
    (folder / "blond_hair.md").write_text(text)
    print(text)


def _train(path: str, records: RecordFile) -> None:
    dataset, sha256 = FaceDataset(path), provenance.sha256(path)
    # Folds of other pictures lie elsewhere.
    workdir = Path(_WORKDIR.value).resolve() / sha256[:12]
    blond_records.describe(dataset, sha256, records)
    folds = Folds(dataset, workdir / "data", sha256)
    chosen = {name: _method(name) for name in _METHODS.value}
    runs = runs_of(chosen, range(NUM_FOLDS * _SEEDS.value), workdir, records)
    with pool.only_user_of(workdir):
        pool.train(runs, folds, _JOBS.value, lambda run: _record(run, folds))


def _method(name: str) -> Method:
    settings = dict(mitigations.MITIGATIONS[name].settings) | {"target": TARGET}
    if name not in {"plain", "loss", "latent"}:
        settings["groups"] = (GROUP,)
    return Method(name, settings, "folds")


def _record(run: Run, folds: Folds) -> None:
    """Keeps which pictures of its fold a run was wrong about."""
    dataset = FaceDataset(folds.train("", run.seed))
    rows = dataset.rows(split="test")
    labels = target_labels(dataset, TARGET)[rows]
    model = ExportedModel(run.name, run.folder)
    logits = model.score(lambda part: dataset.read(rows[part]), len(rows), _BATCH_SIZE, str).scores
    is_wrong = (logits >= 0) != (labels == 1)
    stored = json.loads((run.folder / "run.json").read_text())
    run.keep(
        {
            **{name: stored[name] for name in ("date", "git_revision")},
            "num_tested": len(rows),
            "wrong": " ".join(map(str, rows[is_wrong])),
        }
    )


if __name__ == "__main__":
    running.run(main)
