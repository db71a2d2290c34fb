"""Configurations and short runs that tests of training share."""

import csv

from facedebias.training.run import train
from facedebias.training.settings.flat_config import compose


def configured(**settings):
    """A configuration from settings under the names of flags."""
    return compose(settings)


def changed(config, **settings):
    """The same with other settings, under the names of flags."""
    from facedebias.training.settings.flat_config import flatten

    return compose({**flatten(config), **settings})


def train_at(data):
    """`train(config, folder, ...)` on one face file; gives the figures on validation."""

    def run(config, folder, **options):
        return train(config, data, folder, **options).validation

    return run


def read_table(workdir, name="metrics.csv"):
    with (workdir / name).open() as file:
        return list(csv.DictReader(file))
