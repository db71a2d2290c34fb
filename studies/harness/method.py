"""A way to train, as flags of the product's `train` command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = Mapping[str, str | float | tuple[str, ...]]


@dataclass(frozen=True)
class Method:
    """One way to train.

    Attributes:
        title: its name in tables.
        settings: flags of `train`, and of what studies/harness/extras.py adds to it.
        data: name of the file to train on.
        knows: what it is told of groups, for methods that are bounds; empty for all others.
    """

    title: str
    settings: Settings = field(default_factory=dict)
    data: str = ""
    knows: str = ""

    def to_json(self) -> dict[str, Any]:
        """What decides its results, as JSON holds it."""
        settings = {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.settings.items()
        }
        return {"data": self.data, "settings": settings}

    def flags(self) -> list[str]:
        """Its settings on a command line."""
        return [f"--{name}={_as_flag(value)}" for name, value in self.settings.items()]


def _as_flag(value: str | float | tuple[str, ...]) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
