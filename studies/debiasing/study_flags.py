"""Flags and folders that the scripts of the study have in common."""

import fnmatch
import os
import time
from collections.abc import Iterable
from pathlib import Path

from absl import flags

from facedebias.errors import InputError
from studies.debiasing.datasets import StudyData
from studies.harness.record_file import RecordFile

_DATA_ROOT = flags.DEFINE_string(
    "data_root",
    os.environ.get("FACEDEBIAS_DATA"),
    "Folder of celeba/, imagenet/, fairface/, utkface/ and mit_test_faces/ (default: FACEDEBIAS_DATA).",
)
_WORKDIR = flags.DEFINE_string("workdir", "checkpoints/study", "Folder for face files and runs.")
_RECORDS = flags.DEFINE_string(
    "records", "studies/debiasing/records.jsonl.xz", "File that keeps what finished runs left."
)
SEEDS = flags.DEFINE_integer("seeds", 8, "Seeds of each method.", lower_bound=2)
RESULTS = flags.DEFINE_string("results", "studies/debiasing/results", "Folder for tables and figures.")
JOBS = flags.DEFINE_integer("jobs", 2, "Runs side by side, each on one core.", lower_bound=1)
_MINUTES = flags.DEFINE_float("minutes", None, "Start no run after so many (default: until all are done).")
_ONLY = flags.DEFINE_list(
    "only", None, "What to train now, by name; * stands for anything (default: all, a seed after another)."
)
_START = time.monotonic()


def minutes_left() -> float:
    """For how long runs may still be started; infinite if it was not said."""
    if _MINUTES.value is None:
        return float("inf")
    return float(_MINUTES.value) - (time.monotonic() - _START) / 60


def wanted(known: Iterable[str]) -> set[str]:
    """Names of what is to be trained now.

    Args:
        known: all names there are.

    Raises:
        InputError: if --only names something else.
    """
    names, patterns = list(known), _ONLY.value or ["*"]
    unknown = [pattern for pattern in patterns if not fnmatch.filter(names, pattern)]
    if unknown:
        raise InputError(f"--only={','.join(unknown)}: unknown; choose from {', '.join(names)}.")
    return {name for pattern in patterns for name in fnmatch.filter(names, pattern)}


def workdir() -> Path:
    """The folder of the study."""
    return Path(_WORKDIR.value).resolve()


def records() -> RecordFile:
    """What is kept of the runs."""
    return RecordFile(Path(_RECORDS.value))


def data() -> StudyData:
    """The study's files.

    Raises:
        InputError: if it is not said where the pictures are.
    """
    if not _DATA_ROOT.value:
        raise InputError("no pictures; name their folder with --data_root or FACEDEBIAS_DATA.")
    folder = workdir() / "data"
    folder.mkdir(parents=True, exist_ok=True)
    return StudyData(Path(_DATA_ROOT.value), folder)
