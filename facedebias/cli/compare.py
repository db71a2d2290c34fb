"""Trains an attribute classifier with several mitigations and seeds, and shows what each gives and costs.

facedebias compare --data data/celeba.h5 --target Attractive --groups Male --output compared

Finished trainings are kept: the same command goes on where it was stopped.
"""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import machine
from facedebias.auditing import conditions
from facedebias.cli import running
from facedebias.cli.parsing import list_flags
from facedebias.data.records import SPLITS
from facedebias.errors import InputError
from facedebias.mitigation import methods, trial
from facedebias.mitigation.methods import PLAIN, RESAMPLED
from facedebias.text import visible

_DATA = flags.DEFINE_string(
    "data", None, "Face file with parts to train on, validate and test.", required=True
)
_TARGET = flags.DEFINE_string(
    "target", None, "Attribute to learn, e.g. Attractive or gender=Female.", required=True
)
_GROUPS = list_flags.DEFINE_names(
    "groups", None, "Attributes whose combinations are the groups that are known, and judged.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder for table, picture and report.", required=True)
_RUNS = flags.DEFINE_string("runs", None, "Folder for the trainings (default: runs in --output).")
_MITIGATION = list_flags.DEFINE_names(
    "mitigation",
    list(methods.MITIGATIONS),
    "What to compare. A name of docs/mitigation.md, or flags of facedebias train as 'name=--penalty=mmd "
    "--penalty_weight=10', or of facedebias thresholds as 'name=--constraint=equalized_odds "
    f"--tolerance=0.05'. {PLAIN} and {RESAMPLED} are always compared.",
)
_COMMON = flags.DEFINE_string(
    "common", "", "Flags of facedebias train for all of them, e.g. '--zoom=0.1 --epochs=6'."
)
_SEEDS = flags.DEFINE_integer("seeds", 3, "Trainings of each mitigation, with seeds 0, 1, ...", lower_bound=2)
_SPLIT = flags.DEFINE_enum(
    "split", "test", SPLITS, "Part to judge on. Choose a mitigation on val, and judge on test once."
)
_MAX_GAP = list_flags.DEFINE_names(
    "max_gap",
    ["equal_opportunity", "equalized_odds"],
    "Differences between groups to show, of docs/metrics.md, each with or without a limit, e.g. "
    "equal_opportunity=0.05. The comparison says which mitigations stay within a limit.",
)
_MIN_GROUP = flags.DEFINE_integer(
    "min_group", 30, "Rows that a metric rests on, below which a group is left out of gaps."
)
SECTIONS = {"mitigation": "mitigations", "split": "judging"}


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, judges all, writes."""
    running.refuse_arguments(argv)
    output = Path(_OUTPUT.value)
    asked = _trial(Path(_RUNS.value) if _RUNS.value else output / "runs")
    asked.validate()
    machine.import_tensorflow()
    from facedebias.mitigation import judging
    from facedebias.report import writer

    judging.check_place(output)
    trial.train_missing(asked, lambda text: print(f"\n{visible(text)}"))
    print(judging.judge(asked, output))
    print(f"table:   {visible(str(output / judging.TABLE))}")
    print(f"report:  {visible(str(output / judging.REPORT / writer.PAGE))} (seed 0 of each)")


def _trial(runs: Path) -> trial.Trial:
    chosen = trial.choose(_MITIGATION.value)
    if not _MAX_GAP.value:
        raise InputError("--max_gap=: expected one difference at least, e.g. equal_opportunity.")
    gaps = [conditions.parse_gap(text) for text in _MAX_GAP.value]
    return trial.Trial(
        data=_DATA.value,
        target=_TARGET.value,
        common=methods.parse_settings(_COMMON.value, f"--common={_COMMON.value}"),
        mitigations=chosen,
        groups=tuple(_GROUPS.value),
        num_seeds=_SEEDS.value,
        split=_SPLIT.value,
        gaps=tuple(dict.fromkeys(name for name, _ in gaps)),
        limits=tuple(limit for _, limit in gaps if limit is not None),
        runs=runs,
        min_group=_MIN_GROUP.value,
    )
