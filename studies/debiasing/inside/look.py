r"""Looks inside the study's DB-VAEs: what do latents know, and whom would a density raise?

    FACEDEBIAS_DATA=DIR python -m studies.debiasing.inside.look

For the runs of the default DB-VAE that `studies.debiasing.study` left in --workdir:

- the mutual information of each latent with FairFace's labels, the ITA of the skin and two
  properties of the picture, over FairFace's training faces (the test faces are left alone);
- for several estimates of how rare a training face is: its rank correlation with darkness (minus
  ITA); how many of the draws would be of dark faces if all estimates were sharpened so that
  the effective sample size is half of the faces; and whether two runs, or two draws of a face's
  augmentation, agree on who is rare;
- by the default rule: which of CelebA's attributes raise a face's share of the draws.

- what single latents change in a face, measured on decoded faces: the ITA of the skin and how
  symmetric they are, as one latent goes from -3 to 3 of its standard deviations.

Writes inside.json, inside.md and pictures below --results.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from facedebias import machine, provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError
from studies.debiasing import skin_tone, study_flags
from studies.debiasing.design import DEBIASED, METHODS
from studies.debiasing.inside import latent_tables
from studies.debiasing.inside.information import information_of, traversals_of
from studies.debiasing.inside.rarity import ESTIMATES, Known
from studies.harness.neighbour_sampler import sharpened
from studies.harness.trained_runs import Run, runs_of

_BATCH_SIZE = 256
_RULE = "histograms, max"  # the default
_ERROR = "reconstruction error"
_MOST_SEEDS = 100  # looked for
_LEAST_FACES = 50  # with an attribute, for a mean of theirs to be shown


def main(argv: Sequence[str]) -> None:
    """Measures each run and writes the means over runs."""
    running.refuse_arguments(argv)
    data, workdir = study_flags.data(), study_flags.workdir()
    every = runs_of({DEBIASED: METHODS[DEBIASED]}, range(_MOST_SEEDS), workdir, study_flags.records())
    trained = [run for run in every if run.is_trained]
    if not trained:
        raise InputError(
            f"{workdir}: no trained runs of {DEBIASED}. Records do not hold weights: train them on this "
            "machine with python -m studies.debiasing.study."
        )
    machine.import_tensorflow()
    faces = FaceDataset(data.choosing())
    runs = [_Run.open(run, FaceDataset(data.train("celeba"))) for run in trained]
    information = [information_of(run.model, faces) for run in runs]
    record = {
        **provenance.provenance(),
        "num_runs": len(runs),
        "information": _mean(information),
        "densities": _densities(runs),
        "raised": _mean([run.raised() for run in runs]),
        "traversals": [traversals_of(run.model, faces) for run in runs],
    }
    folder = Path(study_flags.RESULTS.value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inside.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
    text = latent_tables.table(record)
    (folder / "inside.md").write_text(text)
    latent_tables.draw(information, record["traversals"], folder)
    print(text)


def _mean(records: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Of every figure, the mean and the values of the runs."""
    return {
        row: {
            name: {
                "mean": float(np.mean([r[row][name] for r in records])),
                "runs": [float(r[row][name]) for r in records],
            }
            for name in records[0][row]
        }
        for row in records[0]
    }


