"""Training by a strategy as a contestant, end to end."""

from facedebias import machine
from facedebias.data.face_file import FaceDataset
from facedebias.distribution import strategies
from facedebias.training.settings.flat_config import compose
from facedebias.training.tasks import open_task
from facedebias.training.trainer import Trainer


class SharedTraining:
    """The trainer of train.py with its defaults, on the devices of a strategy.

    Args:
        data: path of the face file.
        strategy: as `train.py --strategy` takes it.
        num_replicas: as `train.py --replicas` does.
        batch_size: pictures in a batch of all replicas together.
    """

    def __init__(self, data: str, strategy: str, num_replicas: int, batch_size: int):
        num_shards = machine.one_shard_per_core()
        replication = strategies.start(strategy, num_replicas)
        num_shards = max(1, num_shards // replication.num_replicas)  # all share this machine's cores
        config, dataset = compose({"model": "dbvae", "batch_size": batch_size}), FaceDataset(data)
        self._trainer = Trainer(config, dataset, open_task(config, dataset), num_shards, replication)

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        self._trainer.take(num_steps)
