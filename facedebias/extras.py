"""Packages that only some formats of models need, and the extras of this one that install them."""

import importlib
from typing import Any

from facedebias.errors import InputError

ONNX, LITERT = "onnx", "litert"


def load(module: str, extra: str, what: str) -> Any:
    """A module of a package that need not be installed.

    Args:
        module: its name, e.g. "onnxruntime".
        extra: of facedebias that installs it, `ONNX` or `LITERT`.
        what: the file or flag that it is needed for, as messages begin.

    Raises:
        InputError: if it is not installed; says what installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0].replace("_", "-")
        raise InputError(
            f"{what}: needs the package {package}, which cannot be imported here. Install it with "
            f"pip install 'facedebias[{extra}]'."
        ) from error