@dataclass(frozen=True)
class _Run:
    """A trained DB-VAE, and how rare each of its training faces is by each estimate."""

    model: Any
    faces: FaceDataset
    rows: np.ndarray
    rarities: Mapping[str, np.ndarray]
    moved: Mapping[str, np.ndarray]  # of the faces as augmentation changed them

    @classmethod
    def open(cls, run: Run, faces: FaceDataset) -> "_Run":
        import tensorflow as tf

        from facedebias.training import build
        from facedebias.training.settings import saved_config

        config, _ = saved_config.load(run.folder / "config.json")
        model = build.build(config, faces.image_shape)
        tf.train.Checkpoint(model=model).read(str(run.folder / "kept" / "weights")).expect_partial()
        rows = split_rows(faces, config.validation_fraction, config.seed).train_positives
        images = faces.read(rows)
        return cls(model, faces, rows, _rarities(model, images, False), _rarities(model, images, True))

    def angles(self) -> np.ndarray:
        """ITA of the training faces, degrees."""
        return skin_tone.ita(self.faces.read(self.rows))

    def raised(self) -> dict[str, dict[str, float]]:
        """By how much faces with an attribute are drawn more often than evenly, by the default rule."""
        weights = np.exp(self.rarities[_RULE])  # as the sampler has it, not sharpened
        shares = weights / weights.mean()
        found = {}
        for name, attribute in self.faces.attributes.items():
            codes = attribute.codes[self.rows]
            for code, value in enumerate(attribute.values):
                if np.sum(codes == code) >= _LEAST_FACES and value not in ("no", "False", "0"):
                    found[f"{name}: {value}"] = {"times": float(shares[codes == code].mean())}
        return found


def _rarities(model: Any, images: np.ndarray, is_moved: bool) -> dict[str, np.ndarray]:
    """Every estimate of how rare these faces are, and the reconstruction error."""
    import tensorflow as tf

    parts: dict[str, list[np.ndarray]] = {"latents": [], "features": [], "logits": [], "errors": []}
    for number, start in enumerate(range(0, len(images), _BATCH_SIZE)):
        batch = tf.constant(images[start : start + _BATCH_SIZE])
        pixels = (
            model.augmented(batch, tf.ones(len(batch)), tf.constant(number, tf.int64))
            if is_moved
            else (model.pixels_of(batch))
        )
        features = model.encoder.features(pixels)
        outputs = model.encoder.head(features).numpy()
        latents = outputs[:, 1 : 1 + model.latent_dim]
        error = tf.reduce_mean(tf.abs(model.decoder(tf.constant(latents)) - pixels), axis=(1, 2, 3))
        values = (latents, features.numpy(), outputs[:, 0], error.numpy())
        for name, value in zip(parts, values, strict=True):
            parts[name].append(value)
    whole = {name: np.concatenate(values) for name, values in parts.items()}
    weighed = whole["features"] * model.encoder.head.kernel.numpy()[:, 0]
    known = Known(whole["latents"], whole["features"], weighed, whole["logits"])
    return {**{name: estimate(known) for name, estimate in ESTIMATES.items()}, _ERROR: whole["errors"]}


def _densities(runs: Sequence[_Run]) -> dict[str, dict[str, dict[str, Any]]]:
    """For each estimate of rarity: correlation with darkness, dark draws, and whether it repeats."""
    angles = [run.angles() for run in runs]
    even = [float(np.mean(own < skin_tone.DARK)) for own in angles]
    found: dict[str, dict[str, dict[str, Any]]] = {"even draws": {"dark draws": _values(even)}}
    for name in runs[0].rarities:
        own = [run.rarities[name] for run in runs]
        draws = [float(sharpened(r)[a < skin_tone.DARK].sum()) for r, a in zip(own, angles, strict=True)]
        found[name] = {
            "correlation": _values([_ranks(r, -a) for r, a in zip(own, angles, strict=True)]),
            "dark draws": _values(draws),
            "same face moved": _values([_ranks(run.rarities[name], run.moved[name]) for run in runs]),
        }
        # Validation is marked in the file, so that all seeds train on the same faces.
        pairs = [_ranks(one, other) for one, other in combinations(own, 2)]
        if pairs:
            found[name]["other seed"] = _values(pairs)
    return found


def _ranks(one: np.ndarray, other: np.ndarray) -> float:
    return float(stats.spearmanr(one, other)[0])


def _values(values: Sequence[float]) -> dict[str, Any]:
    return {"mean": float(np.mean(values)), "runs": list(values)}


if __name__ == "__main__":
    running.run(main)
