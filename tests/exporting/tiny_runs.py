"""What tests of exports share."""

import numpy as np

from facedebias.exporting.export_config import ExportConfig
from facedebias.exporting.run_export import export_run

SHAPE = (32, 32, 3)


def pictures(count, seed=0):
    """Spots of different colours and sizes on noise."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 80, (count, *SHAPE))
    for picture in found:
        top, left, size = rng.integers(0, 16), rng.integers(0, 16), rng.integers(4, 16)
        picture[top : top + size, left : left + size] += rng.integers(40, 176, 3)
    return found.astype(np.uint8)


def exported(run, to, output, **settings):
    return export_run(ExportConfig(run=str(run), to=to, output=str(output), **settings))
