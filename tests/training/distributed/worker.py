"""One of several processes that train together.

python -m tests.training.distributed.worker FILE FOLDER new|resume [DIES_AT]
"""

import os
import signal
import sys

from facedebias import machine
from tests.training.runs import configured

SETTINGS = {
    "model": "dbvae",
    "batch_size": 16,
    "width": 4,
    "latent_dim": 6,
    "epochs": 5,
    "learning_rate": 1e-6,
    "validation_fraction": 0.2,
}


def main(file, folder, resume, dies_at=0):
    machine.import_tensorflow()
    from facedebias.errors import InputError
    from facedebias.training import run
    from facedebias.training.trainer import Trainer

    take = Trainer.take

    def take_or_die(trainer, num_steps):
        take(trainer, num_steps)
        if trainer.step == int(dies_at):
            os.kill(os.getpid(), signal.SIGKILL)

    Trainer.take = take_or_die
    try:
        run.train(configured(**SETTINGS), file, folder, resume=resume == "resume", strategy="multiworker")
    except InputError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
