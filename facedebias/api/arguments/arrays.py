"""Arrays from whatever holds one value a row: lists, arrays, columns, tensors."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from facedebias.errors import InputError
from facedebias.text import visible

_FLOAT32 = 4  # bytes


def as_pandas(value: Any) -> Any:
    """Columns and tables of Polars and Arrow as those of pandas; anything else as it is."""
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index) or not hasattr(value, "to_pandas"):
        return value
    return value.to_pandas()


def as_array(value: Any, argument: str) -> np.ndarray:
    """The values as they are, of any type and shape.

    Args:
        value: anything with `__array__` or `to_pandas`, or a list; tensors may need gradients or lie
            on another device.
        argument: its name, for messages.

    Raises:
        InputError: if it is none of these.
    """
    if isinstance(value, str | bytes | Mapping | set | frozenset):
        raise InputError(f"{argument}: expected an array, a list or a column with one value for each row.")
    for method in ("detach", "cpu"):  # of PyTorch's tensors
        value = getattr(value, method)() if hasattr(value, method) else value
    if isinstance(value, np.ma.MaskedArray):
        values = np.array(value.data, object)
        values[np.ma.getmaskarray(value)] = None
        return values
    value = as_pandas(value)
    if not hasattr(value, "__array__") and isinstance(value, Iterable):
        value = list(value)
    try:
        array = np.asarray(value)
        if isinstance(value, list) and array.dtype.kind in "US":
            # A list of texts and numbers would become one of texts.
            array = np.array(value, object)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{argument}: cannot be read as an array ({_first_line(error)}).") from error
    return array


def as_column(value: Any, argument: str, hint: str = "") -> np.ndarray:
    """One value a row, `(n,)`, of any type; `(n, 1)` will do.

    Args:
        value: as `as_array` takes it.
        argument: its name, for messages.
        hint: a sentence on what to give in place of a table.

    Raises:
        InputError: if it has another shape, or no row.
    """
    array = as_array(value, argument)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        way = f" {hint}" if hint and array.ndim == 2 else ""
        raise InputError(f"{argument}: has {_shape(array)}; expected one value for each row.{way}")
    if not len(array):
        raise InputError(f"{argument}: is empty; expected at least one row.")
    return array


def as_numbers(array: np.ndarray, argument: str) -> np.ndarray:
    """A column of numbers: float32 if it was that, otherwise float64; what is unknown is NaN.

    Args:
        array: `(n,)`, of any type.
        argument: its name, for messages.

    Raises:
        InputError: if a value is no number.
    """
    if array.dtype.kind == "f" and array.dtype.itemsize == _FLOAT32:
        return array
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "V" and not array.dtype.names:  # bfloat16 and the like
        return array.astype(np.float64)
    if array.dtype.kind != "O":
        raise InputError(f"{argument}: holds {_kind(array)}; expected numbers.")
    numbers = np.empty(len(array))
    for row, value in enumerate(array.tolist()):
        numbers[row] = _number(value, row, argument)
    return numbers


def _number(value: Any, row: int, argument: str) -> float:
    if value is None or value is pd.NA or value is pd.NaT:
        return float("nan")
    if not isinstance(value, str | bytes):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
        except OverflowError as error:
            raise InputError(
                f"{argument}: row {row} is beyond the range of float64; expected a number in it."
            ) from error
    raise InputError(f"{argument}: row {row} is {visible(str(value))[:60]!r}; expected a number.")


def _kind(array: np.ndarray) -> str:
    return {"U": "texts", "S": "texts", "M": "dates", "m": "durations", "c": "complex numbers"}.get(
        array.dtype.kind, "something else"
    )


def _shape(array: np.ndarray) -> str:
    if array.ndim == 0:
        return "one value"
    return f"{' x '.join(map(str, array.shape))} values"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
