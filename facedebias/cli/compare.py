"""Trains mitigations over several seeds and shows what each gives and costs.

python -m facedebias.compare --data data/celeba.h5 --target Attractive --groups Male --output compared

Takes what is there already: the same command goes on where it was stopped.
"""

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from facedebias import machine, provenance
from facedebias.auditing.settings import AuditConfig
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from facedebias.mitigation import methods
from facedebias.mitigation.methods import PLAIN, RESAMPLED, Mitigation
from facedebias.text import visible
from facedebias.training import run_folder

_DATA = flags.DEFINE_string(
    "data", None, "Face file with parts to train on, validate and test.", required=True
)
_TARGET = flags.DEFINE_string("target", None, "Attribute, as train.py takes it.", required=True)
_GROUPS = flags.DEFINE_list(
    "groups", None, "Attributes whose combinations are the groups that are known, and judged.", required=True
)
_MITIGATION = flags.DEFINE_multi_string(
    "mitigation",
    list(methods.MITIGATIONS),
    "What to compare; give the flag again for more. A name of docs/mitigation.md, or flags of train.py as "
    "'name=--penalty=mmd --penalty_weight=10', or of facedebias thresholds as "
    f"'name=--constraint=equalized_odds --tolerance=0.05'. {PLAIN} and {RESAMPLED} are always there.",
)
_COMMON = flags.DEFINE_string(
    "common", "", "Flags of train.py for all of them, e.g. '--zoom=0.1 --standardize=false'."
)
_SEEDS = flags.DEFINE_integer("seeds", 3, "Runs of each, with seeds 0, 1, ...", lower_bound=2)
_SPLIT = flags.DEFINE_enum("split", "test", SPLITS, "Part to judge on; choose on val, judge on test once.")
_GAP = flags.DEFINE_list(
    "gap",
    ["equal_opportunity", "equalized_odds"],
    "Figures between groups, of docs/metrics.md.",
)
_WORKDIR = flags.DEFINE_string("workdir", None, "Folder for the runs (default: --output/runs).")
_OUTPUT = flags.DEFINE_string("output", None, "Folder for table, picture and report.", required=True)
_MIN_GROUP = flags.DEFINE_integer("min_group", 30, "Rows below which a group is left out of gaps.")


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, judges all, writes."""
    running.refuse_arguments(argv)
    chosen = _chosen()
    common = methods.parse_settings(_COMMON.value, f"--common={_COMMON.value}")
    common = {**common, "target": _TARGET.value}
    output = Path(_OUTPUT.value)
    workdir = Path(_WORKDIR.value) if _WORKDIR.value else output / "runs"
    audit_config = _audit_config(chosen, workdir)
    audit_config.validate()
    gaps = _gap_names()
    _check_data(chosen, common)  # refused before hours are spent
    machine.import_tensorflow()
    for seed in range(_SEEDS.value):
        for mitigation in chosen:
            _train(mitigation, {**common, "seed": seed}, workdir)
    _write(chosen, audit_config, gaps, workdir, output)


def _write(
    chosen: Sequence[Mitigation],
    audit_config: AuditConfig,
    gaps: Sequence[str],
    workdir: Path,
    output: Path,
) -> None:
    """Judges all runs; writes the comparison, and a report on the first of each."""
    from facedebias.auditing.evaluation import evaluate
    from facedebias.report import writer
    from facedebias.report.plots import figures, tradeoff
    from facedebias.report.shown import shown

    judged = {runs.name: runs for runs in evaluate(audit_config, show_progress=True).runs}
    found = shown(judged)
    what = visible(
        f"{_TARGET.value} by {' x '.join(_GROUPS.value)}, {_SPLIT.value} split, {_SEEDS.value} seeds"
    )
    text = (
        f"# {what}\n\n{tradeoff.table(found, PLAIN, gaps)}\n"
        f"Mean over seeds (95% interval over seeds; changes are paired by seed).{_fitted_here(chosen)}\n\n"
        "![Accuracy against the gap](tradeoff.png)\n\nWhat each group gained and lost, in points "
        f"against {PLAIN}:\n\n{tradeoff.group_table(found, PLAIN)}"
    )
    output.mkdir(parents=True, exist_ok=True)
    (output / "compare.md").write_text(text, encoding="utf-8")
    record = {
        **provenance.provenance(),
        "gaps": gaps,
        "mitigations": {name: dataclasses.asdict(runs) for name, runs in judged.items()},
    }
    (output / "compare.json").write_text(json.dumps(record, indent=1) + "\n")
    figures.save(tradeoff.draw(found, gaps, what), str(output / "tradeoff.png"))
    first = tuple(f"{mitigation.name}={_folder(workdir, mitigation, 0)}" for mitigation in chosen)
    audit = evaluate(dataclasses.replace(audit_config, models=first), show_progress=True)
    writer.write(audit, output / "report", overwrite=True, show_progress=True)
    places = (visible(str(output / name)) for name in ("compare.md", f"report/{writer.PAGE}"))
    print("{}\ntable:   {}\nreport:  {} (seed 0 of each)".format(text, *places))


def _fitted_here(chosen: Sequence[Mitigation]) -> str:
    """A warning of figures that are better than they will be."""
    names = [mitigation.name for mitigation in chosen if mitigation.constraint]
    if _SPLIT.value != "val" or not names:
        return ""
    return f" Thresholds ({', '.join(names)}) were fitted on these faces, and look better than on others."


def _chosen() -> list[Mitigation]:
    """Those asked for, after the two that are always there; each once.

    Raises:
        InputError: if two of them would share a folder.
    """
    texts = dict.fromkeys([PLAIN, RESAMPLED, *_MITIGATION.value])
    found: dict[Path, Mitigation] = {}
    for mitigation in map(methods.parse, texts):
        folder = _folder(Path(), mitigation, 0)
        if folder in found:
            raise InputError(
                f"--mitigation: {mitigation.name!r} and {found[folder].name!r} have the same folder; give "
                "one another name."
            )
        found[folder] = mitigation
    return list(found.values())


def _gap_names() -> list[str]:
    from facedebias.auditing.statistics.disparities import DISPARITIES

    if not _GAP.value:
        raise InputError("--gap=: expected one figure at least, as equal_opportunity.")
    names = [f"{name.removesuffix('_difference')}_difference" for name in _GAP.value]
    for name in names:
        if name not in DISPARITIES:
            known = ", ".join(sorted(key for key in DISPARITIES if key.endswith("_difference")))
            raise InputError(f"--gap={','.join(_GAP.value)}: unknown; choose from {known}.")
    return names


def _folder(workdir: Path, mitigation: Mitigation, seed: int) -> Path:
    return workdir / mitigation.name.replace(" ", "-") / f"seed-{seed}"


def _audit_config(chosen: Sequence[Mitigation], workdir: Path) -> AuditConfig:
    return AuditConfig(
        models=tuple(
            f"{mitigation.name}={_folder(workdir, mitigation, seed)}"
            for mitigation in chosen
            for seed in range(_SEEDS.value)
        ),
        data=_DATA.value,
        target=_TARGET.value,
        groups=tuple(_GROUPS.value),
        split=_SPLIT.value,
        min_group=_MIN_GROUP.value,
        num_draws=200,  # of intervals that the table does not show
    )


def _check_data(chosen: Sequence[Mitigation], common: Mapping[str, Any]) -> None:
    """Refuses what could only fail later: settings, names, and parts without faces of both labels."""
    for mitigation in chosen:
        mitigation.config(common, tuple(_GROUPS.value))
    dataset = FaceDataset(_DATA.value)
    labels = target_labels(dataset, _TARGET.value)
    for name in _GROUPS.value:
        dataset.attribute(name)
    parts = {_SPLIT.value} | ({"val"} if any(mitigation.constraint for mitigation in chosen) else set())
    for part in sorted(parts):
        own = labels[dataset.split == SPLITS.index(part)]
        if not (own == 1).any() or not (own == 0).any():
            raise InputError(
                f"{_DATA.value}: part {part!r} has {int((own == 1).sum())} faces with {_TARGET.value} and "
                f"{int((own == 0).sum())} without; expected some of both. Prepare a file with all parts "
                "(without --split)."
            )


def _train(mitigation: Mitigation, common: Mapping[str, Any], workdir: Path) -> None:
    """Makes a run, unless it is there."""
    folder = _folder(workdir, mitigation, common["seed"])
    if mitigation.constraint:
        _fit_thresholds(mitigation, common, workdir, folder)
        return
    config = mitigation.config(common, tuple(_GROUPS.value))
    if (folder / "run.json").exists():
        _say_once(run_folder.check_data(_DATA.value, provenance.sha256(_DATA.value), folder))
        if changes := run_folder.changed_settings(config, _DATA.value, folder):
            raise InputError(
                f"{folder}: was trained with other settings ({', '.join(changes)}). Delete it, or choose "
                "another --workdir."
            )
        return
    import keras

    from facedebias.training.run import train

    print(f"\n{visible(mitigation.name)}, seed {common['seed']}")
    train(config, _DATA.value, folder, resume=(folder / "config.json").exists())
    keras.utils.clear_session()


def _fit_thresholds(mitigation: Mitigation, common: Mapping[str, Any], workdir: Path, folder: Path) -> None:
    """Always anew, which takes seconds: the plain model, or what it is fitted on, may be another."""
    from facedebias.auditing.thresholds import fitted_model

    source = _folder(workdir, methods.MITIGATIONS[PLAIN], common["seed"])
    fitted_on = AuditConfig(
        models=(str(source),),
        data=_DATA.value,
        target=_TARGET.value,
        groups=tuple(_GROUPS.value),
        split="val",
    )
    fitted_model.make(fitted_on, mitigation.constraint, "accuracy", folder, mitigation.tolerance)


@functools.cache
def _say_once(sentence: str) -> None:
    """Prints what may be true of every run."""
    if sentence:
        print(sentence)
