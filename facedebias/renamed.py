"""Names that flags had in earlier versions."""

from collections.abc import Container

# Old name -> the name it has now; where commands differ, the first that a command knows.
_NEW_NAMES = {
    "gap": ("max_gap",),
    "protected": ("groups",),
    "soften": ("blur",),
    "standardized": ("standardize",),
    "workdir": ("runs", "output"),
}


def new_name(old: str, known: Container[str]) -> str | None:
    """The name that a flag of an earlier version has now.

    Args:
        old: the name, without dashes; with "no" before it for a flag that is turned off.
        known: the names of today.

    Returns:
        One of `known`, or "no" and one of them; None if the flag is not an old one of theirs.
    """
    for prefix in ("", "no"):
        for name in _NEW_NAMES.get(old.removeprefix(prefix), ()):
            if old.startswith(prefix) and name in known:
                return f"{prefix}{name}"
    return None
