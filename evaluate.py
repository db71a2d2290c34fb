"""Audits exported face classifiers: recall by group, at the same false positive rate.

python evaluate.py --model checkpoints/cnn --model checkpoints/dbvae --data data/test.h5 --groups race,gender
"""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import commands, machine
from facedebias.audit.settings import DEFAULT_FPR, AuditConfig
from facedebias.data.records import SPLITS

_MODEL = flags.DEFINE_multi_string(
    "model",
    None,
    "Folder of an exported model or of a training run, or name=folder; give the flag again for more "
    "(default name: the folder's).",
    required=True,
)
_DATA = flags.DEFINE_string(
    "data", None, "Face file, folder of group folders (DIR/LF/1.png) or source name:location.", required=True
)
_NONFACES = flags.DEFINE_string(
    "nonfaces", None, "Non-faces from another such place (default: the non-faces of --data)."
)
_GROUPS = flags.DEFINE_list(
    "groups",
    [],
    "Attributes whose combinations are the groups, e.g. race,gender (default: one group; the folders of a "
    "folder of group folders).",
)
_SPLIT = flags.DEFINE_enum("split", None, SPLITS, "Take only pictures marked as this part (default: all).")
_FPR = flags.DEFINE_float(
    "fpr",
    None,
    "False positive rate, a share between 0 and 1, that each model's threshold is set at on the non-faces "
    f"(default: {DEFAULT_FPR}).",
)
_THRESHOLD = flags.DEFINE_multi_float(
    "threshold",
    [],
    "Fixed threshold instead, a probability from 0 to 1; once for all models or once for each "
    "(default: set by --fpr).",
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Pictures scored at once; changes no figure.")
_OUTPUT = flags.DEFINE_string(
    "output", None, "Folder for the report: report.md, results.json, groups.csv, recall.png (default: none)."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the report in --output.")


def main(argv: Sequence[str]) -> None:
    """Audits the models, prints a table and writes the report."""
    commands.refuse_arguments(argv)
    config = AuditConfig(
        models=tuple(_MODEL.value),
        data=_DATA.value,
        nonfaces=_NONFACES.value,
        groups=tuple(_GROUPS.value),
        thresholds=tuple(_THRESHOLD.value),
        fpr=_FPR.value,
        split=_SPLIT.value,
        batch_size=_BATCH_SIZE.value,
    )
    config.validate()
    # TensorFlow and matplotlib take seconds to import; --help and wrong flags need not wait.
    machine.import_tensorflow()
    from facedebias.audit.evaluation import evaluate
    from facedebias.report import tables, writer
    from facedebias.report.notes import notes

    output = Path(_OUTPUT.value) if _OUTPUT.value else None
    if output:
        writer.check_place(output, _OVERWRITE.value)
    audit = evaluate(config, show_progress=True)
    print(tables.as_text(audit))
    for note in notes(audit):
        print(f"- {note}")
    if output:
        writer.write(audit, output, _OVERWRITE.value)
        print(f"\nreport: {output / 'report.md'}")


if __name__ == "__main__":
    commands.run(main)
