r"""Looks inside the study's DB-VAEs: what do latents know, and whom would a density raise?

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_inside

For the runs of the default DB-VAE that `benchmarks.study` left in --workdir:

- the mutual information of each latent with FairFace's labels, the ITA of the skin and two
  properties of the picture, over FairFace's training faces (the test faces are left alone);
- for several estimates of how rare a training face is: its rank correlation with darkness (minus
  ITA); how many of the draws would be of dark faces if all estimates were sharpened so that
  the effective sample size is half of the faces; and whether two runs, or two draws of a face's
  augmentation, agree on who is rare;
- by the default rule: which of CelebA's attributes raise a face's share of the draws.

- what single latents change in a face, measured on decoded faces: the ITA of the skin and how
  symmetric they are, as one latent goes from -3 to 3 of its standard deviations.

Writes benchmarks/results/study_inside.json and .md, docs/study-inside.png and
docs/study-traversals.png.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags
from scipy import stats
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks import skin_tone, study_flags, study_inside_report
from benchmarks.rarity import ESTIMATES, Known, sharpened
from benchmarks.study_methods import DEBIASED, METHODS
from benchmarks.study_runs import Run, runs_of
from facedebias import machine, provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError

_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_inside", "Results without their ending.")
_PICTURES = flags.DEFINE_string("pictures", "docs", "Folder for the pictures.")

_BATCH_SIZE = 256
_RULE = "histograms, max"  # the default
_ERROR = "reconstruction error"
_MOST_SEEDS = 100  # looked for
_NUM_SHUFFLES = 3  # of the labels, for what chance gives
_NUM_TRAVERSED = 8  # latents
_LEAST_FACES = 50  # with an attribute, for a mean of theirs to be shown


def main(argv: Sequence[str]) -> None:
    """Measures each run and writes the means over runs."""
    running.refuse_arguments(argv)
    data, workdir = study_flags.data(), study_flags.workdir()
    every = runs_of({DEBIASED: METHODS[DEBIASED]}, range(_MOST_SEEDS), workdir, study_flags.records())
    trained = [run for run in every if run.is_trained]
    if not trained:
        raise InputError(
            f"{workdir}: no trained runs of {DEBIASED}. Records do not hold weights: benchmarks.study must "
            "have trained them on this machine."
        )
    machine.import_tensorflow()
    faces = FaceDataset(data.choosing())
    runs = [_Run.open(run, FaceDataset(data.train("celeba"))) for run in trained]
    information = [_information(run.model, faces) for run in runs]
    record = {
        **provenance.provenance(),
        "num_runs": len(runs),
        "information": _mean(information),
        "densities": _densities(runs),
        "raised": _mean([run.raised() for run in runs]),
        "traversals": [_traversals(run.model, faces) for run in runs],
    }
    output = Path(_OUTPUT.value)
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = study_inside_report.table(record)
    output.with_suffix(".md").write_text(text)
    study_inside_report.draw(information, record["traversals"], Path(_PICTURES.value))
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

        config = run.config()
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


def _latents(model: Any, faces: FaceDataset) -> np.ndarray:
    """Means of all latents of all faces, float32 `(num_faces, latent_dim)`."""
    starts = range(0, len(faces), _BATCH_SIZE)
    rows = np.arange(len(faces))
    parts = [model.encode(faces.read(rows[start : start + _BATCH_SIZE]))[0] for start in starts]
    return np.concatenate(parts)


def _symmetry(images: np.ndarray) -> np.ndarray:
    """Correlation of each picture with its mirror image, float64 `(n,)`."""
    grey = images.mean(axis=3)
    flat, mirrored = (
        (x - x.mean(axis=(1, 2), keepdims=True)).reshape(len(x), -1) for x in (grey, grey[:, :, ::-1])
    )
    return (flat * mirrored).sum(axis=1) / np.maximum((flat**2).sum(axis=1), 1e-9)


def _traversals(model: Any, faces: FaceDataset) -> dict[str, Any]:
    """ITA and symmetry of the mean face as the widest latents change, one at a time."""
    latents = _latents(model, faces)
    mean, spread = latents.mean(axis=0), latents.std(axis=0)
    widest = np.argsort(-spread)[:_NUM_TRAVERSED]
    found: dict[str, Any] = {"latents": widest.tolist(), "deviations": spread[widest].tolist()}
    for what in ("ITA", "symmetry"):
        found[what] = []
    for latent in widest:
        moved = np.repeat(mean[None], len(study_inside_report.STEPS), axis=0)
        moved[:, latent] += study_inside_report.STEPS * spread[latent]
        pictures = (255 * model.decode(moved).numpy()).round().astype(np.uint8)
        found["ITA"].append(skin_tone.ita(pictures).tolist())
        found["symmetry"].append(_symmetry(pictures).tolist())
    return found


def _information(model: Any, faces: FaceDataset) -> dict[str, dict[str, float]]:
    """In nats: the most and the mean that one latent tells, and what chance gives (labels shuffled, mean)."""
    images, latents = faces.read(np.arange(len(faces))), _latents(model, faces)
    targets: dict[str, tuple[np.ndarray, Any]] = {
        name: (faces.attribute(name).codes, mutual_info_classif) for name in ("race", "gender", "age")
    }
    targets |= {
        "skin (ITA)": (skin_tone.ita(images), mutual_info_regression),
        "light (mean pixel)": (images.mean(axis=(1, 2, 3)), mutual_info_regression),
        "pose (symmetry)": (_symmetry(images), mutual_info_regression),
    }
    found = {}
    for name, (values, estimate) in targets.items():
        told = estimate(latents, values, random_state=0)
        by_chance = [
            estimate(latents, np.random.default_rng(seed).permutation(values), random_state=0).max()
            for seed in range(_NUM_SHUFFLES)
        ]
        found[name] = {
            "most": float(told.max()),
            "mean": float(told.mean()),
            "most by chance": float(np.mean(by_chance)),
        }
    return found


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
