r"""Takes a trained model to where it is used: as SavedModel, Keras file, LiteRT or ONNX.

facedebias export checkpoints/cnn --to onnx --output exported/cnn-onnx
facedebias export checkpoints/cnn --to litert --quantize int8 --calibrate data/train.h5 --groups race,gender \
    --output exported/cnn-int8

What is written is loaded again and compared with the run's own model before it takes its name.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from facedebias import machine
from facedebias.cli.parsing import list_flags, typed
from facedebias.data.records import SPLITS
from facedebias.errors import InputError
from facedebias.exporting.export_config import QUANTIZE, TOLERANCE, ExportConfig
from facedebias.scoring.beside.export_record import FORMATS
from facedebias.text import visible

if TYPE_CHECKING:  # it imports TensorFlow
    from facedebias.exporting.run_export import Exported

_TO = flags.DEFINE_enum("to", None, FORMATS, "Format of the model that is written.", required=True)
_QUANTIZE = flags.DEFINE_enum(
    "quantize",
    None,
    QUANTIZE,
    "With --to=litert: 8 bits for weights (dynamic), or for weights and activations (int8, which needs "
    "--calibrate); default: neither.",
)
_CALIBRATE = flags.DEFINE_string(
    "calibrate", "", "With --quantize=int8: face file that the ranges of activations are taken from."
)
_GROUPS = list_flags.DEFINE_names(
    "groups",
    [],
    "Attributes of --calibrate whose combinations are drawn from evenly, e.g. race,gender (default: faces as "
    "one group, beside non-faces).",
)
_SPLIT = flags.DEFINE_enum("split", None, SPLITS, "Part of --calibrate to draw from (default: all).")
_SEED = flags.DEFINE_integer("seed", 0, "Decides which pictures of --calibrate are drawn.")
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the model.", required=True)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an earlier export in --output.")
ARGUMENTS = "RUN"
SECTIONS = {"calibrate": "calibration", "output": "output"}


def main(argv: Sequence[str]) -> None:
    """Exports the model, and says how near it is to the run's own."""
    if len(argv) != 2:
        raise InputError(
            f"{len(argv) - 1} folders named; expected one: `{typed.program()} {ARGUMENTS} --to FORMAT "
            "--output FOLDER`."
        )
    config = ExportConfig(
        run=argv[1],
        to=_TO.value,
        output=_OUTPUT.value,
        quantize=_QUANTIZE.value or "",
        calibrate=_CALIBRATE.value,
        groups=tuple(_GROUPS.value),
        split=_SPLIT.value,
        seed=_SEED.value,
        overwrite=_OVERWRITE.value,
    )
    config.validate()
    # TensorFlow takes seconds to import; --help and wrong flags need not wait.
    machine.import_tensorflow()
    from facedebias.exporting.run_export import export_run

    for line in _lines(export_run(config)):
        print(visible(line))


def _lines(exported: "Exported") -> list[str]:
    """What was written, and how near its answers are."""
    found = exported.agreement
    size = f"{exported.num_bytes / 1e6:.2f} MB"
    nearness = f"logits differ by at most {found.largest:.2g}" if found.largest else "the same logits"
    if exported.is_exact:
        nearness += f" ({TOLERANCE:g} is allowed)" if found.largest else ""
    else:
        changed = f"{found.num_changed} decisions at a probability of 0.5 change"
        nearness += f"; {changed} ({found.num_changed / found.num_pictures:.1%})"
    lines = [
        f"model: {exported.path} ({size})",
        f"against {exported.source}, on {exported.pictures}: {nearness}",
        f"one picture: {found.milliseconds:.2f} ms, by that SavedModel {found.source_milliseconds:.2f} ms",
    ]
    if not exported.is_exact:
        audit = f"{typed.command('evaluate')} --model {exported.source} --model {exported.path.parent}"
        lines.append(f"what this does to each group: {audit} --data FILE --groups ATTRIBUTES")
    return lines
