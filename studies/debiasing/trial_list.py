"""What the search tries: one change of the recipe each, in three ways to train."""

from collections.abc import Mapping

from studies.debiasing.judging.trial_statistics import BASE
from studies.debiasing.recipe import START
from studies.harness.method import Method, Settings

# What changes are made of. Names of trials begin with these.
WAYS: Mapping[str, Settings] = {
    "cnn": {**START, "model": "classifier", "sampler": "uniform"},
    "hard": {**START, "model": "classifier", "sampler": "loss"},
    "dbvae": {**START, "model": "dbvae", "sampler": "latent", "rule": "expected_loss"},
}
TITLES = {"cnn": "CNN", "hard": "CNN, hard faces", "dbvae": "DB-VAE, expected loss"}

_COLOURS: Mapping[str, Settings] = {
    "no colours": {"saturation": 0.0, "tint": 0.0},
    "tint 0.2": {"tint": 0.2},
}
_MORE_COLOURS: Mapping[str, Settings] = {
    "saturation alone": {"tint": 0.0},
    "tint alone": {"saturation": 0.0},
    "hue 15": {"hue": 15.0},
    "gray 0.1": {"gray": 0.1},
    "tint 0.3": {"tint": 0.3},
    "tint 0.2, gray 0.2": {"tint": 0.2, "gray": 0.2},
}
_SAMPLING: Mapping[str, Settings] = {
    "even": {"sampler": "uniform"},
    "rule max": {"rule": "max"},
    "rule max of the lab": {"rule": "max", "binning": "range", "alpha": 0.001},
    "own loss 0.7": {"sampler": "loss"},
    "own loss 1.2": {"sampler": "loss", "strength": 1.2},
    "latents 0.7": {"own_strength": 0.0},
    "latents 1.2": {"latent_strength": 1.2, "own_strength": 0.0},
    "latents 0.7, own 1.2": {"own_strength": 1.2},
    "latents 1.2, own 0.7": {"latent_strength": 1.2},
    "latents 1.2, own 1.2": {"latent_strength": 1.2, "own_strength": 1.2},
    "decay 0.98": {"loss_decay": 0.98},
    "decay 0.999": {"loss_decay": 0.999},
    "5 bins": {"bins": 5},
    "20 bins": {"bins": 20},
    "16 latents": {"latent_dim": 16},
    "32 latents": {"latent_dim": 32},
    "original rebuilt": {"reconstruct": "original"},
}
_RECIPE: Mapping[str, Settings] = {
    "strength 1.2": {"strength": 1.2},
    "strength 1.2, non-faces too": {"strength": 1.2, "nonface_strength": 1.2},
    "non-faces 1.2": {"nonface_strength": 1.2},
    "learning rate 0.0005": {"learning_rate": 0.0005},
    "learning rate 0.002": {"learning_rate": 0.002},
    "learning rate 0.004": {"learning_rate": 0.004},
    "learning rate 0.002, tint 0.2": {"learning_rate": 0.002, "tint": 0.2},
    "batch 32": {"batch_size": 32},
    "contrast 0.3": {"contrast": 0.3},
    "blur 0.3": {"blur": 0.3},
    "moved half as far": {"zoom": 0.1, "stretch": 0.1, "rotate": 12.0, "shift": 0.05},
    "moved farther": {"zoom": 0.3, "stretch": 0.3, "rotate": 36.0, "shift": 0.15},
}
_TURNED: Mapping[str, Settings] = {
    "yaw 15": {"yaw": 15.0},
    "yaw 40": {"yaw": 40.0},
    "yaw 60": {"yaw": 60.0},
}
_LARGER: Mapping[str, Settings] = {
    "width 24": {"width": 24},
    "24 epochs": {"epochs": 24},
    "depth 2": {"depth": 2},
    "depth 3": {"depth": 3},
    "depth 2, 24 epochs": {"depth": 2, "epochs": 24},
    "depth 2, width 18": {"depth": 2, "width": 18},
    "learning rate 0.002": {"learning_rate": 0.002},
    "depth 2, learning rate 0.002": {"depth": 2, "learning_rate": 0.002},
    "depth 2, 24 epochs, learning rate 0.002": {"depth": 2, "epochs": 24, "learning_rate": 0.002},
    "depth 3, 24 epochs, learning rate 0.002": {"depth": 3, "epochs": 24, "learning_rate": 0.002},
    "depth 3, 24 epochs, learning rate 0.002, yaw 30": {
        "depth": 3,
        "epochs": 24,
        "learning_rate": 0.002,
        "yaw": 30.0,
    },
    "depth 2, width 18, 24 epochs, learning rate 0.002": {
        "depth": 2,
        "width": 18,
        "epochs": 24,
        "learning_rate": 0.002,
    },
    "depth 2, width 18, 24 epochs, learning rate 0.002, yaw 30": {
        "depth": 2,
        "width": 18,
        "epochs": 24,
        "learning_rate": 0.002,
        "yaw": 30.0,
    },
}
_CHANGES: Mapping[str, Mapping[str, Settings]] = {
    "cnn": {BASE: {}, **_COLOURS},
    "hard": {BASE: {}, **_COLOURS, **_RECIPE, **_MORE_COLOURS, **_TURNED, **_LARGER},
    "dbvae": {BASE: {}, **_SAMPLING, **_LARGER},
}


def _trials() -> dict[str, Method]:
    return {
        f"{way}-{what}".replace(", ", "-").replace(" ", "-"): Method(
            what, {**WAYS[way], **settings}, "celeba"
        )
        for way, changes in _CHANGES.items()
        for what, settings in changes.items()
    }


TRIALS = _trials()
