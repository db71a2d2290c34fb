"""What single latents tell of faces, and what they change in a decoded one."""

from typing import Any

import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from facedebias.data.face_columns import FACE
from facedebias.data.face_file import FaceDataset
from studies.debiasing import skin_tone
from studies.debiasing.inside.face_properties import light, symmetry
from studies.debiasing.inside.latent_tables import STEPS

_BATCH_SIZE = 256
_NUM_SHUFFLES = 3  # of the labels, for what chance gives
_NUM_TRAVERSED = 8  # latents


def _latents(model: Any, faces: FaceDataset) -> np.ndarray:
    """Means of all latents of all faces, float32 `(num_faces, latent_dim)`."""
    rows = faces.rows(FACE)
    starts = range(0, len(rows), _BATCH_SIZE)
    parts = [model.encode(faces.read(rows[start : start + _BATCH_SIZE]))[0] for start in starts]
    return np.concatenate(parts)


def traversals_of(model: Any, faces: FaceDataset) -> dict[str, Any]:
    """ITA and symmetry of the mean face as the widest latents change, one at a time."""
    latents = _latents(model, faces)
    mean, spread = latents.mean(axis=0), latents.std(axis=0)
    widest = np.argsort(-spread)[:_NUM_TRAVERSED]
    found: dict[str, Any] = {"latents": widest.tolist(), "deviations": spread[widest].tolist()}
    for what in ("ITA", "symmetry"):
        found[what] = []
    for latent in widest:
        moved = np.repeat(mean[None], len(STEPS), axis=0)
        moved[:, latent] += STEPS * spread[latent]
        pictures = (255 * model.decode(moved).numpy()).round().astype(np.uint8)
        found["ITA"].append(skin_tone.ita(pictures).tolist())
        found["symmetry"].append(symmetry(pictures).tolist())
    return found


def information_of(model: Any, faces: FaceDataset) -> dict[str, dict[str, float]]:
    """In nats: the most and the mean that one latent tells, and what chance gives (labels shuffled, mean)."""
    rows = faces.rows(FACE)
    images, latents = faces.read(rows), _latents(model, faces)
    targets: dict[str, tuple[np.ndarray, Any]] = {
        name: (faces.attribute(name).codes[rows], mutual_info_classif) for name in ("race", "gender", "age")
    }
    targets |= {
        "skin (ITA)": (skin_tone.ita(images), mutual_info_regression),
        "light (mean pixel)": (light(images), mutual_info_regression),
        "pose (symmetry)": (symmetry(images), mutual_info_regression),
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
