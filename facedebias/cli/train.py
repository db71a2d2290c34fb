"""Trains a face classifier, exports it and writes down how it was made.

facedebias train --data data/train.h5 --model dbvae --output checkpoints/dbvae
facedebias train --data data/train.h5 --preset lab --output checkpoints/lab
facedebias train --data data/celeba.h5 --target Attractive --groups Male --sampler group --output run
"""

import shlex
import sys
import textwrap
from collections.abc import Sequence

from absl import flags

from facedebias import machine
from facedebias.cli import running
from facedebias.cli.parsing import train_flags, typed
from facedebias.data.face_file import FaceDataset
from facedebias.distribution import ONE, STRATEGIES, strategy_check
from facedebias.text import visible
from facedebias.training import run_folder
from facedebias.training.settings import unused_settings

_DATA = flags.DEFINE_string("data", None, "Face file to train on, made by facedebias prepare.", required=True)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Folder for the run: checkpoints, curves, export, run.json.", required=True
)
_RESUME = flags.DEFINE_bool("resume", False, "Continue the run in --output after its last checkpoint.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Delete the run in --output and start anew.")
_STRATEGY = flags.DEFINE_enum(
    "strategy",
    ONE,
    STRATEGIES,
    "Devices that train together, with the same result: one; mirrored, all GPUs of this machine; "
    "multiworker, the processes that TF_CONFIG names (docs/scaling.md).",
)
_REPLICAS = flags.DEFINE_integer(
    "replicas",
    0,
    "GPUs that --strategy mirrored uses, or parts of the processor where there is none. 0: all GPUs.",
)
train_flags.define()
flags.adopt_module_key_flags(train_flags)


def main(argv: Sequence[str]) -> None:
    """Reads the flags and trains."""
    running.refuse_arguments(argv)
    config = train_flags.read()
    # TensorFlow takes seconds to import: what can be refused without it is refused before.
    config.validate()
    run_folder.check_flags(_RESUME.value, _OVERWRITE.value)
    strategy_check.check(_STRATEGY.value, _REPLICAS.value)
    dataset = FaceDataset(_DATA.value)
    for note in dataset.notes:
        print(f"note: {visible(note)}", file=sys.stderr)
    if preset := train_flags.preset_note():
        print(_wrapped(preset))
    for note in unused_settings.notes(config, train_flags.given()):
        print(f"note: {note}", file=sys.stderr)
    machine.import_tensorflow()
    from facedebias.training.run import train

    run = train(
        config,
        dataset,
        _OUTPUT.value,
        _RESUME.value,
        _OVERWRITE.value,
        strategy=_STRATEGY.value,
        num_replicas=_REPLICAS.value,
    )
    if not run.is_chief:
        print(f"done; the first worker writes {run.folder}")
        return
    target = f" --target {shlex.quote(config.target)}" if config.target else ""
    print(
        f"{config.keep} epoch on validation: {run.result}, loss {run.validation.loss:.4f}\n"
        f"model:   {run.export} (SavedModel)\n"
        f"record:  {run.folder / 'run.json'}, {run.folder / 'metrics.csv'}\n"
        f"curves:  tensorboard --logdir {run.folder}\n"
        f"next:    {typed.command('evaluate')} --model {shlex.quote(str(run.folder))} --data TEST.h5{target}"
    )


def _wrapped(flags_of_preset: str) -> str:
    width = running.screen().width
    return textwrap.fill(flags_of_preset, width, subsequent_indent="  ", break_on_hyphens=False)
