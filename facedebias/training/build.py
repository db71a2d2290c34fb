"""The model that a configuration names."""

from collections.abc import Callable

from facedebias.models.augmentation import Augmentation
from facedebias.models.classifier import Classifier
from facedebias.models.dbvae import DBVAE
from facedebias.models.face_model import FaceModel
from facedebias.training.config import TrainConfig

MODELS: dict[str, Callable[..., FaceModel]] = {"classifier": Classifier, "dbvae": DBVAE}


def build(config: TrainConfig, image_shape: tuple[int, int, int], num_shards: int = 1) -> FaceModel:
    """The model that a configuration names, with fresh weights drawn by its seed.

    Args:
        config: of the run.
        image_shape: height, width, 3 of the pictures.
        num_shards: see `sharding`; changes results by rounding errors only.
    """
    augmentation = Augmentation(
        flip=config.flip,
        zoom=config.zoom,
        stretch=config.stretch,
        rotate=config.rotate,
        shift=config.shift,
        brightness=config.brightness,
        gamma=config.gamma,
        contrast=config.contrast,
        soften=config.soften,
        seed=config.seed,
    )
    options = {
        "width": config.width,
        "augmentation": augmentation,
        "average_mirrored": config.average_mirrored,
        "standardized": config.standardized,
        "seed": config.seed,
        "num_shards": num_shards,
    }
    if config.model == "dbvae":
        options |= {"latent_dim": config.latent_dim, "kl_weight": config.kl_weight}
        options["rebuilds_all"] = bool(config.target)
    return MODELS[config.model](image_shape, **options)
