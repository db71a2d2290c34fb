"""How a message names a setting: by its flag in a command, by its argument in Python.

The same checks serve the commands and the library. A message that says "--fpr=0.01" helps in a shell
and puzzles in a notebook, so checks ask here for the name. Commands need do nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Value = str | float | tuple[float, ...] | tuple[str, ...] | None

_arguments: ContextVar[Mapping[str, str] | None] = ContextVar("arguments", default=None)


def setting(name: str, value: Value = None) -> str:
    """A setting as its reader gives it.

    Args:
        name: of the flag, without its hyphens.
        value: what to show behind it; None for the name alone, True for a flag that is set.

    Returns:
        E.g. "--fpr=0.01" and "--overwrite", in Python "fpr=0.01" and "overwrite=True".
    """
    names = _arguments.get()
    if names is None:
        return f"--{name}" if value is None or value is True else f"--{name}={_typed(value)}"
    name = names.get(name, name)
    return name if value is None else f"{name}={_written(value)}"


def are_arguments() -> bool:
    """Whether settings are arguments of a function, for sentences that differ in more than names."""
    return _arguments.get() is not None


@contextmanager
def arguments(**names: str) -> Iterator[None]:
    """Inside of it, settings are named as arguments of a function.

    Args:
        **names: flag -> argument, where the two differ.
    """
    token = _arguments.set(names)
    try:
        yield
    finally:
        _arguments.reset(token)


def _typed(value: Value) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_typed, value))
    return value if isinstance(value, str) else f"{value:g}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple):
        end = "," if len(value) == 1 else ""
        return f"({', '.join(map(_written, value))}{end})"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
