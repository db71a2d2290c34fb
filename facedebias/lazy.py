"""Modules that are imported when they are first used."""

import importlib
from typing import Any


class LazyModule:
    """Stands for a module that takes seconds to import, until something of it is needed.

    Settings that live beside the TensorFlow code that they configure can then be read, and flags
    made of them, without TensorFlow.

    Args:
        name: of the module, e.g. "tensorflow".
    """

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """What the module has of this name."""
        return getattr(importlib.import_module(self._name), attribute)
