"""`fd.train`: the training of `facedebias train`, with messages that speak of arguments."""

import os
from collections.abc import Sequence

from facedebias.configuration.setting_names import arguments
from facedebias.data.face_file import FaceDataset
from facedebias.distribution import ONE
from facedebias.training import run
from facedebias.training.config import TrainConfig
from facedebias.training.hooks import Hook


def train(
    config: TrainConfig,
    data: FaceDataset | str | os.PathLike[str],
    output: str | os.PathLike[str],
    resume: bool = False,
    overwrite: bool = False,
    hooks: Sequence[Hook] = (),
    strategy: str = ONE,
    num_replicas: int = 0,
) -> run.TrainingRun:
    """Trains a model and writes everything about it into a folder.

    The method is that of A. Amini et al. (2019) for a DB-VAE with its own sampler; docs/training.md
    describes it, the other samplers and what the folder holds.

    Args:
        config: of the run, e.g. `TrainConfig(model="dbvae")`, or `TrainConfig.from_preset("lab")`.
        data: a face file with pictures uint8 `(num_rows, height, width, 3)`, or its path.
        output: the folder; made if need be.
        resume: continue the run in that folder where its last checkpoint is.
        overwrite: delete what is in the folder first.
        hooks: watch the run.
        strategy: "one" device; "mirrored", all GPUs of this machine; or "multiworker", as one of the
            processes that the environment's TF_CONFIG names, which all call this alike. The result does
            not depend on it, up to the order of additions (docs/scaling.md).
        num_replicas: of "mirrored", how many GPUs, or parts of the processor where there is none; 0 for
            all GPUs.

    Returns:
        The run: its folder, its figures on validation, and `model`, a Keras model with the exported
        weights, whose `predict` takes uint8 `(n, height, width, 3)` and returns float32 `(n,)`
        `logits` and `probabilities`.

    Raises:
        InputError: if the configuration, the data or the folder does not fit, training diverged, the
            disk or the memory is full, the strategy's devices are not there, or another worker does not
            answer.
        KeyboardInterrupt: if it was interrupted; `resume` goes on after the last step.
    """
    with arguments(replicas="num_replicas"):
        return run.train(config, data, output, resume, overwrite, hooks, strategy, num_replicas)
