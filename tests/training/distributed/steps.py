"""Takes training steps in a process of its own, as devices are chosen once a process.

python -m tests.training.distributed.steps FILE OUTPUT CASE [CASE ...]

Writes, of each case, what one device and what two replicas came to.
"""

import sys

import numpy as np

from facedebias.distribution import strategies

# Runs differ in the order of additions. At a usual learning rate that grows tenfold every few steps.
_CALM = {"width": 12, "learning_rate": 1e-6, "batch_size": 16}
CASES = {
    # Few latents and bins: where a latent lies next to the edge of a bin, additions decide who is drawn.
    "dbvae": {"model": "dbvae", "latent_dim": 6, "bins": 3, **_CALM},
    "adversary": {
        "model": "classifier",
        "target": "side=left",
        "groups": ("group",),
        "penalty": "adversary",
        "sampler": "loss",
        **_CALM,
    },
}
NUM_STEPS = 12  # the first even draws, and then the sampler's


def main(file, output, *cases):
    mirrored = strategies.start("mirrored", 2)
    from tests.training.trainers import make_trainer

    found = {}
    for case in cases:
        for name, replication in (("one", None), ("two", mirrored)):
            trainer = make_trainer(file, replication=replication, **CASES[case])
            losses = [list(trainer.run(1).values()) for _ in range(NUM_STEPS)]
            found[f"{case}/{name}/losses"] = np.array(losses)
            found[f"{case}/{name}/draws"] = trainer.queue.pending.numpy()
            found[f"{case}/{name}/probabilities"] = trainer.probabilities()
            weights = [np.ravel(variable.numpy()) for variable in trainer.model.variables]
            found[f"{case}/{name}/weights"] = np.concatenate(weights)
            moments = [np.ravel(own.numpy()) for own in trainer.model.optimizer._momentums]
            found[f"{case}/{name}/moments"] = np.concatenate(moments)
    np.savez(output, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
