r"""What training on many faces takes, calculated from sizes that are measured here.

    python -m benchmarks.scaling.plan --output=benchmarks/results/scaling_plan.json

Bytes of the sampler's state are the slope between two samplers that are built; bytes of messages follow
from the shapes that replicas exchange in a step. Nothing is timed.
"""

import math
from collections.abc import Sequence

from absl import app, flags

from benchmarks import measure
from facedebias import machine

_FACES = flags.DEFINE_integer("faces", 100_000_000, "Faces to train on.")
_WORKERS = flags.DEFINE_integer("workers", 16, "Processes that share a batch.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 1024, "Pictures in a batch of all together.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_SMALL, _LARGE = 100_000, 200_000  # rows of the two samplers
_PICTURE, _CODES = 64 * 64 * 3, 24  # bytes of a row: pixels, and labels, codes and checksums
_GB = 1e9
_UNITS = {
    "state_bytes_a_face": "bytes",
    "weights_million": "million",
    "message_mb": "MB",
    "ring_mb_a_step_and_worker": "MB",
    "read_mb_a_step_and_worker": "MB",
    "steps_of_an_epoch": "steps",
}


def main(argv: Sequence[str]) -> None:
    """Calculates and writes."""
    del argv
    machine.import_tensorflow()
    from facedebias.models.dbvae import DBVAE
    from facedebias.sampling.expected_loss import ExpectedLossSampler

    model = DBVAE((64, 64, 3))
    latent_dim = model.latent_dim

    def state_bytes(num_rows: int) -> int:
        sampler = ExpectedLossSampler(num_rows, latent_dim)
        return sum(own.dtype.size * math.prod(own.shape) for own in sampler.variables)

    a_face = (state_bytes(_LARGE) - state_bytes(_SMALL)) / (_LARGE - _SMALL)
    weights = sum(math.prod(own.shape) for own in model.trainable_variables)
    # Means, variances and their gradients behind each convolution of the encoder.
    statistics = 4 * sum(own.filters for own in model.encoder.convolutions)
    gathered = _BATCH_SIZE.value * (1 + latent_dim // 2)  # margins, and latents of the half that are faces
    message = 4.0 * (weights + statistics + gathered)
    figures = {
        "pictures_gb": _FACES.value * (_PICTURE + _CODES) / _GB,
        "pictures_of_a_worker_gb": _FACES.value * (_PICTURE + _CODES) / _GB / _WORKERS.value,
        "state_bytes_a_face": a_face,
        "state_gb": _FACES.value * a_face / _GB,
        "state_split_over_workers_gb": _FACES.value * a_face / _GB / _WORKERS.value,
        "weights_million": weights / 1e6,
        "message_mb": message / 1e6,
        "ring_mb_a_step_and_worker": 2 * message / 1e6 * (_WORKERS.value - 1) / _WORKERS.value,
        "read_mb_a_step_and_worker": _BATCH_SIZE.value * _PICTURE / 1e6 / _WORKERS.value,
        "steps_of_an_epoch": _FACES.value / (_BATCH_SIZE.value / 2),
    }
    measure.write(
        _OUTPUT.value,
        {name: measure.figure([value], _UNITS.get(name, "GB")) for name, value in figures.items()},
        faces=_FACES.value,
        workers=_WORKERS.value,
        batch_size=_BATCH_SIZE.value,
    )


if __name__ == "__main__":
    app.run(main)
