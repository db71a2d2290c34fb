"""What the benchmarks measure can be built and takes steps."""

import numpy as np

from benchmarks.training.own_training import OwnTraining
from benchmarks.training.sampler_alone import SamplerAlone


def test_own_training_takes_steps_end_to_end_and_bare(tiny_file):
    own = OwnTraining(str(tiny_file), "dbvae", 8, augment=False)
    own.run(2)
    assert own.trainer.step == 2
    own.bare(1)
    # Plain pictures, as the references have them.
    pictures = own.trainer.model.augmented(own._images, own._labels, own.trainer.model.optimizer.iterations)
    np.testing.assert_allclose(pictures, own.trainer.model.pixels_of(own._images), atol=1e-6)
    own.save_plain(1)
    own.save_whole(1)
    assert own.steps_per_epoch(0) == {"steps": own.trainer.steps_per_epoch}


def test_the_sampler_runs_without_model_and_pictures():
    SamplerAlone(200, 4, 8).run(2)
