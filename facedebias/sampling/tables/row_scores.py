"""A number for each row, compared with those of all rows at a cost that does not grow with them."""

import tensorflow as tf

_RANGE = 3.0  # standard deviations that count


class RowScores(tf.Module):
    """Scores of rows, with their sum and sum of squares over the rows that have one.

    Args:
        num_rows: rows; a row without a score has 0.
    """

    def __init__(self, num_rows: int):
        super().__init__()
        self.values = tf.Variable(tf.zeros([num_rows]), trainable=False)
        # In double precision, as they are added to for ever.
        self.sums = tf.Variable(tf.zeros([2], tf.float64), trainable=False)

    def put(self, rows: tf.Tensor, scores: tf.Tensor, is_counted: tf.Tensor) -> None:
        """Replaces scores.

        Args:
            rows: int64 `(n,)`; one that comes twice has the same score each time.
            scores: float32 `(n,)`.
            is_counted: bool `(n,)`, one place of each row.
        """
        # Doubles before the difference: what is added and later taken away cancels but for their rounding.
        new, old = tf.cast(scores, tf.float64), tf.cast(tf.gather(self.values, rows), tf.float64)
        change = tf.stack([new - old, tf.square(new) - tf.square(old)])
        self.sums.assign_add(tf.reduce_sum(change * tf.cast(is_counted, tf.float64), axis=1))
        self.values.scatter_update(tf.IndexedSlices(scores, rows))

    def standardized(self, rows: tf.Tensor, num_scored: tf.Tensor) -> tf.Tensor:
        """clip((s(x) - mean) / deviation, -3, 3) of rows int64 `(n,)`: float32 `(n,)`.

        Args:
            rows: that have a score.
            num_scored: how many rows have one, int64 scalar.
        """
        mean, mean_square = tf.unstack(self.sums / tf.cast(num_scored, tf.float64))
        deviation = tf.sqrt(tf.maximum(mean_square - tf.square(mean), 1e-6))
        distance = tf.gather(self.values, rows) - tf.cast(mean, tf.float32)
        return tf.clip_by_value(distance / tf.cast(deviation, tf.float32), -_RANGE, _RANGE)
