"""What `run.json` beside a model says: taken as far as it is what a training run writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.data import targets
from facedebias.errors import InputError
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.scoring.beside import run_views
from facedebias.text import listed, visible

_NOT_KNOWN = "so what the model was trained for, and on, is not known"


@dataclass(frozen=True)
class RunBeside:
    """A training run, as far as it is known.

    Attributes:
        fields: those of `run.json` that are of the kind that they should be; "config" is always there.
        note: what to say of the file, a sentence; empty if it is whole, or not there.
    """

    fields: Mapping[str, Any] = field(default_factory=lambda: {"config": {}})
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the run."""
        return bool(self.fields["config"]) or len(self.fields) > 1


def read(saved_model: str | Path) -> RunBeside:
    """Reads `run.json` of the training run that a model lies in."""
    path = provenance.path_beside(saved_model)
    if not path.exists():
        return RunBeside()
    try:
        record = inner_file.read_json(path.parent, path.name, most_bytes=provenance.MOST_BYTES)
    except RefusedFileError as error:
        return RunBeside(note=f"{path}: {error}, {_NOT_KNOWN}.")
    fields, absent = _taken(record)
    found = RunBeside(fields)
    if not found.is_known:
        # Thresholds of groups may be all that was written beside a model made elsewhere.
        is_ours = isinstance(record, dict) and record.keys() == {provenance.GROUP_THRESHOLDS}
        return (
            found if is_ours else RunBeside(note=f"{path}: is no record of facedebias train, {_NOT_KNOWN}.")
        )
    if not absent:
        return found
    return RunBeside(
        fields,
        f"{path}: lacks {listed(absent)}, or not as facedebias train writes it; that part was left out.",
    )


def target_of(saved_model: str | Path) -> str | None:
    """What a run of ours trained a model to tell, empty for faces; None if that is not known."""
    return read(saved_model).fields["config"].get("target")


def notes(saved_model: str | Path) -> list[str]:
    """What to say of the files beside a model that were read in part or not at all, in sentences."""
    said = (read(saved_model).note, run_views.read(saved_model)[1])
    return [visible(note) for note in said if note]


def _taken(record: Any) -> tuple[dict[str, Any], list[str]]:
    """The fields that are as they should be, and names of those that are not."""
    if not isinstance(record, dict):
        return {"config": {}}, []
    # Older runs call it the best.
    record = {"epoch": record.get("best_epoch"), **record}
    fields, absent = _checked(record, _KINDS)
    config = record.get("config")
    if not isinstance(config, dict):
        return fields | {"config": {}}, ["config", *absent]
    settings, wrong = _checked(config, _SETTINGS)
    rest = {name: value for name, value in config.items() if name not in _SETTINGS and _is_plain(value)}
    wrong += [name for name in config if name not in _SETTINGS and name not in rest]
    return fields | {"config": settings | rest}, [f"config.{name}" for name in wrong] + absent


def _checked(
    values: Mapping[str, Any], kinds: Mapping[str, Callable[[Any], bool]]
) -> tuple[dict[str, Any], list[str]]:
    found = {name: values[name] for name, is_kind in kinds.items() if is_kind(values.get(name))}
    # A run outside git has no revision, and older ones have no target.
    expected = [name for name in kinds if name not in _OPTIONAL or values.get(name) is not None]
    return found, [name for name in expected if name not in found]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_plain(value: Any) -> bool:
    """A setting: text, a number, yes or no, or a list of texts."""
    return isinstance(value, str | int | float) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_target(value: Any) -> bool:
    try:
        return value == "" or (_is_text(value) and bool(targets.parse(value)))
    except InputError:
        return False


def _all_are(is_kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and bool(value) and all(map(is_kind, value.values()))


_KINDS: dict[str, Callable[[Any], bool]] = {
    "seed": _is_count,
    "date": _is_text,
    "command": _is_text,
    "git_revision": _is_text,
    "data_sha256": _is_text,
    "versions": _all_are(_is_text),
    "epoch": _is_count,
    "num_rows": _all_are(_is_count),
}
_SETTINGS: dict[str, Callable[[Any], bool]] = {
    "model": _is_text,
    "sampler": _is_text,
    "width": _is_count,
    "data": _is_text,
    "target": _is_target,
}
_OPTIONAL = {"git_revision", "target"}
