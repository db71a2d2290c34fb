"""Penalties against plain NumPy, and what they do to a model that could use the group."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedebias.models.penalties import AdversaryPenalty, MMDPenalty, mmd

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, 40).astype(np.float32)
LABELS = (np.arange(40) % 2).astype(np.float32)
GROUPS = (np.arange(40) // 4 % 3).astype(np.int32)


def kernel(a, b):
    return np.mean([np.exp(-((a - b) ** 2) / (2 * width**2)) for width in (0.5, 1.0, 2.0, 4.0)])


def mean_kernel(first, second):
    return np.mean([[kernel(a, b) for b in second] for a in first])


def pairs(values):
    """Mean kernel of two different ones."""
    places = range(len(values))
    return np.mean([kernel(values[i], values[j]) for i in places for j in places if i != j])


def test_of_groups_that_are_alike_there_is_none_on_average():
    rng = np.random.default_rng(5)
    found = [
        float(mmd(rng.normal(size=8).astype(np.float32), np.ones(8, np.float32), np.arange(8) % 2, 2))
        for _ in range(400)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20


def test_the_discrepancy_is_that_of_two_loops():
    expected = []
    for label in (0, 1):
        for group in range(3):
            own = LOGITS[(label == LABELS) & (group == GROUPS)]
            rest = LOGITS[(label == LABELS) & (group != GROUPS)]
            expected.append(pairs(own) + pairs(rest) - 2 * mean_kernel(own, rest))
    assert float(mmd(LOGITS, LABELS, GROUPS, 3)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_rows_of_no_group_and_groups_without_rows_do_not_count():
    more = [np.append(LOGITS, 9.0), np.append(LABELS, 1.0), np.append(GROUPS, -1)]
    more = [values.astype(own.dtype) for values, own in zip(more, (LOGITS, LABELS, GROUPS), strict=True)]
    assert float(mmd(*more, 5)) == pytest.approx(float(mmd(LOGITS, LABELS, GROUPS, 3)), rel=1e-6)
    assert float(mmd(LOGITS, LABELS, np.zeros(40, np.int32), 2)) == 0.0


def test_the_adversary_s_loss_is_a_softmax_of_what_it_sees():
    penalty = AdversaryPenalty(3, 1.0)
    penalty.scale.assign(0.5)
    penalty.kernel.assign(RNG.normal(size=(3, 3)))
    penalty.bias.assign([0.1, -0.2, 0.3])
    s = 1 / (1 + np.exp(-1.5 * LOGITS))
    scores = np.stack([s, s * LABELS, s * (1 - LABELS)], 1) @ penalty.kernel.numpy() + penalty.bias.numpy()
    chosen = scores[np.arange(40), GROUPS] - np.log(np.exp(scores).sum(axis=1))
    assert float(penalty(LOGITS, LABELS, GROUPS)) == pytest.approx(-chosen.mean(), rel=1e-5)


def gradients_of(penalty, weights):
    """Of a model whose logit is a weighted sum of three inputs."""
    inputs = RNG.normal(size=(40, 3)).astype(np.float32)
    with tf.GradientTape(persistent=True) as tape:
        logits = tf.linalg.matvec(inputs, weights)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(LABELS, logits))
        value = penalty(logits, LABELS, GROUPS)
    plain, of_value = tape.gradient(loss, weights).numpy(), tape.gradient(value, weights).numpy()
    (found,) = penalty.gradients(tape, loss, value, [weights])
    return found.numpy(), plain, of_value


def test_the_discrepancy_is_added_to_the_loss():
    found, plain, of_value = gradients_of(MMDPenalty(3, 2.5), tf.Variable([0.3, -0.2, 0.5]))
    np.testing.assert_allclose(found, plain + 2.5 * of_value, rtol=1e-5)


def test_the_model_does_nothing_that_helps_the_adversary():
    """Zhang et al. 2018: g - proj_a g - weight a; along a only - weight |a| is left."""
    penalty = AdversaryPenalty(3, 0.7)
    penalty.kernel.assign(RNG.normal(size=(3, 3)))
    found, plain, theirs = gradients_of(penalty, tf.Variable([0.3, -0.2, 0.5]))
    unit = theirs / np.linalg.norm(theirs)
    np.testing.assert_allclose(found, plain - (plain @ unit) * unit - 0.7 * theirs, rtol=1e-4)
    assert found @ unit == pytest.approx(-0.7 * np.linalg.norm(theirs), rel=1e-4)


@pytest.mark.parametrize("make", [lambda: MMDPenalty(2, 5.0), lambda: AdversaryPenalty(2, 0.3)])
def test_a_model_learns_not_to_use_the_group(make):
    """Two inputs: what the label depends on, and the group, which goes with the label in 80%.

    Unpenalized, the group gets a weight of log(0.8 / 0.2) on either side; its answers within a
    label differ between groups. With a penalty that difference must all but go.
    """
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 4000).astype(np.float32)
    groups = np.where(rng.random(4000) < 0.8, labels, 1 - labels).astype(np.int32)
    signal = (2 * labels - 1) + rng.normal(0, 1.0, 4000)
    inputs = tf.constant(np.stack([signal, 2.0 * groups - 1], axis=1), tf.float32)

    def gap(penalty):
        """Difference of mean logits between groups within a label, after training."""
        weights = tf.Variable([0.0, 0.0])
        optimizer = keras.optimizers.Adam(0.02)
        optimizer.build([weights])

        @tf.function
        def step(places):
            with tf.GradientTape(persistent=True) as tape:
                logits = tf.linalg.matvec(tf.gather(inputs, places), weights)
                y, g = tf.gather(labels, places), tf.gather(groups, places)
                loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y, logits))
                value = penalty(logits, y, g) if penalty else None
            plain = tape.gradient(loss, [weights])
            found = penalty.gradients(tape, loss, value, [weights]) if penalty else plain
            optimizer.apply(found, [weights])

        visited = []
        for _ in range(800):
            step(tf.constant(rng.integers(0, 4000, 128)))
            visited.append(weights.numpy())
        # Model and adversary circle around where they balance.
        logits = (inputs.numpy() @ np.mean(visited[400:], axis=0))[labels == 1]
        own = groups[labels == 1]
        return logits[own == 1].mean() - logits[own == 0].mean()

    assert gap(None) > 2.0
    assert abs(gap(make())) < 0.7
