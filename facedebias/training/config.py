"""What a training run is told: one frozen record, checked before any data is opened."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from facedebias.errors import InputError
from facedebias.text import listed

# Names that flags offer; the dictionaries of the same names live beside the classes, which
# need TensorFlow, and a test holds the two together.
MODELS = ("classifier", "dbvae")
SAMPLERS = ("uniform", "latent", "latent_epoch", "loss", "group", "balanced", "subsample", "group_dro")
NONFACE_SAMPLERS = ("uniform", "loss")
NEED_LATENTS = ("latent", "latent_epoch")
NEED_GROUPS = ("group", "balanced", "subsample", "group_dro")
PENALTIES = ("none", "mmd", "adversary")
AMONG = ("all", "positive", "negative")
NEED_AMONG = ("balanced", "group_dro")
RULES = ("max", "product", "mean")
BINNINGS = ("deviations", "range")
SCHEDULES = ("cosine", "constant")
KEPT = ("last", "best")

# train.py and facedebias.compare both read the folder of a run, and share no flag for that.
_START_ANEW = "Delete the folder of the run to start anew, or choose another."


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the result of a training run; see `train.py --help` for units."""

    data: str
    target: str = ""  # empty: whether a picture is a face
    model: str = "classifier"
    sampler: str = ""  # empty: that of `_own_sampler`
    rule: str = "max"
    binning: str = "deviations"
    alpha: float = 0.01
    bins: int = 10
    temperature: float = 5.0
    strength: float = 0.7
    protected: tuple[str, ...] = ()
    group_step: float = 0.01
    group_adjustment: float = 0.0
    penalty: str = "none"
    penalty_weight: float = 1.0
    among: str = "all"
    nonface_sampler: str = "loss"
    lookahead: int = 2
    width: int = 12
    latent_dim: int = 100
    kl_weight: float = 0.0005
    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 0.001
    schedule: str = "cosine"
    keep: str = "last"
    flip: bool = True
    zoom: float = 0.2
    stretch: float = 0.2
    rotate: float = 24.0
    shift: float = 0.1
    brightness: float = 0.3
    gamma: float = 0.7
    contrast: float = 0.0
    soften: float = 0.0
    average_mirrored: bool = True
    standardized: bool = True
    validation_fraction: float = 0.1
    seed: int = 0

    @classmethod
    def of_task(cls, data: str, target: str = "", **settings: Any) -> Self:
        """What `train.py` does if it is given these settings only: defaults depend on the target."""
        recipe = ATTRIBUTE_RECIPE if target else {}
        return cls(data, target, **{**recipe, **settings})

    def __post_init__(self) -> None:
        """Fills in the sampler that goes with the model and with what is learned."""
        object.__setattr__(self, "protected", tuple(self.protected))  # JSON and flags have lists
        if not self.sampler:
            object.__setattr__(self, "sampler", self._own_sampler())

    def _own_sampler(self) -> str:
        if self.model == "dbvae":
            return "latent"
        # Hard faces more often helped to recognize faces (docs/study.md), and no attribute
        # (docs/mitigation.md).
        return "uniform" if self.target else "loss"

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is out of range, its value and the range.
        """
        for name, known in (
            ("model", MODELS),
            ("sampler", SAMPLERS),
            ("nonface_sampler", NONFACE_SAMPLERS),
            ("penalty", PENALTIES),
            ("among", AMONG),
            ("rule", RULES),
            ("binning", BINNINGS),
            ("schedule", SCHEDULES),
            ("keep", KEPT),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"--{name}={getattr(self, name)}: unknown; choose one of {', '.join(known)}."
                )
        if self.sampler in NEED_LATENTS and self.model == "classifier":
            raise InputError(
                f"--sampler={self.sampler}: --model=classifier has no latents to sample by; use "
                "--model=dbvae or --sampler=uniform."
            )
        self._validate_groups()
        if self.target.partition("=")[0] in self.protected:
            raise InputError(
                f"--protected={','.join(self.protected)}: {self.target!r} is what is learned; a group "
                "would have one label only. Protect other attributes."
            )
        if self.target and self.soften:
            raise InputError(
                f"--soften={self.soften:g} --target={self.target}: blurs non-faces, and there are none "
                "where an attribute is learned; leave --soften out."
            )
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"--{name}={value:g}: expected a value from {low:g} to {high:g}.")
        if self.batch_size % 2 and not self.target:
            raise InputError(f"--batch_size={self.batch_size}: expected an even number, half of it faces.")
        if self.penalty == "mmd" and self.batch_size > _MOST_PAIRED:
            raise InputError(
                f"--batch_size={self.batch_size} --penalty=mmd: it compares all pairs of a batch, which "
                f"takes gigabytes beyond {_MOST_PAIRED:,} pictures; expected at most so many."
            )

    def _validate_groups(self) -> None:
        users = [f"--sampler={self.sampler}"] if self.sampler in NEED_GROUPS else []
        users += [f"--penalty={self.penalty}"] if self.penalty != "none" else []
        if self.among != "all" and self.penalty == "none" and self.sampler not in NEED_AMONG:
            raise InputError(
                f"--among={self.among}: nothing asks among whom groups are to be alike; add --penalty="
                f"{' or '.join(PENALTIES[1:])}, or --sampler={' or '.join(NEED_AMONG)}, or leave it out."
            )
        if self.among != "all" and not self.target:
            raise InputError(
                f"--among={self.among}: non-faces have no groups; learn an attribute with --target, or leave "
                "it out."
            )
        if users and not self.protected:
            raise InputError(
                f"{' '.join(users)}: needs to know groups; name the attributes that make them, e.g. "
                "--protected=Male,Young."
            )
        if self.protected and not users:
            raise InputError(
                f"--protected={','.join(self.protected)}: nothing uses these groups; add one of --sampler="
                f"{', '.join(NEED_GROUPS)} or --penalty={', '.join(PENALTIES[1:])}, or leave it out (the "
                "audit takes its own, evaluate.py --groups)."
            )

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote; fields that this version does not know are left out.

        Raises:
            InputError: if the file is no JSON or lacks a field. An older version wrote it then,
                and today's default need not be what that version did.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        try:
            values = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: is no JSON. {_START_ANEW}") from error
        if not isinstance(values, dict):
            raise InputError(f"{path}: holds no settings of a run. {_START_ANEW}")
        if missing := sorted(known - values.keys()):
            raise InputError(
                f"{path}: has no {', '.join(missing)}; the run was started by another version of facedebias. "
                f"{_START_ANEW}"
            )
        values = {name: value for name, value in values.items() if name in known}
        defaults = cls(data="").to_json()
        if wrong := [name for name, value in values.items() if not _is_alike(value, defaults[name])]:
            raise InputError(f"{path}: {listed(wrong)} of another kind than a run writes. {_START_ANEW}")
        return cls(**values)

    def save(self, path: Path) -> None:
        """Writes the fields as JSON."""
        path.write_text(json.dumps(self.to_json(), indent=2) + "\n")

    def changes_from(self, other: Self) -> list[str]:
        """Describes each field whose value differs, e.g. "alpha 0.01 -> 0.1"."""
        mine, theirs = self.to_json(), other.to_json()
        return [f"{name} {theirs[name]} -> {mine[name]}" for name in mine if mine[name] != theirs[name]]


def _is_alike(value: Any, default: Any) -> bool:
    """Whether a value of JSON is of the kind of a default."""
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


# Defaults where an attribute is learned. It is seen in less than a face is, and in light as well:
# pictures are moved and lit less than faces are.
ATTRIBUTE_RECIPE: Mapping[str, Any] = {
    "epochs": 20,
    "zoom": 0.1,
    "stretch": 0.1,
    "rotate": 12.0,
    "shift": 0.05,
    "brightness": 0.2,
    "gamma": 0.3,
    "standardized": False,
}

# Pictures of a batch that are compared in pairs: a table of them has 67 MB, and ten are needed at once.
_MOST_PAIRED = 4096

_RANGES: dict[str, tuple[float, float]] = {
    "alpha": (1e-6, 1.0),
    "bins": (2, 255),
    "temperature": (0.0, 1000.0),
    "strength": (0.0, 10.0),
    "group_step": (0.0, 10.0),
    "group_adjustment": (0.0, 1000.0),
    "penalty_weight": (0.0, 1000.0),
    "lookahead": (1, 64),
    "width": (1, 1024),
    "latent_dim": (1, 4096),
    "kl_weight": (0.0, 1000.0),
    "epochs": (1, 100_000),
    "batch_size": (2, 65_536),
    "learning_rate": (1e-8, 10.0),
    "zoom": (0.0, 1.0),
    "stretch": (0.0, 1.0),
    "rotate": (0.0, 180.0),
    "shift": (0.0, 0.5),
    "brightness": (0.0, 0.99),
    "gamma": (0.0, 3.0),
    "contrast": (0.0, 0.99),
    "soften": (0.0, 1.0),
    "validation_fraction": (0.01, 0.5),
    "seed": (0, 2**31 - 1),
}
