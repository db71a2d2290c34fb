"""What an export is told: one frozen record, checked before anything is opened."""

from dataclasses import dataclass

from facedebias.configuration.setting_names import setting
from facedebias.data.records import SPLITS
from facedebias.errors import InputError
from facedebias.scoring.beside.export_record import DYNAMIC, FORMATS, INT8, LITERT

QUANTIZE = (DYNAMIC, INT8)
TOLERANCE = 1e-3
"""Largest difference of logits in float32: a probability then moves by at most 0.00025."""


@dataclass(frozen=True)
class ExportConfig:
    """Everything that decides what is written; see `facedebias export --help`.

    Attributes:
        run: the folder of a training run, or of a SavedModel that was exported by one.
        to: one of `FORMATS`.
        output: the folder to write.
        quantize: "dynamic" (weights of 8 bits) or "int8" (activations too); empty for neither.
        calibrate: face file that the ranges of activations are taken from; empty without "int8".
        groups: attributes of it whose combinations are drawn from evenly; empty draws faces alike.
        split: part of it to draw from; None draws from all.
        seed: of these draws.
        overwrite: whether an earlier export in `output` is replaced.
    """

    run: str
    to: str
    output: str
    quantize: str = ""
    calibrate: str = ""
    groups: tuple[str, ...] = ()
    split: str | None = None
    seed: int = 0
    overwrite: bool = False

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is wrong, or that does not fit another.
        """
        if self.to not in FORMATS:
            raise InputError(f"{setting('to', self.to)}: expected one of {', '.join(FORMATS)}.")
        if self.quantize not in {"", *QUANTIZE}:
            raise InputError(f"{setting('quantize', self.quantize)}: expected one of {', '.join(QUANTIZE)}.")
        if self.quantize and self.to != LITERT:
            raise InputError(
                f"{setting('quantize', self.quantize)}: belongs to {setting('to', LITERT)}, which runs "
                f"numbers of 8 bits on phones and processors. Give that, or leave {setting('quantize')} out."
            )
        if self.quantize == INT8 and not self.calibrate:
            raise InputError(
                f"{setting('quantize', INT8)}: needs pictures to take the ranges of activations from. Give a "
                f"face file with {setting('calibrate')}, or {setting('quantize', DYNAMIC)}, which needs none."
            )
        if self.calibrate and self.quantize != INT8:
            raise InputError(
                f"{setting('calibrate', self.calibrate)}: belongs to {setting('quantize', INT8)}, as nothing "
                "else has ranges to take from pictures. Give that too, or leave it out."
            )
        self._check_draws()

    def _check_draws(self) -> None:
        given = (("groups", bool(self.groups)), ("split", self.split is not None))
        if names := [name for name, is_given in given if is_given and not self.calibrate]:
            raise InputError(
                f"{setting(names[0])}: says which pictures of {setting('calibrate')} are drawn; give that "
                "too, or leave it out."
            )
        if len(set(self.groups)) < len(self.groups) or "" in self.groups:
            given_groups = setting("groups", ",".join(self.groups))
            raise InputError(f"{given_groups}: expected attributes, each once, e.g. race,gender.")
        if self.split not in {None, *SPLITS}:
            raise InputError(f"{setting('split', self.split)}: expected one of {', '.join(SPLITS)}.")
        if self.seed < 0:
            raise InputError(f"{setting('seed', self.seed)}: expected 0 or more.")
