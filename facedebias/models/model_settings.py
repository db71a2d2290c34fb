"""Settings of the models, which need no TensorFlow until one is built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from facedebias.configuration.fields import setting
from facedebias.models import ORIGINAL, SEEN

if TYPE_CHECKING:
    from facedebias.models.face_model import FaceModel


@dataclass(frozen=True)
class ModelSettings:
    """What a configuration says of a model; a subclass gives `name` and `build`.

    Attributes:
        name: in configurations and flags.
        face_sampler: name of the sampler that goes with it where faces are told from non-faces.
        attribute_sampler: likewise where an attribute is learned.
        latent_dim: latents that it gives of a picture; 0 for none.
    """

    name: ClassVar[str] = ""
    # Hard faces more often helped to recognize faces, and no attribute (docs/mitigation.md).
    face_sampler: ClassVar[str] = "loss"
    attribute_sampler: ClassVar[str] = "uniform"

    width: int = setting(12, "Filters of the first convolution; the others follow.", 1, 1024)
    depth: int = setting(1, "Convolutions at each size of the picture; the lab has 1.", 1, 8)

    def build(self, image_shape: tuple[int, int, int], is_detection: bool, **options: Any) -> "FaceModel":
        """The model with fresh weights.

        Args:
            image_shape: height, width, 3 of the pictures.
            is_detection: whether negatives are non-faces.
            options: of `FaceModel`.
        """
        raise TypeError(f"{type(self).__name__} does not define build")


@dataclass(frozen=True)
class ClassifierSettings(ModelSettings):
    """The standard convolutional network, see `Classifier`."""

    name = "classifier"
    latent_dim: ClassVar[int] = 0

    def build(self, image_shape: tuple[int, int, int], is_detection: bool, **options: Any) -> "FaceModel":
        """See `Classifier`."""
        from facedebias.models.classifier import Classifier

        del is_detection
        return Classifier(image_shape, width=self.width, depth=self.depth, **options)


@dataclass(frozen=True)
class DBVAESettings(ModelSettings):
    """The debiasing variational autoencoder (Amini et al. 2019), see `DBVAE`."""

    name = "dbvae"
    face_sampler = "latent"
    attribute_sampler = "latent"

    latent_dim: int = setting(100, "Latents of a face (DB-VAE).", 1, 4096)
    kl_weight: float = setting(
        0.0005, "Weight of the KL divergence, beside an L1 of 1 (DB-VAE).", 0.0, 1000.0
    )
    reconstruct: str = setting(
        ORIGINAL,
        "What the decoder rebuilds (DB-VAE). original: the picture as it is in the file. seen: the picture "
        "as augmentation and --standardize left it.",
        choices=(ORIGINAL, SEEN),
    )

    def build(self, image_shape: tuple[int, int, int], is_detection: bool, **options: Any) -> "FaceModel":
        """See `DBVAE`; where an attribute is learned, negatives are faces and rebuilt, too."""
        from facedebias.models.dbvae import DBVAE

        own = (self.latent_dim, self.kl_weight, self.width, not is_detection, self.reconstruct)
        return DBVAE(image_shape, *own, self.depth, **options)
