"""Audits classifiers by group: for whom they fail, and how sure that is.

facedebias evaluate --model checkpoints/cnn --model checkpoints/dbvae --data data/test.h5 --groups race,gender
facedebias evaluate --model checkpoints/cnn --data data/celeba.h5 --target Attractive --groups Male,Young
facedebias evaluate --predictions predictions.csv --output reports/mine
facedebias evaluate --model checkpoints/cnn --windows --data PPB-2017 --nonfaces backgrounds
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import machine
from facedebias.auditing import conditions
from facedebias.auditing.settings import DEFAULT_THRESHOLD, MIN_GROUP, NUM_DRAWS, AuditConfig
from facedebias.cli import running
from facedebias.cli.parsing import list_flags, model_flags, prediction_flags
from facedebias.data.records import SPLITS
from facedebias.detection.geometry import DEFAULT_SIZES, DEFAULT_STRIDE, WindowOptions, parse_sizes
from facedebias.errors import InputError
from facedebias.scoring.threshold_rule import DEFAULT_FPR
from facedebias.text import visible

_GATE_FAILED = 3  # exit status; 1 is an error, 2 a wrong shell command

_MODEL = list_flags.DEFINE_places(
    "model",
    [],
    "Models: each the folder of an exported model or of a training run, or a .keras, .onnx or "
    ".tflite file, or "
    "name=folder. The others are compared with the first. Those of one name, as name='runs/seed-*', are runs "
    "of one model.",
)
_DATA = flags.DEFINE_string(
    "data",
    "",
    "Face file, folder of group folders (DIR/LF/1.png) or source name:location; with --windows a folder in "
    "PPB-2017's layout.",
)
_PREDICTIONS = list_flags.DEFINE_places(
    "predictions",
    [],
    "Files of predictions in place of --model and --data: CSV, JSON lines or Parquet, also "
    "compressed, or - for standard input. Columns are score, label (0 or 1) and one for each group "
    "attribute. Several files, or name=file, hold the answers of several models on the same rows.",
)
_NONFACES = flags.DEFINE_string(
    "nonfaces",
    None,
    "Non-faces from another such place (default: the non-faces of --data); with --windows a folder of "
    "pictures, scaled and cropped to the portraits' sizes.",
)
_TARGET = flags.DEFINE_string(
    "target",
    "",
    "Attribute of faces whose classifiers are audited: NAME of an attribute that is no or yes, or "
    "NAME=VALUE, e.g. Attractive or gender=Female. Faces with that value are positive, others negative "
    "(default: faces against non-faces).",
)
_SPLIT = flags.DEFINE_enum("split", None, SPLITS, "Part of --data to take (default: all).")
_EXCLUDE = flags.DEFINE_string(
    "exclude",
    "",
    "CSV file of rows to leave out: suspects.csv of an earlier report without the lines whose label is "
    "right, or any with a column path or row; for --predictions line, or a column of theirs without equal "
    "values (default: none).",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Pictures scored at once; changes no result.")
_GROUPS = list_flags.DEFINE_names(
    "groups",
    [],
    "Attributes whose combinations are the groups, e.g. race,gender. Each alone is reported too "
    "(default: one group; the folders of a folder of group folders; up to four other columns of "
    "--predictions).",
)
_MIN_GROUP = flags.DEFINE_integer(
    "min_group",
    MIN_GROUP,
    "Positives (for recall; rows for accuracy, and so on) below which a group is not compared.",
)
_FPR = flags.DEFINE_float(
    "fpr",
    None,
    "False positive rate, a share between 0 and 1, that each model's threshold is set at "
    f"(default for --data without --target: {DEFAULT_FPR}). Recall at a lower rate is reported beside it.",
)
_TPR = flags.DEFINE_float("tpr", None, "True positive rate to set each model's threshold at instead.")
_THRESHOLD = list_flags.DEFINE_numbers(
    "threshold",
    [],
    "Fixed threshold instead, a probability from 0 to 1 (with --output_kind=percent from 0 to 100). One "
    f"for all models, or one for each (default for --predictions and --target: {DEFAULT_THRESHOLD}).",
)
_PER_GROUP = flags.DEFINE_bool("per_group", False, "Set a threshold for each group at --fpr or --tpr.")
_WINDOWS = flags.DEFINE_bool(
    "windows",
    False,
    "Search whole portraits by sliding windows: one counts as found if any window fires (default groups: "
    "gender,bi.fitz).",
)
_SIZES = list_flags.DEFINE_names(
    "sizes",
    None,
    "With --windows: sides of the square windows, as shares of a picture's shorter side (default: "
    f"{','.join(f'{size:g}' for size in DEFAULT_SIZES)}).",
)
_STRIDE = flags.DEFINE_float(
    "stride",
    None,
    f"With --windows: largest step, as a share of the window (default: {DEFAULT_STRIDE}).",
)
_EXHAUSTIVE = flags.DEFINE_bool(
    "exhaustive",
    None,
    "With --windows: ask about every window, not only where a scan of the picture finds it worth it.",
)
_DRAWS = flags.DEFINE_integer("num_draws", NUM_DRAWS, "Bootstrap draws and permutations.")
_SEED = flags.DEFINE_integer("seed", 0, "Seed of these draws; with --windows of the non-faces' sizes too.")
_MAX_GAP = list_flags.DEFINE_names(
    "max_gap",
    [],
    "Largest difference between groups, e.g. equal_opportunity=0.05: exit with 3 if a model's is larger.",
)
_MIN_WORST = list_flags.DEFINE_names(
    "min_worst",
    [],
    "Least that the worst group reaches, e.g. recall=0.95: exit with 3 if a model's is below (for "
    "metrics of errors: above).",
)
_CONFIDENT = flags.DEFINE_bool(
    "confident", False, "Hold the gate to the end of the 95% interval that speaks against the model."
)
_OUTPUT = flags.DEFINE_string(
    "output",
    None,
    "Folder for the report: report.html, summary.md, report.md, results.json, groups.csv, suspects.csv, "
    "model cards (default: none).",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the report in --output.")
flags.adopt_module_key_flags(prediction_flags)
flags.adopt_module_key_flags(model_flags)
SECTIONS = {
    "groups": "groups",
    "fpr": "thresholds",
    "windows": "whole portraits",
    "num_draws": "intervals and tests",
    "max_gap": "gate",
    "output": "report",
}


def main(argv: Sequence[str]) -> None:
    """Audits the models, writes the report, prints a table and holds the models to the gate."""
    running.refuse_arguments(argv)
    config = _config()
    config.validate()
    # TensorFlow and matplotlib take seconds to import; --help and wrong flags need not wait.
    if config.models:
        machine.import_tensorflow()
    from facedebias.auditing.evaluation import evaluate
    from facedebias.report import suspects_list, tables, verdict, writer
    from facedebias.report.sections import format_changes
    from facedebias.report.shown import shown

    output = Path(_OUTPUT.value) if _OUTPUT.value else None
    if output:
        writer.check_place(output, _OVERWRITE.value, config.places())
    audit = evaluate(config, show_progress=True)
    if output:
        writer.write(audit, output, _OVERWRITE.value, show_progress=True)
    seen = shown(audit)
    print(tables.as_text(seen, running.screen()))
    for line in [*verdict.sentences(seen), *format_changes.sentences(seen), *verdict.notes(seen)]:
        print(f"- {line}")
    if output:
        print(f"\nsuspects: {suspects_list.summary(audit)}: {visible(str(output / writer.SUSPECTS))}")
        print(f"report: {visible(str(output / writer.PAGE))}")
    for result in seen.verdicts:
        print(f"gate: {'passed' if result.passed else 'FAILED'}: {result.sentence}")
    if not all(result.passed for result in audit.verdicts):
        sys.exit(_GATE_FAILED)


def _config() -> AuditConfig:
    gate = [conditions.parse(conditions.MAX_GAP, text) for text in _MAX_GAP.value]
    gate += [conditions.parse(conditions.MIN_WORST, text) for text in _MIN_WORST.value]
    return AuditConfig(
        models=tuple(_MODEL.value),
        data=_DATA.value,
        predictions=tuple(_PREDICTIONS.value),
        columns=prediction_flags.read(),
        nonfaces=_NONFACES.value,
        target=_TARGET.value,
        groups=tuple(_GROUPS.value),
        thresholds=tuple(_THRESHOLD.value),
        fpr=_FPR.value,
        tpr=_TPR.value,
        per_group=_PER_GROUP.value,
        split=_SPLIT.value,
        batch_size=_BATCH_SIZE.value,
        output_kind=model_flags.output_kind(),
        foreign=model_flags.read(),
        min_group=_MIN_GROUP.value,
        num_draws=_DRAWS.value,
        windows=_windows(),
        seed=_SEED.value,
        gate=tuple(gate),
        confident=_CONFIDENT.value,
        exclude=_EXCLUDE.value,
    )


def _windows() -> WindowOptions | None:
    if _WINDOWS.value:
        sizes = DEFAULT_SIZES if _SIZES.value is None else parse_sizes(_SIZES.value)
        stride = DEFAULT_STRIDE if _STRIDE.value is None else _STRIDE.value
        return WindowOptions(sizes, stride, bool(_EXHAUSTIVE.value))
    for flag in (_SIZES, _STRIDE, _EXHAUSTIVE):
        if flag.value is not None:
            raise InputError(f"--{flag.name}: belongs to --windows; give it too, or leave this out.")
    return None
