"""What the study compares: the methods, and the questions they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.study_data import DARK_SHARES, SKIN_TONE

# What each is compared with, and its cost matched to.
REFERENCE = "cnn"
Settings = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Method:
    """One way to train.

    Attributes:
        title: what tables call it.
        settings: of `train.py`, beside its defaults.
        data: the file it is trained on, a name of `StudyData.train`.
        knows: what it is told of groups; nothing for all but the references.
    """

    title: str
    settings: Settings = field(default_factory=dict)
    data: str = "celeba"
    knows: str = ""


# What all methods share, chosen by benchmarks/study_search.py. None of it knows a group.
RECIPE: Settings = {
    "epochs": 16,
    "zoom": 0.2,
    "stretch": 0.2,
    "rotate": 24,
    "shift": 0.1,
    "standardized": True,
    "average_mirrored": True,
    "nonface_sampler": "loss",
}
CNN: Settings = {**RECIPE, "model": "classifier"}
UNIFORM: Settings = {**RECIPE, "model": "dbvae", "sampler": "uniform"}
LATENT: Settings = {**RECIPE, "model": "dbvae", "sampler": "latent"}
# The width at which a step of the classifier takes as long as one of the DB-VAE; see
# `seconds` in the study's table for what came of it.
MATCHED_WIDTH = 16
ALPHAS = (0.1, 0.01, 0.001)


def _main() -> dict[str, Method]:
    methods = {
        REFERENCE: Method("CNN", CNN),
        "cnn-matched": Method(f"CNN, width {MATCHED_WIDTH}", {**CNN, "width": MATCHED_WIDTH}),
        "dbvae-uniform": Method("DB-VAE, no resampling", UNIFORM),
    }
    for rule in ("max", "product", "mean"):
        for alpha in ALPHAS:
            methods[f"dbvae-{rule}-{alpha:g}"] = Method(
                f"DB-VAE, {rule}, α {alpha:g}", {**LATENT, "rule": rule, "alpha": alpha}
            )
    return methods | {
        "dbvae-max-0.01-epoch": Method(
            "DB-VAE, max, α 0.01, once an epoch", {**LATENT, "sampler": "latent_epoch", "alpha": 0.01}
        ),
        "cnn-loss": Method("CNN, hard faces more often", {**CNN, "sampler": "loss"}),
        "dbvae-loss": Method("DB-VAE, hard faces more often", {**LATENT, "sampler": "loss"}),
        "cnn-skin": Method(
            "CNN, skin tones balanced",
            {**CNN, "sampler": "group", "protected": SKIN_TONE},
            knows="skin tone (ITA) of the training faces",
        ),
        "cnn-fairface": Method("CNN, balanced faces (FairFace)", CNN, "fairface", "faces of balanced groups"),
    }


def _poorer() -> dict[str, Method]:
    """Training sets with few dark faces: where there is something to find."""
    return {
        f"{name}-{data}-dark-{share:g}": Method(
            f"{title}, {share:.0%} dark", settings, f"{data}-dark-{share:g}", knows
        )
        for data in ("celeba", "fairface")
        for share in DARK_SHARES
        for name, title, settings, knows in (
            ("cnn", "CNN", CNN, ""),
            ("dbvae-uniform", "DB-VAE, no resampling", UNIFORM, ""),
            ("dbvae-latent", "DB-VAE, resampled", LATENT, ""),
        )
    }


# What `train.py --model dbvae` does by default, which the study judges debiasing by.
DEBIASED = "dbvae-max-0.01"
MATCHED = "cnn-matched"
DEFAULT = "cnn"  # what `train.py` does without flags
METHODS = _main()
POORER = _poorer()
