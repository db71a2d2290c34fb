"""Records with every name in them as people see it, for all that is not read by programs."""

import dataclasses
from typing import Any

from facedebias.text import visible

_PLACES = {"path"}  # of models, which the report still opens


def shown(value: Any) -> Any:
    """The same record, with `text.visible` applied to every text in it, however deep.

    Names of models, groups and attributes stand in a hundred places of a report; changing them once
    changes them alike everywhere.

    Args:
        value: a dataclass, tuple, list, dictionary or text; anything else stays as it is, and so do
            fields named `path`.
    """
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(shown, value))
    if isinstance(value, tuple | list):
        return type(value)(map(shown, value))
    if isinstance(value, dict):
        return {shown(key): shown(part) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        changed = {name: shown(part) for name, part in fields.items() if name not in _PLACES}
        return dataclasses.replace(value, **changed)
    return value
