"""What tests of exports share."""

import numpy as np

from facedebias.exporting.export_config import ExportConfig
from facedebias.exporting.run_export import export_run

SHAPE = (32, 32, 3)


def pictures(count, seed=0):
    """Noise of different brightness."""
    rng = np.random.default_rng(seed)
    light = rng.uniform(0.2, 1.0, (count, 1, 1, 3))
    return (rng.integers(0, 256, (count, *SHAPE)) * light).astype(np.uint8)


def exported(run, to, output, **settings):
    return export_run(ExportConfig(run=str(run), to=to, output=str(output), **settings))
