"""Trains every model with several seeds, tests them once, and writes table and figures.

    python benchmarks/compare_models.py --train data/train.h5 --test data/test.h5 --groups race,gender \
        --output benchmarks/results/face_detection

All models get the defaults of train.py and are compared at the same false positive rate on the
test file's non-faces. Runs that are complete in --workdir are kept, so that the command can be
stopped and given again. Writes OUTPUT.json and OUTPUT.md.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from facedebias import commands, run_record
from facedebias.audit.evaluation import evaluate
from facedebias.audit.findings import ModelResult
from facedebias.audit.intervals import Estimate
from facedebias.audit.settings import AuditConfig
from facedebias.config import RULES, TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from facedebias.training import train_and_evaluate

_TRAIN = flags.DEFINE_string("train", None, "Face file to train on.", required=True)
_TEST = flags.DEFINE_string("test", None, "Face file to test on.", required=True)
_GROUPS = flags.DEFINE_list("groups", None, "Attributes whose combinations are the groups.", required=True)
_SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, one run of every model each.")
_FPR = flags.DEFINE_float("fpr", 0.01, "False positive rate, 0 to 1, that all are compared at.")
_EPOCHS = flags.DEFINE_integer("epochs", TrainConfig("").epochs, "Passes over the training faces.")
_RULE = flags.DEFINE_enum("rule", TrainConfig("").rule, RULES, "Of the latent sampler.")
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/compare", "Folder for the runs.")
_OUTPUT = flags.DEFINE_string("output", None, "Result files without their endings.", required=True)

METHODS: dict[str, dict[str, str]] = {
    "classifier": {"model": "classifier", "sampler": "uniform"},
    "DB-VAE, uniform": {"model": "dbvae", "sampler": "uniform"},
    "DB-VAE, latent": {"model": "dbvae", "sampler": "latent"},
}
_RECALL = "true_positive_rate"
_FIGURES = {"mean_recall": 100.0, "worst_recall": 100.0, "gap": 100.0, "variance": 1.0}


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, then tests everything."""
    commands.refuse_arguments(argv)
    seeds = [int(seed) for seed in _SEEDS.value]
    for name in _GROUPS.value:
        FaceDataset(_TEST.value).attribute(name)  # better refused now than after hours of training
    runs = {(method, seed): _train(method, seed) for seed in seeds for method in METHODS}
    config = AuditConfig(
        models=tuple(str(folder) for folder in runs.values()),
        data=_TEST.value,
        groups=tuple(_GROUPS.value),
        fpr=_FPR.value,
    )
    audit = evaluate(config, show_progress=True)
    results = dict(zip(runs, audit.models, strict=True))
    methods = {method: summarize([results[method, seed] for seed in seeds]) for method in METHODS}
    record = {
        **run_record.provenance(),
        "seeds": seeds,
        "train_sha256": run_record.sha256(_TRAIN.value),
        "test_sha256": run_record.sha256(_TEST.value),
        "threshold_rule": audit.threshold_rule,
        "config": TrainConfig("", epochs=_EPOCHS.value, rule=_RULE.value).to_json(),
        "methods": methods,
    }
    output = Path(_OUTPUT.value)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = as_markdown(methods, len(seeds))
    output.with_suffix(".md").write_text(text)
    print(text)


def _train(method: str, seed: int) -> Path:
    """The folder of a finished run."""
    name = method.replace(", ", "-").lower()
    folder = Path(_WORKDIR.value) / f"{name}-seed{seed}"
    config = TrainConfig(_TRAIN.value, seed=seed, epochs=_EPOCHS.value, rule=_RULE.value, **METHODS[method])
    # Neither a finished run nor one to resume may have other settings or other data, so that no
    # old run is passed off as a new one.
    if (folder / "run.json").exists():
        record = json.loads((folder / "run.json").read_text())
        changes = config.changes_from(TrainConfig.load(folder / "config.json"))
        if changes or record["data_sha256"] != run_record.sha256(_TRAIN.value):
            raise InputError(
                f"{folder}: was trained otherwise ({', '.join(changes) or 'data'}); move it away."
            )
        return folder
    train_and_evaluate(config, folder, resume=(folder / "config.json").exists())
    return folder


def summarize(results: Sequence[ModelResult]) -> dict[str, Any]:
    """Figures of one method over its seeds.

    Each has the mean and the standard deviation over seeds (n - 1), and as `interval` the mean
    of the seeds' 95% intervals, which cover the choice of test faces but not of seeds.
    """
    summary: dict[str, Any] = {}
    for name in _FIGURES:
        estimates = [_figure(result, name) for result in results]
        summary[name] = _over_seeds(
            [estimate.value for estimate in estimates], [estimate.interval for estimate in estimates]
        )
    rates = [result.overall["false_positive_rate"] for result in results]
    summary["fpr"] = [rate.value for rate in rates if rate]
    summary["groups"] = {
        groups[0].name: {
            "n": groups[0].num_rows,
            **_over_seeds(
                [g.metrics[_RECALL].value for g in groups], [g.metrics[_RECALL].interval for g in groups]
            ),
        }
        for groups in zip(*(result.groups for result in results), strict=True)
    }
    return summary


def _figure(result: ModelResult, name: str) -> Estimate:
    main = result.main
    found = {
        "mean_recall": main.means[_RECALL],
        "worst_recall": main.worst[_RECALL],
        "gap": main.differences["equal_opportunity_difference"],
        "variance": main.differences[f"{_RECALL}_variance"],
    }[name]
    return Estimate(found.value, found.interval)


def _over_seeds(values: Sequence[float], intervals: Sequence[Sequence[float]]) -> dict[str, Any]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {
        "mean": float(np.mean(values)),
        "deviation": deviation,
        "interval": np.mean(intervals, axis=0).tolist(),
        "seeds": list(values),
    }


def as_markdown(methods: dict[str, dict[str, Any]], num_seeds: int) -> str:
    """A row a model: mean and deviation over seeds, and the mean 95% interval."""
    lines = [
        f"| model ({num_seeds} seeds) | mean recall, % | worst group, % | best minus worst, points | "
        "variance, %² |",
        "|---|---|---|---|---|",
    ]
    for method, summary in methods.items():
        cells = []
        for name, scale in _FIGURES.items():
            figure = summary[name]
            low, high = (scale * end for end in figure["interval"])
            spread = f" ± {scale * figure['deviation']:.1f}" if figure["deviation"] is not None else ""
            cells.append(f"{scale * figure['mean']:.1f}{spread} ({low:.1f} to {high:.1f})")
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    commands.run(main)
