"""Audits classifiers by group: for whom they fail, how sure that is, and what would change it.

python evaluate.py --model checkpoints/cnn --model checkpoints/dbvae --data data/test.h5 --groups race,gender
python evaluate.py --model checkpoints/cnn --data data/celeba.h5 --target Attractive --groups Male,Young
python evaluate.py --predictions predictions.csv --output reports/mine
python evaluate.py --model checkpoints/cnn --windows --data PPB-2017 --nonfaces backgrounds
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import machine
from facedebias.auditing import conditions
from facedebias.auditing.inputs.predictions import bins
from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.options import LABEL_COLUMN, SCORE_COLUMN, Columns
from facedebias.auditing.settings import DEFAULT_THRESHOLD, MIN_GROUP, NUM_DRAWS, AuditConfig
from facedebias.cli import model_flags, running
from facedebias.data.records import SPLITS
from facedebias.detection.geometry import DEFAULT_SIZES, DEFAULT_STRIDE, WindowOptions, parse_sizes
from facedebias.errors import InputError
from facedebias.scoring.score_scale import SCORE_KINDS
from facedebias.scoring.threshold_rule import DEFAULT_FPR
from facedebias.text import visible

_GATE_FAILED = 3  # exit status; 1 is an error, 2 a wrong shell command

_MODEL = flags.DEFINE_multi_string(
    "model",
    [],
    "Folder of an exported model or of a training run, or a .keras file, or name=folder; give the flag again "
    "for more. The first is what the others are compared with. One name given several times, or "
    "name='runs/seed-*', makes them runs of one model.",
)
_DATA = flags.DEFINE_string(
    "data",
    "",
    "Face file, folder of group folders (DIR/LF/1.png) or source name:location; with --windows a folder in "
    "PPB-2017's layout.",
)
_PREDICTIONS = flags.DEFINE_multi_string(
    "predictions",
    [],
    "File (CSV, JSON lines or parquet, also compressed, or - for standard input) with columns score, label "
    "(0 or 1) and one for each group attribute, or name=file, in place of --model and --data; give the flag "
    "again for other models' answers on the same rows.",
)
_SCORE = flags.DEFINE_string("score", SCORE_COLUMN, "With --predictions: name of the column of scores.")
_LABEL = flags.DEFINE_string("label", LABEL_COLUMN, "With --predictions: name of the column of labels.")
_WEIGHT = flags.DEFINE_string(
    "weight", "", "With --predictions: column of weights above 0 by which rows count (default: all the same)."
)
_POSITIVE = flags.DEFINE_string(
    "positive",
    "",
    "With --predictions: value of --label that is positive, all others negative (default: 1, true or yes).",
)
_KEY = flags.DEFINE_string(
    "key",
    "",
    "With several --predictions: column that names a row in each, e.g. path (default: one of unique values "
    "that all share, otherwise rows in the same order).",
)
_BINS = flags.DEFINE_multi_string(
    "bins",
    [],
    "With --predictions: column of numbers that is grouped by ranges, and where these begin, e.g. "
    "age=18,30,45,60 for under 18, 18 to 29, 30 to 44, 45 to 59, 60 and over.",
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
    "Audit classifiers of an attribute of faces: NAME of an attribute that is no or yes, or NAME=VALUE, e.g. "
    "Attractive or gender=Female. Positive are faces with that value, negative faces with another (default: "
    "faces against non-faces).",
)
_GROUPS = flags.DEFINE_list(
    "groups",
    [],
    "Attributes whose combinations are the groups, e.g. race,gender; each alone is reported too (default: "
    "one group; the folders of a folder of group folders; up to four other columns of --predictions).",
)
_WINDOWS = flags.DEFINE_bool(
    "windows",
    False,
    "Search whole portraits by sliding windows: one counts as found if any window fires (default groups: "
    "gender,bi.fitz).",
)
_SIZES = flags.DEFINE_list(
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
_SPLIT = flags.DEFINE_enum("split", None, SPLITS, "Take only pictures marked as this part (default: all).")
_FPR = flags.DEFINE_float(
    "fpr",
    None,
    "False positive rate, a share between 0 and 1, that each model's threshold is set at "
    f"(default for --data without --target: {DEFAULT_FPR}).",
)
_TPR = flags.DEFINE_float("tpr", None, "True positive rate to set each model's threshold at instead.")
_THRESHOLD = flags.DEFINE_multi_float(
    "threshold",
    [],
    "Fixed threshold instead, a probability from 0 to 1 (with --output_kind=percent from 0 to 100); once for "
    "all models or once for each "
    f"(default for --predictions and --target: {DEFAULT_THRESHOLD}).",
)
_PER_GROUP = flags.DEFINE_bool("per_group", False, "Set a threshold for each group at --fpr or --tpr.")
flags.adopt_module_key_flags(model_flags)
_EXCLUDE = flags.DEFINE_string(
    "exclude",
    "",
    "CSV file of rows to leave out: suspects.csv of an earlier report without the lines whose label is "
    "right, or any with a column path or row; for --predictions line, or a column of theirs without equal "
    "values (default: none).",
)
_OUTPUT_KIND = flags.DEFINE_enum(
    "output_kind",
    None,
    SCORE_KINDS,
    "What their scores are; percent is divided by 100 (default: what is plain from their values, and the "
    "report says so).",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Pictures scored at once; changes no figure.")
_MIN_GROUP = flags.DEFINE_integer(
    "min_group",
    MIN_GROUP,
    "Positives (for recall; rows for accuracy, and so on) below which a group is not compared.",
)
_DRAWS = flags.DEFINE_integer("num_draws", NUM_DRAWS, "Bootstrap draws and permutations.")
_SEED = flags.DEFINE_integer("seed", 0, "Of these draws; with --windows of the non-faces' sizes too.")
_MAX_GAP = flags.DEFINE_multi_string(
    "max_gap",
    [],
    "Gate, e.g. equal_opportunity=0.05: exit with 3 if a model's difference between groups is larger.",
)
_MIN_WORST = flags.DEFINE_multi_string(
    "min_worst",
    [],
    "Gate, e.g. recall=0.95: exit with 3 if a model's worst group is below (for metrics of errors: above).",
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
    from facedebias.report.shown import shown

    output = Path(_OUTPUT.value) if _OUTPUT.value else None
    if output:
        writer.check_place(output, _OVERWRITE.value, config.places())
    audit = evaluate(config, show_progress=True)
    if output:
        writer.write(audit, output, _OVERWRITE.value, show_progress=True)
    seen = shown(audit)
    print(tables.as_text(seen, running.screen()))
    for line in [*verdict.sentences(seen), *verdict.notes(seen)]:
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
        columns=_columns(),
        nonfaces=_NONFACES.value,
        target=_TARGET.value,
        groups=tuple(_GROUPS.value),
        thresholds=tuple(_THRESHOLD.value),
        fpr=_FPR.value,
        tpr=_TPR.value,
        per_group=_PER_GROUP.value,
        split=_SPLIT.value,
        batch_size=_BATCH_SIZE.value,
        output_kind=_OUTPUT_KIND.value,
        foreign=model_flags.read(),
        min_group=_MIN_GROUP.value,
        num_draws=_DRAWS.value,
        windows=_windows(),
        seed=_SEED.value,
        gate=tuple(gate),
        confident=_CONFIDENT.value,
        exclude=_EXCLUDE.value,
    )


def _columns() -> Columns:
    return Columns(
        score=clean_name(_SCORE.value),
        label=clean_name(_LABEL.value),
        weight=clean_name(_WEIGHT.value),
        key=clean_name(_KEY.value),
        positive=_POSITIVE.value,
        bins=tuple(bins.parse(text) for text in _BINS.value),
    )


def _windows() -> WindowOptions | None:
    if _WINDOWS.value:
        sizes = DEFAULT_SIZES if _SIZES.value is None else parse_sizes(_SIZES.value)
        return WindowOptions(sizes, DEFAULT_STRIDE if _STRIDE.value is None else _STRIDE.value)
    for flag in (_SIZES, _STRIDE):
        if flag.value is not None:
            raise InputError(f"--{flag.name}: belongs to --windows; give it too, or leave this out.")
    return None
