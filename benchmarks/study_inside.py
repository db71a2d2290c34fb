r"""Looks inside the study's DB-VAEs: what do latents know, and whom would a density raise?

    FACEDEBIAS_DATA=DIR python -m benchmarks.study_inside

For the runs of the default DB-VAE that `benchmarks.study` left in --workdir:

- the mutual information of each latent with FairFace's labels, the ITA of the skin and two
  properties of the picture, over FairFace's training faces (the test faces are left alone);
- for several estimates of how rare a training face is: its rank correlation with darkness (minus
  ITA), and how many of the draws would be of dark faces if the estimates were all sharpened so that
  the effective sample size is half of the faces.

Writes benchmarks/results/study_inside.json and .md, and docs/study-inside.png.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from absl import flags
from matplotlib.figure import Figure
from scipy import optimize, stats
from sklearn.decomposition import PCA
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from benchmarks import skin_tone
from benchmarks.study_data import StudyData
from benchmarks.study_methods import DEBIASED
from facedebias import commands, machine, run_record
from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.errors import InputError

_DATA_ROOT = flags.DEFINE_string(
    "data_root", os.environ.get("FACEDEBIAS_DATA"), "Folder of the collections (default: FACEDEBIAS_DATA)."
)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/study", "Folder of the study.")
_OUTPUT = flags.DEFINE_string("output", "benchmarks/results/study_inside", "Results without their ending.")
_PICTURE = flags.DEFINE_string("picture", "docs/study-inside.png", "PNG file to write.")

_BATCH_SIZE = 256
_NEIGHBOURS, _COMPONENTS = 10, 16
_ESS_SHARE = 0.5  # what the estimates are sharpened to, so that they can be compared
_BINS, _ALPHA = 10, 0.01


def main(argv: Sequence[str]) -> None:
    """Measures each run and writes the means over runs."""
    commands.refuse_arguments(argv)
    if not _DATA_ROOT.value:
        raise InputError("no pictures; name their folder with --data_root or FACEDEBIAS_DATA.")
    machine.import_tensorflow()
    workdir = Path(_WORKDIR.value).resolve()
    data = StudyData(Path(_DATA_ROOT.value), workdir / "data")
    folders = sorted(path.parent for path in (workdir / "runs" / DEBIASED).glob("seed-*/run.json"))
    if not folders:
        raise InputError(f"{workdir}: no finished runs of {DEBIASED}; run benchmarks.study first.")
    found = [_look_inside(folder, data) for folder in folders]
    record = {
        **run_record.provenance(),
        "num_runs": len(found),
        "information": _mean([run["information"] for run in found]),
        "densities": _mean([run["densities"] for run in found]),
    }
    output = Path(_OUTPUT.value)
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    text = _table(record)
    output.with_suffix(".md").write_text(text)
    _draw([run["information"] for run in found], Path(_PICTURE.value))
    print(text)


def _mean(records: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Of every figure, the mean and the values of the runs."""
    return {
        row: {
            name: {
                "mean": float(np.mean([r[row][name] for r in records])),
                "runs": [r[row][name] for r in records],
            }
            for name in records[0][row]
        }
        for row in records[0]
    }


def _look_inside(folder: Path, data: StudyData) -> dict[str, Any]:
    import tensorflow as tf

    from facedebias import models
    from facedebias.config import TrainConfig

    config = TrainConfig.load(folder / "config.json")
    train, choosing = FaceDataset(data.train("celeba")), FaceDataset(data.choosing())
    model = models.build(config, train.image_shape)
    tf.train.Checkpoint(model=model).read(str(folder / "kept" / "weights")).expect_partial()
    rows = split_rows(train, config.validation_fraction, config.seed).train_faces
    return {
        "information": _information(model, choosing),
        "densities": _densities(model, train.read(rows)),
    }


def _encode(model: Any, images: np.ndarray) -> dict[str, np.ndarray]:
    """Latents, features of the last hidden layer, logits and reconstruction errors of pictures."""
    import tensorflow as tf

    parts: dict[str, list[np.ndarray]] = {"latents": [], "features": [], "logits": [], "errors": []}
    for start in range(0, len(images), _BATCH_SIZE):
        pixels = model.pixels_of(tf.constant(images[start : start + _BATCH_SIZE]))
        features = model.encoder.features(pixels)
        outputs = model.encoder.head(features).numpy()
        latents = outputs[:, 1 : 1 + model.latent_dim]
        error = tf.reduce_mean(tf.abs(model.decoder(tf.constant(latents)) - pixels), axis=(1, 2, 3))
        values = (latents, features.numpy(), outputs[:, 0], error.numpy())
        for name, value in zip(parts, values, strict=True):
            parts[name].append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _information(model: Any, faces: FaceDataset) -> dict[str, dict[str, float]]:
    """In nats: the most and the mean that one latent tells, and what chance gives (labels shuffled)."""
    images = faces.read(np.arange(len(faces)))
    latents = _encode(model, images)["latents"]
    grey = images.mean(axis=3).reshape(len(images), *images.shape[1:3])
    flat, mirrored = (x.reshape(len(x), -1) - x.mean(axis=(1, 2))[:, None] for x in (grey, grey[:, :, ::-1]))
    symmetry = (flat * mirrored).sum(axis=1) / np.maximum((flat**2).sum(axis=1), 1e-9)
    targets: dict[str, tuple[np.ndarray, Any]] = {
        name: (faces.attribute(name).codes, mutual_info_classif) for name in ("race", "gender", "age")
    }
    targets |= {
        "skin (ITA)": (skin_tone.ita(images), mutual_info_regression),
        "light (mean pixel)": (grey.mean(axis=(1, 2)), mutual_info_regression),
        "pose (symmetry)": (symmetry, mutual_info_regression),
    }
    found = {}
    for name, (values, estimate) in targets.items():
        told = estimate(latents, values, random_state=0)
        shuffled = np.random.default_rng(0).permutation(values)
        by_chance = estimate(latents, shuffled, random_state=0)
        found[name] = {"most": told.max(), "mean": told.mean(), "most by chance": by_chance.max()}
    return found


