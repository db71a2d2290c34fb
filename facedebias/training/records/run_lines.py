"""What a run says while it trains."""

from collections.abc import Mapping

from facedebias.data.face_file import FaceDataset
from facedebias.text import counted
from facedebias.training.config import TrainConfig
from facedebias.training.tasks import Task
from facedebias.training.trainer import Trainer
from facedebias.training.validation import Validator


def of_start(
    config: TrainConfig, dataset: FaceDataset, trainer: Trainer, task: Task, validate: Validator
) -> str:
    """What is trained, on what, and for how long; a second line warns if validation is rough.

    Args:
        config: of the run.
        dataset: the face file.
        trainer: of the run.
        task: what is learned.
        validate: what validates.
    """
    rows = task.rows
    classes = ("faces", "non-faces") if task.is_detection else ("with", "without")
    what = f" of {config.target}" if config.target else ""
    counts = trainer.sampler.counts
    batch = f", {counts[0]} and {counts[1]} in a batch" if len(counts) > 1 else ""
    shared = (
        f", on {trainer.replication.num_replicas} replicas" if trainer.replication.num_replicas > 1 else ""
    )
    text = (
        f"{config.model.name}{what} with {config.sampler.name} sampling on {len(rows.train_positives):,} "
        f"{classes[0]} and {len(rows.train_negatives):,} {classes[1]} of {dataset.path}{batch}{shared}; "
        f"validation on {len(rows.validation_positives):,} and {len(rows.validation_negatives):,}; "
        f"{counted(config.epochs, 'epoch')} of {counted(trainer.steps_per_epoch, 'step')}"
    )
    return "\n".join(filter(None, (text, validate.warning())))


def of_epoch(
    row: Mapping[str, float], config: TrainConfig, trainer: Trainer, validation: str, is_marked: bool
) -> str:
    """Metrics of an epoch.

    Args:
        row: what `metrics.csv` has of it.
        config: of the run.
        trainer: of the run.
        validation: its figures in words.
        is_marked: puts a star behind them, as of the best epoch so far where that is what will be kept.
    """
    mark = "*" if is_marked else " "
    return (
        f"epoch {row['epoch']}/{config.epochs}  loss {row['loss']:.4f}  "
        f"validation loss {row['validation_loss']:.4f}  {validation}{mark}  "
        f"ESS {row['effective_sample_size']:,.0f} of {len(trainer.sampled_rows):,}  "
        f"{row['images_per_second']:,.0f} images/s"
    )
