"""What an audit is told: one frozen record, checked before anything is opened."""

from dataclasses import dataclass
from pathlib import Path

from facedebias.errors import InputError

DEFAULT_FPR = 0.01


@dataclass(frozen=True)
class AuditConfig:
    """Everything that decides the result of an audit; see `evaluate.py --help` for units.

    Attributes:
        models: folders of models, each perhaps as "name=folder".
        data: a face file, a folder of group folders, or a source as "name:location".
        nonfaces: the same for non-faces; None takes those of `data`.
        groups: attributes whose combinations are the groups; empty takes the folders of a
            folder of groups, and otherwise one group.
        thresholds: probabilities, one for all models or one for each; empty sets thresholds
            at a false positive rate.
        fpr: that rate; None is `DEFAULT_FPR`.
        split: take only this part of face files and of sources that have parts.
        batch_size: pictures scored at once; changes no figure.
    """

    models: tuple[str, ...]
    data: str
    nonfaces: str | None = None
    groups: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    fpr: float | None = None
    split: str | None = None
    batch_size: int = 256

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is wrong.
        """
        if not self.models:
            raise InputError("--model: none given; expected the folder of an exported model.")
        if self.thresholds and self.fpr is not None:
            raise InputError("--threshold and --fpr: both given; a threshold is fixed or set at a rate.")
        if len(self.thresholds) not in {0, 1, len(self.models)}:
            raise InputError(
                f"--threshold: {len(self.thresholds)} given for {len(self.models)} models; expected one "
                "for all or one for each."
            )
        for threshold in self.thresholds:
            if not 0 <= threshold <= 1:
                raise InputError(f"--threshold={threshold:g}: expected a probability from 0 to 1.")
        if self.fpr is not None and not 0 < self.fpr < 1:
            raise InputError(f"--fpr={self.fpr:g}: expected a share between 0 and 1, e.g. {DEFAULT_FPR}.")
        if self.batch_size < 1:
            raise InputError(f"--batch_size={self.batch_size}: expected at least 1.")
        if len(set(self.groups)) < len(self.groups) or "" in self.groups:
            raise InputError(
                f"--groups={','.join(self.groups)}: expected attributes, each once, e.g. race,gender."
            )

    @property
    def rate(self) -> float:
        """The false positive rate that thresholds are set at, unless they are fixed."""
        return DEFAULT_FPR if self.fpr is None else self.fpr

    def named_models(self) -> list[tuple[str, Path]]:
        """Name and folder of each model; names are made different by numbers."""
        named: list[tuple[str, Path]] = []
        for text in self.models:
            name, path = _split_name(text)
            taken = {other for other, _ in named}
            number = 1
            while (unique := name if number == 1 else f"{name}-{number}") in taken:
                number += 1
            named.append((unique, path))
        return named


def _split_name(text: str) -> tuple[str, Path]:
    name, equals, location = text.partition("=")
    # A folder may have a "=" in its own name, as in runs/alpha=0.1.
    if equals and name and "/" not in name and not Path(text).exists():
        return name, Path(location)
    path = Path(text)
    folder = path.resolve()
    return (folder.parent if folder.name == "export" else folder).name, path
