"""SavedModels that only measure brightness, and pictures of one grey level each."""

import numpy as np
import tensorflow as tf

from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.score_scale import RANKED

SIZE = 8


def save(path, predict, shape=(SIZE, SIZE, 3), dtype=tf.uint8, name="images", batch=None):
    """A SavedModel of a function from one tensor to a dictionary of answers."""
    spec = tf.TensorSpec([batch, *shape], dtype, name=name)
    function = tf.function(predict, input_signature=[spec])
    tf.saved_model.save(tf.Module(), str(path), signatures={"serving_default": function})
    return str(path)


def level(images):
    """The mean of all numbers of each picture."""
    return tf.reduce_mean(tf.cast(images, tf.float32), [1, 2, 3])


def save_own(path, size=SIZE, shift=100.0, column=False):
    """A SavedModel of the contract: the logit is the grey level minus `shift`, over 10."""

    def predict(images):
        logits = (level(images) - shift) / 10.0
        logits = logits[:, None] if column else logits
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    return save(path, predict, (size, size, 3))


def pictures(levels, height=SIZE, width=SIZE):
    """One uniform picture for each level, uint8 `(n, height, width, 3)`."""
    shape = (len(levels), height, width, 3)
    return np.broadcast_to(np.array(levels, np.uint8)[:, None, None, None], shape)


def answers(path, images, kind=RANKED, batch_size=2, **foreign):
    """What a model says of the pictures, asked as where thresholds are set at a rate."""
    model = ExportedModel("m", path, ForeignModels(**foreign), kind)
    return model.score(lambda rows: images[rows], len(images), batch_size, lambda row: f"row {row}")
