r"""Memory of training at 10,000 and at 1,000,000 rows.

    python -m benchmarks.training.training_memory --small=data/big-10000.h5 --large=data/big-1000000.h5 \
        --output=benchmarks/results/training_memory.json

Anonymous memory of the process: what no file backs and so must stay in memory. Pictures are
mapped from the file and do not count; the large file may be sparse.
"""

from collections.abc import Sequence

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from facedebias.data.face_file import FaceDataset

_SMALL = flags.DEFINE_string("small", None, "Face file of 10,000 rows, by big_file.", required=True)
_LARGE = flags.DEFINE_string("large", None, "Face file of 1,000,000 rows, by big_file.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Processes of each size.")
_STEPS = flags.DEFINE_integer("steps", 300, "Steps before memory is read.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

BYTES_PER_FACE = 110  # of the sampler: a bin a latent, weight, flag


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    small: list[float] = []
    large: list[float] = []
    for _ in range(_ROUNDS.value):
        for path, found in ((_SMALL.value, small), (_LARGE.value, large)):
            with Contestant("own", data=path, fill_bins=False) as contestant:
                found.append(contestant.ask("run", _STEPS.value)["anonymous_mb"])
    num_faces = len(FaceDataset(_LARGE.value).rows(label=1, split="train"))
    allowed = num_faces * BYTES_PER_FACE / 1e6
    figures = {
        "anonymous_memory_1m_mb": measure.figure(large, "MB"),
        "anonymous_memory_10k_mb": measure.figure(small, "MB"),
        "anonymous_memory_growth_mb": measure.figure(
            [a - b for a, b in zip(large, small, strict=True)], "MB"
        ),
        "sampler_state_1m_mb": measure.figure([allowed], "MB"),
    }
    measure.write(_OUTPUT.value, figures, steps=_STEPS.value)


if __name__ == "__main__":
    app.run(main)
