"""What the study compares: the methods, and the questions they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.study_data import DARK_SHARES, SKIN_TONE

# What each is compared with, and its cost matched to.
REFERENCE = "cnn"
Settings = Mapping[str, str | float | tuple[str, ...]]


@dataclass(frozen=True)
class Method:
    """One way to train.

    Attributes:
        title: what tables call it.
        settings: of `train.py`; `RECIPE` and what is the method's own.
        data: the file it is trained on, a name of `StudyData.train`.
        knows: what it is told of groups; nothing for all but the references.
        variant: a name of `variants.VARIANTS`, for what `train.py` does not have.
    """

    title: str
    settings: Settings = field(default_factory=dict)
    data: str = "celeba"
    knows: str = ""
    variant: str = ""

    @property
    def group_test(self) -> str:
        """The test of `study_data.TESTS` whose dark faces are like those it lacks."""
        return "synthetic" if self.data == "synthetic" else "fairface"

    @property
    def is_bound(self) -> bool:
        """Whether it shows what could be had, not what can: it knows groups, or has other faces."""
        return bool(self.knows) or self.data != "celeba"


# What all methods share, found by trials like those of benchmarks/study_search.py; none of it knows
# a group. Written out, so that later defaults of `train.py` do not make these runs others.
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
    "soften": 0.0,
    "average_mirrored": True,
    "standardized": True,
    "validation_fraction": 0.1,
}
CNN: Settings = {**RECIPE, "model": "classifier", "sampler": "uniform"}
UNIFORM: Settings = {**RECIPE, "model": "dbvae", "sampler": "uniform"}
LATENT: Settings = {**UNIFORM, "sampler": "latent"}
HARD: Settings = {**CNN, "sampler": "loss"}
# The width at which a step of the classifier takes as long as one of the DB-VAE: on a core 58 ms
# at 17 and at 18, 42 at 16 and 64 at 20 (kernels work on blocks of 16 filters), and 57 for the
# DB-VAE; see the seconds in the study's table for what came of it.
MATCHED_WIDTH = 18
ALPHAS = (0.1, 0.01, 0.001)
# FairFace has a third of CelebA's training faces, and an epoch on them a third of the steps:
# with so many epochs all take as many steps.
_FEW_FACES: Settings = {"epochs": 38}
# Sets poorer in dark faces are many: half of the steps, so that the study ends in a night.
_POORER_EPOCHS = {"celeba": 6, "fairface": 19, "synthetic": 12}


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
    fairface, few = {**CNN, **_FEW_FACES}, "FairFace's number of faces"
    return methods | {
        "dbvae-max-0.01-epoch": Method(
            "DB-VAE, max, α 0.01, once an epoch", {**LATENT, "sampler": "latent_epoch", "alpha": 0.01}
        ),
        "cnn-loss": Method("CNN, hard faces more often", HARD),
        "cnn-matched-loss": Method(
            f"CNN, width {MATCHED_WIDTH}, hard faces more often", {**HARD, "width": MATCHED_WIDTH}
        ),
        "dbvae-loss": Method("DB-VAE, hard faces more often", {**LATENT, "sampler": "loss"}),
        "cnn-skin": Method(
            "CNN, skin tones balanced",
            {**CNN, "sampler": "group", "protected": (SKIN_TONE,)},
            knows="skin tone (ITA) of the training faces",
        ),
        "cnn-fairface": Method("CNN, balanced faces (FairFace)", fairface, "fairface", "balanced groups"),
        "cnn-few": Method(f"CNN, {few} of CelebA", fairface, "celeba-few"),
    }


POORER_TITLES = {
    "cnn": "CNN",
    "cnn-loss": "CNN, hard faces more often",
    "dbvae-uniform": "DB-VAE, no resampling",
    "dbvae-latent": "DB-VAE, resampled",
}


def _poorer() -> dict[str, Method]:
    """Training sets with few dark faces: where there is something to find."""
    sets = {
        f"{source}-dark-{share:g}": f"{share:.0%} dark"
        for source in ("celeba", "fairface")
        for share in DARK_SHARES
    } | {"synthetic": "drawn faces, 2% dark"}
    kinds = {"cnn": CNN, "cnn-loss": HARD, "dbvae-uniform": UNIFORM, "dbvae-latent": LATENT}
    return {
        f"{kind}-{data}": Method(
            f"{POORER_TITLES[kind]}, {what}",
            {**settings, "epochs": _POORER_EPOCHS[data.partition("-")[0]]},
            data,
        )
        for data, what in sets.items()
        for kind, settings in kinds.items()
    }


# What `train.py --model dbvae` does by default, which the study judges debiasing by.
DEBIASED = "dbvae-max-0.01"
MATCHED = "cnn-matched"
# What faces that were collected to be balanced can do, and as few that were not.
CEILING, CEILING_CONTROL = "cnn-fairface", "cnn-few"
DEFAULT = "cnn-loss"  # what `train.py` does without flags
# Those that the README shows.
SHOWN = (REFERENCE, DEFAULT, MATCHED, "dbvae-uniform", DEBIASED, "dbvae-loss", CEILING)
METHODS = _main()
POORER = _poorer()

_FREE = tuple(name for name, method in METHODS.items() if not method.is_bound)
# What differences are from, and of which methods: each a family of tests, decided before they were looked at.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    REFERENCE: _FREE,
    # At the cost of the DB-VAE, plain and with what serves the classifier best on validation.
    MATCHED: _FREE,
    "cnn-matched-loss": _FREE,
    # What drawing adds to the VAE itself.
    "dbvae-uniform": tuple(name for name in _FREE if name.startswith("dbvae-")),
    # Once an epoch instead of in each batch.
    DEBIASED: (f"{DEBIASED}-epoch",),
    CEILING_CONTROL: (CEILING,),
}
# The same of `POORER`, by what their names begin with: each training set by itself, and their means.
POORER_FAMILIES: Mapping[str, tuple[str, ...]] = {
    REFERENCE: ("cnn-loss", "dbvae-uniform", "dbvae-latent"),
    "dbvae-uniform": ("dbvae-latent",),
}
