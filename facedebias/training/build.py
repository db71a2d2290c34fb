"""The model and the optimizer that a configuration names."""

import dataclasses

import keras

from facedebias.models.adam import FusedAdam
from facedebias.models.face_model import FaceModel
from facedebias.training.config import TrainConfig


def build(config: TrainConfig, image_shape: tuple[int, int, int], num_shards: int = 1) -> FaceModel:
    """The model that a configuration names, with fresh weights drawn by its seed.

    Args:
        config: of the run.
        image_shape: height, width, 3 of the pictures.
        num_shards: see `sharding`; changes results by rounding errors only.
    """
    model: FaceModel = config.model.build(
        image_shape,
        config.is_detection,
        augmentation=dataclasses.replace(config.augmentation, seed=config.seed),
        average_mirrored=config.average_mirrored,
        standardize=config.standardize,
        seed=config.seed,
        num_shards=num_shards,
    )
    return model


def optimizer(config: TrainConfig, num_steps: int) -> keras.Optimizer:
    """Adam with the learning rates that a configuration names.

    Args:
        config: of the run.
        num_steps: steps of the whole run.
    """
    if config.schedule == "constant":
        return FusedAdam(config.learning_rate)
    return FusedAdam(keras.optimizers.schedules.CosineDecay(config.learning_rate, num_steps))
