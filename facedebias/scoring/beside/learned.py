"""Holds what a model is asked for against what it was trained to tell."""

import shlex
from pathlib import Path

from facedebias.configuration.setting_names import setting
from facedebias.data import targets
from facedebias.errors import InputError
from facedebias.scoring.beside import run_beside

_FACES = "faces against non-faces"


def check_target(saved_model: Path, target: str) -> None:
    """Refuses what would give figures that look like any others: faces, by a model of something else.

    Args:
        saved_model: of a training run; of others it is not known what they tell.
        target: that the audit is of, e.g. "gender=Female"; empty for faces.

    Raises:
        InputError: if the run was trained for something else.
    """
    learned = _learned_otherwise(saved_model, target)
    if learned is not None:
        asked = f"--target {target}" if target else _FACES
        raise InputError(
            f"{_told(saved_model, learned)}, and is asked for {asked}. "
            f"{f'Give --target {shlex.quote(learned)}' if learned else 'Leave --target out'}."
        )


def check_tells_faces(saved_model: Path) -> None:
    """Refuses to search for faces with a model that tells something else of them.

    Args:
        saved_model: of a training run; of others it is not known what they tell.

    Raises:
        InputError: if the run was trained for an attribute.
    """
    learned = _learned_otherwise(saved_model, "")
    if learned is not None:
        raise InputError(
            f"{_told(saved_model, learned)}, and windows are searched for faces. Give one that was trained "
            f"without {setting('target')}."
        )


def _told(saved_model: Path, learned: str) -> str:
    return f"{saved_model}: was trained to tell {learned or _FACES} (run.json beside it)"


def _learned_otherwise(saved_model: Path, asked: str) -> str | None:
    """What it was trained for, if that is known and something else."""
    learned = run_beside.target_of(saved_model)
    return learned if learned is not None and _is_other(learned, asked) else None


def _is_other(learned: str, asked: str) -> bool:
    if not learned or not asked:
        return learned != asked
    one, other = targets.parse(learned), targets.parse(asked)
    return (one.name, one.value or targets.YES) != (other.name, other.value or targets.YES)
