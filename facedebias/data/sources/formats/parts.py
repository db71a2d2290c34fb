"""Names that data sets give to their parts."""

from facedebias.data.records import SPLITS

_NAMES = {
    "train": ("train", "training", "0"),
    "val": ("val", "valid", "validation", "dev", "development", "eval", "1"),
    "test": ("test", "testing", "2"),
}
_CODES = {name: SPLITS.index(part) for part, names in _NAMES.items() for name in names}
PART_NAMES = frozenset(name for name in _CODES if not name.isdecimal())


def part_code(text: str) -> int | None:
    """Index into `records.SPLITS` of a part by its name, or by its number as CelebA counts them.

    Returns:
        None if it names no part.
    """
    return _CODES.get(text.strip().lower().removesuffix(".0"))
