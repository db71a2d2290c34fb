"""What the study compares: the methods, and the questions they answer. Written down before it ran."""

from collections.abc import Mapping

from studies.debiasing.recipe import RECIPE
from studies.harness.method import Method, Settings

# What `train.py --model dbvae` does by default, which the study judges debiasing by.
DEBIASED = "dbvae-both"
# A CNN of equal cost with even draws.
MATCHED = "cnn-matched"
# Own losses at this strength give about as small an effective sample size as `DEBIASED` does.
_SAME_SIZE: Settings = {"strength": 1.2}
CNN: Settings = {**RECIPE, "model": "classifier", "sampler": "uniform"}
HARD: Settings = {**CNN, "sampler": "loss"}
EVEN: Settings = {**RECIPE, "model": "dbvae", "sampler": "uniform"}
MAX: Settings = {**EVEN, "sampler": "latent", "rule": "max"}
LATENTS: Settings = {**EVEN, "sampler": "latent", "rule": "expected_loss", "own_strength": 0.0}
BOTH: Settings = {**EVEN, "sampler": "latent", "rule": "expected_loss"}
# The width at which a step of the classifier takes as long as one of the DB-VAE: on a core 58 ms
# at 17 and at 18, 42 at 16 and 64 at 20 (kernels work on blocks of 16 filters), and 57 for the
# DB-VAE.
MATCHED_WIDTH = 18
_WIDE: Settings = {"width": MATCHED_WIDTH}
# FairFace has a third of CelebA's training faces, and an epoch on them a third of the steps:
# with so many epochs all take as many steps.
_FAIRFACE_EPOCHS = 38
# Sets poorer in dark faces, with half of the steps.
POORER_SETS = {"celeba-dark-0.01": "1% dark", "synthetic": "drawn faces, 2% dark"}
_POORER_EPOCHS = {"celeba-dark-0.01": 6, "synthetic": 12}

# Whatever draws by losses has a strength at which about as few faces share the draws.
KINDS: Mapping[str, tuple[str, Settings]] = {
    "cnn": ("CNN", CNN),
    "cnn-matched": (f"CNN, width {MATCHED_WIDTH}", {**CNN, **_WIDE}),
    "cnn-matched-loss": (f"CNN, width {MATCHED_WIDTH}, hard faces", {**HARD, **_WIDE, **_SAME_SIZE}),
    "dbvae-even": ("DB-VAE, even draws", EVEN),
    "dbvae-max-lab": ("DB-VAE, max as the lab", {**MAX, "binning": "range", "alpha": 0.001}),
    "dbvae-max": ("DB-VAE, max", MAX),
    "dbvae-loss": ("DB-VAE, hard faces", {**EVEN, "sampler": "loss", **_SAME_SIZE}),
    "dbvae-latents": ("DB-VAE, expected loss", LATENTS),
    "dbvae-both": ("DB-VAE, expected and own loss", BOTH),
}


def _main() -> dict[str, Method]:
    methods = {name: Method(title, settings, "celeba") for name, (title, settings) in KINDS.items()}
    balanced = {**CNN, **_WIDE, "epochs": _FAIRFACE_EPOCHS}
    title = f"CNN, width {MATCHED_WIDTH}, balanced faces (FairFace)"
    return {**methods, CEILING: Method(title, balanced, "fairface", "balanced groups")}


def _poorer() -> dict[str, Method]:
    """Training sets with few dark faces: where there is most to find."""
    return {
        f"{kind}-{data}": Method(f"{title}, {what}", {**settings, "epochs": _POORER_EPOCHS[data]}, data)
        for data, what in POORER_SETS.items()
        for kind, (title, settings) in KINDS.items()
    }


CEILING = "cnn-fairface"  # what faces as in the tests would give: no method
METHODS = _main()
POORER = _poorer()


def group_test(method: Method) -> str:
    """The test of `datasets.TESTS` whose dark faces are like those that a training set lacks."""
    return "synthetic" if method.data == "synthetic" else "fairface_large"


# What differences are from, and of which kinds: each a family of tests.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    MATCHED: tuple(kind for kind in KINDS if kind not in ("cnn", MATCHED)),
    # What drawing adds to the VAE itself.
    "dbvae-even": ("dbvae-max-lab", "dbvae-max", "dbvae-loss", "dbvae-latents", "dbvae-both"),
    # What losses tell more than rarity.
    "dbvae-max": ("dbvae-loss", "dbvae-latents", "dbvae-both"),
    # What latents add to a face's own loss.
    "dbvae-loss": ("dbvae-latents", "dbvae-both"),
}
