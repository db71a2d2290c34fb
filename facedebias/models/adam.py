"""Adam with one kernel a variable."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from facedebias.distribution import replicas


@keras.saving.register_keras_serializable(package="facedebias")
class FusedAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba 2015), equal to Keras' own and faster (benchmarks/training/rewrites.py).

    Keras updates the two moments and the variable in a dozen operations, each with a pass over
    memory; TensorFlow has a kernel that does it in one. Options of Keras' optimizer that the
    kernel does not know (clipping, decay, averaging) are not offered.

    Args:
        learning_rate: a number or a schedule of the step.
    """

    def __init__(self, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule):
        super().__init__(learning_rate)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this optimizer again, without its state."""
        return {"learning_rate": super().get_config()["learning_rate"]}

    def apply(
        self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[keras.Variable] | None = None
    ) -> None:
        """Takes a step.

        Args:
            grads: one for each variable, of its shape.
            trainable_variables: those the optimizer was built for, in the same order; None for them.
        """
        if trainable_variables is not None and not self.built:
            self.build(trainable_variables)
        rate = tf.cast(self._get_current_learning_rate(), tf.float32)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        first_power, second_power = tf.pow(self.beta_1, step), tf.pow(self.beta_2, step)
        states = zip(self._trainable_variables, self._momentums, self._velocities, grads, strict=True)
        for variable, momentum, velocity, gradient in states:
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=momentum.value.handle,
                v=velocity.value.handle,
                beta1_power=first_power,
                beta2_power=second_power,
                lr=rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=gradient,
            )
        replicas.assign(self.iterations, self.iterations.value + 1)
