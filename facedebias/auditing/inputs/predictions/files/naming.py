"""Names: of columns, and of models after their files."""

import unicodedata
from pathlib import Path

STANDARD_INPUT = frozenset({"-", "/dev/stdin"})
_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".feather", ".arrow", ".jsonl", ".ndjson", ".json")
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


def clean_name(text: str) -> str:
    """A name without spaces around it, with plain ones in it, in Unicode's composed form (NFC).

    A no-break space, as web pages and word processors have it, looks like any other.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if text.isascii():
        return text
    return "".join(" " if unicodedata.category(char) == "Zs" else char for char in text)


def model_name(location: str) -> str:
    """What a model is called after its file: "cnn" for "out/cnn.csv.gz", a plain word for pipes."""
    if location in STANDARD_INPUT:
        return "stdin"
    if location.startswith(("/dev/fd/", "/proc/")):
        return "pipe"
    name = Path(location).resolve().name
    for suffixes in (_PACKED, _SUFFIXES):
        stem, suffix = Path(name).stem, Path(name).suffix
        name = stem if suffix.lower() in suffixes else name
    return name
