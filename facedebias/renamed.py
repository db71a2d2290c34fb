"""Names that flags had in earlier versions."""

from collections.abc import Container

# Old name -> the name it has now; where commands differ, the first that a command knows.
_NEW_NAMES = {
    "gap": ("max_gap",),
    "protected": ("groups",),
    "soften": ("blur",),
    "standardized": ("standardize",),
    "nostandardized": ("nostandardize",),
    "workdir": ("runs", "output"),
}


def new_name(old: str, known: Container[str]) -> str | None:
    """The name that a flag of an earlier version has now.

    Args:
        old: the name, without dashes.
        known: the names of today.

    Returns:
        One of `known`; None if the flag is not an old one of theirs.
    """
    return next((name for name in _NEW_NAMES.get(old, ()) if name in known), None)
