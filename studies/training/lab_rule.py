r"""How often rare faces are drawn by the rule of MIT 6.S191 lab 2, and by this project's.

    python -m studies.training.lab_rule

Latents of 10,000 faces are drawn from N(0, 1), and 2.5% of the faces lie 4 standard deviations off
in 4 of them. No encoder moves, so that the rules alone differ. "Lab" is the lab's formula over all
faces at once; the others are the samplers of train.py, the one of every batch after the faces were
seen once and weighed anew twice. Means of three draws of the latents. Takes half a minute on two cores.
Writes studies/training/results/lab_rule.json and .md.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import flags
from scipy.stats import spearmanr

from benchmarks.training.lab_reference import probabilities_of
from facedebias import provenance
from facedebias.cli import running
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.sampling.latent import LatentSampler

_OUTPUT = flags.DEFINE_string("output", "studies/training/results/lab_rule", "Results without their ending.")

_NUM_FACES, _NUM_SEEDS, _BATCH_SIZE = 10_000, 3, 32
_LATENT_DIMS = (4, 10, 30, 100)
_NUM_SHIFTED, _SHIFT, _RARE = 4, 4.0, 0.025
_LAB_ALPHA, _OWN_ALPHA = 0.001, 0.01  # the lab's smoothing, and train.py's default


def _planted_latents(num_faces: int, latent_dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Latents float32 `(num_faces, latent_dim)` of which 2.5% lie apart, and which these are, bool."""
    latents = np.random.default_rng(seed).normal(size=(num_faces, latent_dim)).astype(np.float32)
    is_rare = np.arange(num_faces) < _RARE * num_faces
    latents[is_rare, :_NUM_SHIFTED] += _SHIFT
    return latents, is_rare


def main(argv: Sequence[str]) -> None:
    """Measures, writes and prints."""
    running.refuse_arguments(argv)
    found = [
        {"latent_dim": latent_dim, **_mean([_measure(latent_dim, seed) for seed in range(_NUM_SEEDS)])}
        for latent_dim in _LATENT_DIMS
    ]
    output = Path(_OUTPUT.value)
    record = {**provenance.provenance(), "num_faces": _NUM_FACES, "rare": _RARE, "latents": found}
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = _table(found)
    output.with_suffix(".md").write_text(text)
    print(text)


def _mean(records: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([record[name] for record in records])) for name in records[0]}


def _measure(latent_dim: int, seed: int) -> dict[str, float]:
    """Of each rule: rare faces among the draws, effective sample size, rank correlation with the lab's."""
    latents, is_rare = _planted_latents(_NUM_FACES, latent_dim, seed)
    lab = probabilities_of(latents)
    rules = {
        "lab": lab,
        "range, once an epoch": _once(latents, "range", _LAB_ALPHA),
        "range, every batch": _every_batch(latents, "range", _LAB_ALPHA),
        "deviations, every batch": _every_batch(latents, "deviations", _OWN_ALPHA),
    }
    figures = {}
    for name, p in rules.items():
        figures[f"{name}: rare"] = float(p[is_rare].sum())
        figures[f"{name}: effective sample size"] = float(1 / np.sum(p**2) / _NUM_FACES)
        figures[f"{name}: rank correlation"] = float(spearmanr(p, lab).statistic)
    return figures


def _once(latents: np.ndarray, binning: str, alpha: float) -> np.ndarray:
    sampler = EpochLatentSampler(len(latents), alpha=alpha, binning=binning)
    sampler.on_epoch_start(lambda: latents)
    return sampler.probabilities()


def _every_batch(latents: np.ndarray, binning: str, alpha: float) -> np.ndarray:
    """Draws and updates as training does, until the last weight follows the last histogram."""
    num_faces, latent_dim = latents.shape
    sampler = LatentSampler(num_faces, latent_dim, alpha=alpha, binning=binning)
    update, draw = tf.function(sampler.update), tf.function(sampler.draw)
    while int(sampler.num_updates) < num_faces / _BATCH_SIZE + 2 * num_faces / 256 + 2:
        faces = draw(sampler.num_updates, _BATCH_SIZE)
        update(faces, tf.gather(latents, faces))
    return sampler.probabilities()


def _table(found: Sequence[Mapping[str, float]]) -> str:
    """What share of the draws goes to the rare faces, by rule, and how the weights agree; Markdown."""
    lines = [
        "| latents | lab's formula, % | `range`, once an epoch, % | `range`, every batch, % "
        "| `deviations`, every batch, % | rank correlation of `range`, every batch | of `deviations` |",
        "|---|---|---|---|---|---|---|",
    ]
    rules = ("lab", "range, once an epoch", "range, every batch", "deviations, every batch")
    for entry in found:
        cells = [str(entry["latent_dim"])]
        cells += [f"{100 * entry[f'{rule}: rare']:.1f}" for rule in rules]
        cells += [f"{entry[f'{rule}: rank correlation']:.3f}" for rule in rules[2:]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    running.run(main)
