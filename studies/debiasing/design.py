"""What the study compares: the methods, and the questions they answer."""

from collections.abc import Mapping

from studies.harness.method import Method, Settings

# What each is compared with, and its cost matched to.
REFERENCE = "cnn"
# What all methods share; none of it knows a group. Written out, so that later defaults of
# `train.py` do not make these runs others.
RECIPE: Settings = {
    "width": 12,
    "latent_dim": 100,
    "kl_weight": 0.0005,
    "rule": "max",
    "alpha": 0.01,
    "bins": 10,
    "temperature": 5.0,
    "strength": 0.7,
    "lookahead": 2,
    "nonface_sampler": "loss",
    "epochs": 12,
    "batch_size": 64,
    "learning_rate": 0.001,
    "schedule": "cosine",
    "keep": "last",
    "flip": True,
    "zoom": 0.2,
    "stretch": 0.2,
    "rotate": 24.0,
    "shift": 0.1,
    "brightness": 0.3,
    "gamma": 0.7,
    "contrast": 0.0,
    "blur": 0.0,
    "average_mirrored": True,
    "standardize": True,
    "validation_fraction": 0.1,
}
VALIDATION_FRACTION = float(str(RECIPE["validation_fraction"]))
CNN: Settings = {**RECIPE, "model": "classifier", "sampler": "uniform"}
UNIFORM: Settings = {**RECIPE, "model": "dbvae", "sampler": "uniform"}
LATENT: Settings = {**UNIFORM, "sampler": "latent"}
HARD: Settings = {**CNN, "sampler": "loss"}
# The width at which a step of the classifier takes as long as one of the DB-VAE: on a core 58 ms
# at 17 and at 18, 42 at 16 and 64 at 20 (kernels work on blocks of 16 filters), and 57 for the
# DB-VAE.
MATCHED_WIDTH = 18
# FairFace has a third of CelebA's training faces, and an epoch on them a third of the steps:
# with so many epochs all take as many steps.
_FEW_FACES: Settings = {"epochs": 38}
# Sets poorer in dark faces, with half of the steps.
POORER_SETS = {"celeba-dark-0.01": "1% dark", "synthetic": "drawn faces, 2% dark"}
_POORER_EPOCHS = {"celeba-dark-0.01": 6, "synthetic": 12}
POORER_KINDS: Mapping[str, tuple[str, Settings]] = {
    "cnn": ("CNN", CNN),
    "cnn-loss": ("CNN, hard faces more often", HARD),
    "dbvae-uniform": ("DB-VAE, no resampling", UNIFORM),
    "dbvae-latent": ("DB-VAE, resampled", LATENT),
}


def _main() -> dict[str, Method]:
    fairface, few = {**CNN, **_FEW_FACES}, "FairFace's number of faces"
    product = {**LATENT, "rule": "product"}
    knows = "balanced groups"
    return {
        REFERENCE: Method("CNN", CNN, "celeba"),
        "cnn-loss": Method("CNN, hard faces more often", HARD, "celeba"),
        "cnn-matched": Method(f"CNN, width {MATCHED_WIDTH}", {**CNN, "width": MATCHED_WIDTH}, "celeba"),
        "dbvae-uniform": Method("DB-VAE, no resampling", UNIFORM, "celeba"),
        "dbvae-max-0.01": Method("DB-VAE, rule max", LATENT, "celeba"),
        "dbvae-product-0.01": Method("DB-VAE, rule product", product, "celeba"),
        "dbvae-loss": Method("DB-VAE, hard faces more often", {**LATENT, "sampler": "loss"}, "celeba"),
        "cnn-few": Method(f"CNN, {few} of CelebA", fairface, "celeba-few"),
        "cnn-fairface": Method("CNN, balanced faces (FairFace)", fairface, "fairface", knows),
    }


def _poorer() -> dict[str, Method]:
    """Training sets with few dark faces: where there is something to find."""
    return {
        f"{kind}-{data}": Method(f"{title}, {what}", {**settings, "epochs": _POORER_EPOCHS[data]}, data)
        for data, what in POORER_SETS.items()
        for kind, (title, settings) in POORER_KINDS.items()
    }


# What `train.py --model dbvae` does by default, which the study judges debiasing by.
DEBIASED = "dbvae-max-0.01"
MATCHED = "cnn-matched"
CEILING, CEILING_CONTROL = "cnn-fairface", "cnn-few"
DEFAULT = "cnn-loss"  # what `train.py` does without flags
METHODS = _main()
POORER = _poorer()


def is_bound(name: str) -> bool:
    """Whether a method shows what could be had, not what can: it knows groups, or has other faces."""
    method = {**METHODS, **POORER}[name]
    return bool(method.knows) or method.data != "celeba"


def group_test(method: Method) -> str:
    """The test of `datasets.TESTS` whose dark faces are like those that a training set lacks."""
    return "synthetic" if method.data == "synthetic" else "fairface"


FREE = tuple(name for name in METHODS if not is_bound(name))
# What differences are from, and of which methods: each a family of tests, decided before they were looked at.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    REFERENCE: FREE,
    MATCHED: FREE,  # at the cost of the DB-VAE
    # What drawing adds to the VAE itself.
    "dbvae-uniform": tuple(name for name in FREE if name.startswith("dbvae-")),
    CEILING_CONTROL: (CEILING,),
}
# The same of `POORER`, by what their names begin with.
POORER_FAMILIES: Mapping[str, tuple[str, ...]] = {
    REFERENCE: ("cnn-loss", "dbvae-uniform", "dbvae-latent"),
    "dbvae-uniform": ("dbvae-latent",),
}
