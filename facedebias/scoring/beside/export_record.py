"""`export.json` beside a model that `facedebias export` wrote: its format, and what it was made from."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import checksums

NAME = "export.json"
SAVED_MODEL, KERAS, LITERT, ONNX = FORMATS = ("savedmodel", "keras", "litert", "onnx")
FILES = {KERAS: "model.keras", LITERT: "model.tflite", ONNX: "model.onnx"}
"""What each format calls its file; a SavedModel is the folder `export`, as in a run."""

FLOAT32, DYNAMIC, INT8 = QUANTIZATIONS = ("float32", "dynamic", "int8")
_TITLES = {SAVED_MODEL: "SavedModel", KERAS: "Keras", LITERT: "LiteRT", ONNX: "ONNX"}
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class ExportRecord:
    """What a model was made from, and how.

    Attributes:
        format: one of `FORMATS`.
        quantization: one of `QUANTIZATIONS`.
        source: `identity` of the SavedModel that it was made from.
        sha256: of the file; of a SavedModel its `identity`.
    """

    format: str
    quantization: str
    source: str
    sha256: str

    @property
    def label(self) -> str:
        """E.g. "ONNX", "LiteRT int8"."""
        title = _TITLES[self.format]
        return title if self.quantization == FLOAT32 else f"{title} {self.quantization}"


def read(model: str | Path) -> ExportRecord | None:
    """The record beside a model; None if there is none, it is damaged, or it tells of another model."""
    folder = provenance.folder_of(model)
    try:
        fields = inner_file.read_json(folder, NAME, most_bytes=provenance.MOST_BYTES)
        record = _of_json(fields)
    except (RefusedFileError, ValueError, LookupError, TypeError):
        return None
    return record if fingerprint(Path(model)) == record.sha256 else None


def _of_json(fields: Mapping[str, Any]) -> ExportRecord:
    """Raises whatever comes if the record is something else."""
    record = ExportRecord(
        fields["format"], fields["quantization"], fields["source"]["sha256"], fields["sha256"]
    )
    if record.format not in FORMATS or record.quantization not in QUANTIZATIONS:
        raise ValueError("kinds")
    if not all(isinstance(text, str) and _SHA256.fullmatch(text) for text in (record.source, record.sha256)):
        raise ValueError("checksums")
    return record


def write(folder: Path, record: ExportRecord, others: Mapping[str, Any]) -> None:
    """Writes the record.

    Args:
        folder: that the model lies in.
        record: what audits read.
        others: further plain values; "source" is joined with what is said of it here.
    """
    fields = {
        "format": record.format,
        "quantization": record.quantization,
        "sha256": record.sha256,
        **others,
        "source": {"sha256": record.source, **others.get("source", {})},
    }
    (folder / NAME).write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")


def fingerprint(model: Path) -> str:
    """SHA-256 of a model's file; of a SavedModel its `identity`."""
    return checksums.file_sha256(model) if model.is_file() else identity(model)


def identity(saved_model: Path) -> str:
    """SHA-256 that tells a SavedModel from others: that of the list of its files' checksums.

    It is the SHA-256 of its `SHA256SUMS`, and the same whether or not that file is there.
    """
    return hashlib.sha256(checksums.listing(saved_model).encode()).hexdigest()
