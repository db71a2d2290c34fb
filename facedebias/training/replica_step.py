"""What one replica does with its part of a batch."""

from typing import NamedTuple, Self

import tensorflow as tf

from facedebias.distribution import replicas, voting
from facedebias.distribution.batch_split import BatchSplit
from facedebias.models.face_model import FaceModel
from facedebias.models.penalties import Penalty
from facedebias.models.sharding import in_shards
from facedebias.randomness import Places


class Learned(NamedTuple):
    """What a step reveals of the whole batch; the same at every replica.

    Attributes:
        indices: int64 `(batch_size,)`, as drawn.
        latents: float32 `(n, latent_dim)` of the first n pictures; n is 0 for a model without latents.
        margins: float32 `(batch_size,)`: how far on the right side of 0 the logits are.
        terms: float32 `(len(model.term_names),)`, means over the batch.
        votes: see `voting`.
    """

    indices: tf.Tensor
    latents: tf.Tensor
    margins: tf.Tensor
    terms: tf.Tensor
    votes: tf.Tensor


class Told(NamedTuple):
    """What a step tells the loop around it, bool scalars.

    Attributes:
        is_finite: whether all terms of the loss are.
        is_alike: whether all replicas drew the same rows.
        is_stopping: whether some process was asked to stop.
    """

    is_finite: tf.Tensor
    is_alike: tf.Tensor
    is_stopping: tf.Tensor

    @classmethod
    def nothing(cls) -> Self:
        """That the first step may be taken."""
        return cls(tf.constant(True), tf.constant(True), tf.constant(False))

    @classmethod
    def by(cls, terms: tf.Tensor, votes: tf.Tensor) -> Self:
        """What these tell, see `Learned`."""
        is_finite = tf.reduce_all(tf.math.is_finite(terms))
        return cls(is_finite, voting.are_alike(votes), voting.is_anybody_asked(votes))


class ReplicaStep:
    """The part of a training step that `Strategy.run` runs, at all replicas at once.

    Args:
        model: what learns.
        penalty: what else it is to follow; None for nothing.
        split: how a batch is shared out. Its first pictures, if it tells them apart, are the only ones
            that are rebuilt.
        needs_latents: whether a sampler looks at latents.
    """

    def __init__(self, model: FaceModel, penalty: Penalty | None, split: BatchSplit, needs_latents: bool):
        self._model, self._penalty, self._split = model, penalty, split
        # The latents that faces were trained on do, unless augmentation changed the faces: most of what
        # latents then tell is how, and a face would be rare for having been turned.
        self._encodes = needs_latents and model.changes_pictures

    def __call__(
        self,
        is_asked_to_stop: tf.Tensor,
        indices: tf.Tensor,
        places: tf.Tensor,
        images: tf.Tensor,
        labels: tf.Tensor,
        groups: tf.Tensor,
    ) -> Learned:
        """Learns from this replica's pictures, and tells the others of them.

        Args:
            is_asked_to_stop: bool scalar, whether this process was.
            indices: int64 `(batch_size,)`, as drawn for the whole batch.
            places: int32 `(n,)`, of the pictures in the batch.
            images: uint8 `(n, height, width, 3)`.
            labels: float32 `(n,)`.
            groups: int32 `(n,)`.
        """
        split, num_first = self._split, self._split.own_num_first
        part = None if split.num_replicas == 1 else Places(places, split.batch_size)
        result = self._model.update_weights(images, labels, num_first, groups, self._penalty, places=part)
        latents = self.encode(images[:num_first]) if self._encodes else result.latents
        margins = tf.where(labels > 0.5, result.logits, -result.logits)
        votes = voting.votes(is_asked_to_stop, indices)
        if part is not None:
            margins = replicas.gathered(margins, places, split.batch_size)
            if latents.shape[0]:
                num_latents = split.batch_size if split.num_first is None else split.num_first
                latents = replicas.gathered(latents, places[:num_first], num_latents)
        return Learned(indices, latents, margins, result.terms, votes)

    def encode(self, images: tf.Tensor) -> tf.Tensor:
        """Mean latents, float32 `(n, latent_dim)`, of pictures uint8 `(n, height, width, 3)`."""
        return in_shards(lambda shard: self._model.encode(shard)[0], self._model.num_shards, images)
