r"""Fits a threshold for each group to a trained model, so that a metric is equal between the groups.

facedebias thresholds --model checkpoints/attractive --data data/celeba.h5 --target Attractive \
    --groups Male --constraint equalized_odds --output checkpoints/attractive-thresholds

Using the result needs the group of everyone it judges, and it may decide some cases by chance.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import machine
from facedebias.auditing.settings import AuditConfig
from facedebias.cli import running
from facedebias.cli.parsing import list_flags, model_flags
from facedebias.data.records import SPLITS
from facedebias.errors import InputError
from facedebias.scoring.group_rule import CONSTRAINTS, GroupRule
from facedebias.text import visible

_MODEL = flags.DEFINE_string(
    "model", None, "Folder of an exported model or of a training run.", required=True
)
_DATA = flags.DEFINE_string("data", None, "Face file to fit the thresholds on.", required=True)
_SPLIT = flags.DEFINE_enum(
    "split", "val", SPLITS, "Part to fit on: neither the one that trained the model nor the one to test it."
)
_TARGET = flags.DEFINE_string(
    "target",
    None,
    "Attribute that the model was trained for, e.g. Attractive or gender=Female.",
    required=True,
)
_GROUPS = list_flags.DEFINE_names(
    "groups", None, "Attributes whose combinations are the groups.", required=True
)
_CONSTRAINT = flags.DEFINE_enum(
    "constraint", "equalized_odds", CONSTRAINTS, "Fairness criterion that the thresholds satisfy."
)
_OBJECTIVE = flags.DEFINE_enum(
    "objective", "accuracy", ["accuracy", "balanced_accuracy"], "Metric that they maximize."
)
_TOLERANCE = flags.DEFINE_float(
    "tolerance",
    0.0,
    "Difference between two groups that may stay, from 0 to 1; a larger one costs less accuracy.",
    lower_bound=0.0,
    upper_bound=1.0,
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Pictures scored at once; changes no result.")
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the model with its thresholds.", required=True)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what is in --output.")
flags.adopt_module_key_flags(model_flags)


def main(argv: Sequence[str]) -> None:
    """Fits and writes, and says what using the result asks for."""
    running.refuse_arguments(argv)
    output = Path(_OUTPUT.value)
    if output.exists() and not _OVERWRITE.value:
        raise InputError(f"{output}: exists; give --overwrite to replace it, or choose another --output.")
    config = AuditConfig(
        models=(_MODEL.value,),
        data=_DATA.value,
        target=_TARGET.value,
        groups=tuple(_GROUPS.value),
        split=_SPLIT.value,
        batch_size=_BATCH_SIZE.value,
        output_kind=model_flags.output_kind(),
        foreign=model_flags.read(),
    )
    config.validate()
    machine.import_tensorflow()
    from facedebias.auditing.thresholds import fitted_model

    rule = fitted_model.make(config, _CONSTRAINT.value, _OBJECTIVE.value, output, _TOLERANCE.value)
    _report(rule, output)


def _report(rule: GroupRule, output: Path) -> None:
    for group, mixture in rule.groups.items():
        parts = [
            f"{100 * weight:.1f}% {_above(threshold)}"
            for weight, threshold in zip(mixture.weights, mixture.thresholds, strict=True)
            if weight > 0
        ]
        if mixture.ignored > 0:
            parts.append(
                f"but {100 * mixture.ignored:.1f}% regardless, with a probability of {mixture.constant:.3f}"
            )
        print(f"{visible(group)}: selected {', '.join(parts)}")
    chance = "; some are decided on by chance" if rule.is_random else ""
    needed = visible(", ".join(rule.attributes))
    print(
        f"model: {visible(str(output / 'export'))}\n"
        f"using it needs {needed} of everyone it judges{chance} (run.json says so, too)"
    )


def _above(threshold: float) -> str:
    if math.isinf(threshold):
        return "never" if threshold > 0 else "whatever the score"
    return f"above the score {threshold:.3f}"
