"""Training with a preset as a contestant."""

from collections.abc import Mapping
from typing import Any

from facedebias import machine
from facedebias.data.face_file import FaceDataset
from facedebias.training.config import TrainConfig
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer


class PresetTraining:
    """The trainer of `train.py --preset`.

    Args:
        data: path of the face file.
        preset: a name of `presets.PRESETS`.
        settings: by the names of flags, in place of the preset's.
    """

    def __init__(self, data: str, preset: str, settings: Mapping[str, Any]):
        config, dataset = TrainConfig.from_preset(preset, **settings), FaceDataset(data)
        self.trainer = Trainer(config, dataset, open_task(config, dataset), machine.one_shard_per_core())

    def epoch(self, num_epochs: int) -> None:
        """Trains for whole epochs."""
        for _ in range(num_epochs):
            self.trainer.run(self.trainer.steps_per_epoch)