def _densities(model: Any, images: np.ndarray) -> dict[str, dict[str, float]]:
    """For each estimate of rarity: correlation with darkness, and dark draws at equal sharpness."""
    known = _encode(model, images)
    latents, features = known["latents"], known["features"]
    contributions = features * model.encoder.head.kernel.numpy()[:, 0]
    rarities = _histogram_rarities(latents)
    widest = np.argsort(-latents.std(axis=0))[:10]
    estimates = {
        "histograms, max (the lab)": rarities.max(axis=1),
        "histograms, product (the paper)": rarities.sum(axis=1),
        "histograms of the 10 widest latents": rarities[:, widest].sum(axis=1),
        "nearest neighbours, latents": _neighbours(latents),
        "Gaussian mixture, latents": _mixture(_components(latents, 20)),
        "nearest neighbours, last hidden layer": _neighbours(_components(features, 20)),
        "Gaussian mixture, last hidden layer": _mixture(_components(features, 20)),
        "nearest neighbours, parts of the logit": _neighbours(_components(contributions, 10)),
        "reconstruction error": known["errors"],
        "minus logit (the loss)": -known["logits"],
    }
    angles = skin_tone.ita(images)
    is_dark = angles < skin_tone.DARK
    found = {"even draws": {"correlation": 0.0, "dark draws": float(is_dark.mean())}}
    for name, rarity in estimates.items():
        probabilities = _sharpened(rarity)
        found[name] = {
            "correlation": float(stats.spearmanr(rarity, -angles)[0]),
            "dark draws": float(probabilities[is_dark].sum()),
        }
    return found


def _histogram_rarities(latents: np.ndarray) -> np.ndarray:
    """-log(Q_j(z_j) + alpha), float64 `(num_faces, latent_dim)`, as the samplers have it."""
    places = ((latents - latents.mean(axis=0)) / latents.std(axis=0) / 4 + 1) / 2
    bins = np.clip(places * _BINS, 0, _BINS - 1).astype(int)
    rarities = np.empty(latents.shape)
    for latent, own in enumerate(bins.T):
        rarities[:, latent] = -np.log(np.bincount(own, minlength=_BINS)[own] / len(own) + _ALPHA)
    return rarities


def _components(values: np.ndarray, number: int) -> np.ndarray:
    standardized = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    return PCA(number, random_state=0).fit_transform(standardized)


def _neighbours(values: np.ndarray) -> np.ndarray:
    """Log distance to the tenth neighbour: but for a constant, minus log density / dimension."""
    distances, _ = NearestNeighbors(n_neighbors=_NEIGHBOURS + 1).fit(values).kneighbors(values)
    return np.log(np.maximum(distances[:, -1], 1e-9))


def _mixture(values: np.ndarray) -> np.ndarray:
    mixture = GaussianMixture(_COMPONENTS, covariance_type="diag", random_state=0, max_iter=300)
    return -mixture.fit(values).score_samples(values)


def _sharpened(rarity: np.ndarray) -> np.ndarray:
    """Probabilities proportional to exp(t * rarity), with t such that ESS is half of the faces."""
    scaled = (rarity - rarity.mean()) / rarity.std()

    def probabilities(temperature: float) -> np.ndarray:
        weights = np.exp(temperature * (scaled - scaled.max()))
        return weights / weights.sum()

    def excess(temperature: float) -> float:
        return float(1 / np.sum(probabilities(temperature) ** 2) / len(rarity) - _ESS_SHARE)

    return probabilities(optimize.brentq(excess, 1e-3, 50.0))


def _table(record: dict[str, Any]) -> str:
    lines = ["| rarity of a face by | rank correlation with darkness | dark faces among the draws, % |"]
    lines.append("|---|---|---|")
    for name, row in record["densities"].items():
        lines.append(
            f"| {name} | {row['correlation']['mean']:+.2f} | {100 * row['dark draws']['mean']:.1f} |"
        )
    lines += ["", "| one latent tells of | most, nats | most by chance | mean |", "|---|---|---|---|"]
    for name, row in record["information"].items():
        cells = " | ".join(f"{row[what]['mean']:.3f}" for what in ("most", "most by chance", "mean"))
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines) + "\n"


def _draw(runs: Sequence[dict[str, dict[str, float]]], path: Path) -> None:
    """The most that one latent tells of each property, a point a run, beside what chance gives."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(6.5, 2.8), layout="constrained", dpi=130)
        axes = figure.subplots()
        names = list(runs[0])
        for row, name in enumerate(names):
            for what, colour in (("most by chance", "#999999"), ("most", "#0072B2")):
                values = [run[name][what] for run in runs]
                axes.plot(values, [row] * len(values), ".", color=colour, alpha=0.4)
                label = {"most": "the latent that tells most", "most by chance": "labels shuffled"}[what]
                axes.plot(np.mean(values), row, "o", color=colour, label=label if row == 0 else None)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("mutual information, nats")
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.legend(frameon=False)
        figure.savefig(path)


if __name__ == "__main__":
    commands.run(main)
