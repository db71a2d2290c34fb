"""What a training run is told: one frozen record, checked before any data is opened."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from facedebias.errors import InputError

# Names that flags offer; the dictionaries of the same names live beside the classes, which
# need TensorFlow, and a test holds the two together.
MODELS = ("classifier", "dbvae")
SAMPLERS = ("uniform", "latent")
RULES = ("max", "product", "mean")
SCHEDULES = ("cosine", "constant")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides the result of a training run; see `train.py --help` for units."""

    data: str
    model: str = "classifier"
    sampler: str = ""  # empty: "latent" for a model with latents, else "uniform"
    rule: str = "max"
    alpha: float = 0.01
    bins: int = 10
    temperature: float = 5.0
    lookahead: int = 2
    width: int = 12
    latent_dim: int = 100
    kl_weight: float = 0.0005
    epochs: int = 8
    batch_size: int = 64
    learning_rate: float = 0.001
    schedule: str = "cosine"
    flip: bool = True
    brightness: float = 0.3
    gamma: float = 0.7
    contrast: float = 0.0
    soften: float = 0.0
    validation_fraction: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        """Fills in the sampler that goes with the model."""
        if not self.sampler:
            object.__setattr__(self, "sampler", "latent" if self.model == "dbvae" else "uniform")

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is out of range, its value and the range.
        """
        for name, known in (
            ("model", MODELS),
            ("sampler", SAMPLERS),
            ("rule", RULES),
            ("schedule", SCHEDULES),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"--{name}={getattr(self, name)}: unknown; choose one of {', '.join(known)}."
                )
        if self.sampler == "latent" and self.model == "classifier":
            raise InputError(
                "--sampler=latent: --model=classifier has no latents to sample by; use --model=dbvae "
                "or --sampler=uniform."
            )
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"--{name}={value:g}: expected a value from {low:g} to {high:g}.")
        if self.batch_size % 2:
            raise InputError(f"--batch_size={self.batch_size}: expected an even number, half of it faces.")

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote; fields that this version does not know are left out."""
        known = {field.name for field in dataclasses.fields(cls)}
        try:
            values = json.loads(path.read_text())
        except ValueError as error:
            raise InputError(f"{path}: is no JSON ({error}). Start the run anew with --overwrite.") from error
        return cls(**{name: value for name, value in values.items() if name in known})

    def save(self, path: Path) -> None:
        """Writes the fields as JSON."""
        path.write_text(json.dumps(self.to_json(), indent=2) + "\n")

    def changes_from(self, other: Self) -> list[str]:
        """Describes each field whose value differs, e.g. "alpha 0.01 -> 0.1"."""
        mine, theirs = self.to_json(), other.to_json()
        return [f"{name} {theirs[name]} -> {mine[name]}" for name in mine if mine[name] != theirs[name]]


_RANGES: dict[str, tuple[float, float]] = {
    "alpha": (1e-6, 1.0),
    "bins": (2, 255),
    "temperature": (0.0, 1000.0),
    "lookahead": (1, 64),
    "width": (1, 1024),
    "latent_dim": (1, 4096),
    "kl_weight": (0.0, 1000.0),
    "epochs": (1, 100_000),
    "batch_size": (2, 65_536),
    "learning_rate": (1e-8, 10.0),
    "brightness": (0.0, 0.99),
    "gamma": (0.0, 3.0),
    "contrast": (0.0, 0.99),
    "soften": (0.0, 1.0),
    "validation_fraction": (0.01, 0.5),
    "seed": (0, 2**31 - 1),
}
