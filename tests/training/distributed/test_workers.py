"""Processes that train together: one of them dies, all are started again, and come to what one device does.

FACEDEBIAS_WORKERS sets how many there are.
"""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.training.distributed.worker import SETTINGS
from tests.training.runs import configured, read_table, train_at

NUM_WORKERS = int(os.environ.get("FACEDEBIAS_WORKERS", 2))
_SECONDS = 240  # TensorFlow says after at most a minute that a worker is gone; the rest is starting
_DIES_AT = 6  # of 10


def start(file, folder, resume, dying=None):
    """Starts all workers; one may be told to die."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(NUM_WORKERS)]
    addresses = [f"127.0.0.1:{own.getsockname()[1]}" for own in sockets]
    for own in sockets:
        own.close()
    processes = []
    for index in range(NUM_WORKERS):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        command = [sys.executable, "-m", "tests.training.distributed.worker", file, folder, resume]
        command += [str(_DIES_AT)] if index == dying else []
        environment = {**os.environ, "TF_CONFIG": json.dumps(task)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        processes.append(process)
    return processes


def end(processes):
    """Exit status and standard error of each."""
    try:
        return [(process.communicate(timeout=_SECONDS)[1], process.returncode) for process in processes]
    finally:
        for process in processes:
            process.kill()


@pytest.fixture(scope="module")
def killed(tiny_file, tmp_path_factory):
    """The folder of a run whose last worker was killed, and what the others said."""
    folder = tmp_path_factory.mktemp("workers") / "run"
    return folder, end(start(tiny_file, folder, "new", dying=NUM_WORKERS - 1))


@pytest.fixture(scope="module")
def resumed(killed, tiny_file):
    """The folder of the same run, which all went on with."""
    folder, _ = killed
    for stderr, status in end(start(tiny_file, folder, "resume")):
        assert status == 0, stderr
    return folder


@pytest.fixture(scope="module")
def alone(tiny_file, tmp_path_factory):
    """The folder of the run of one device that nothing stopped."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    train_at(tiny_file)(configured(**SETTINGS), folder)
    return folder


def test_the_others_say_that_a_worker_is_gone(killed):
    *living, (_, of_dead) = killed[1]
    assert of_dead == -9
    for stderr, status in living:
        assert status == 1 and "does not answer. End what is left of the others" in stderr


def test_the_run_goes_on_as_if_one_device_had_made_it(resumed, alone):
    found, expected = (read_table(folder) for folder in (resumed, alone))
    assert [row["epoch"] for row in found] == [str(epoch) for epoch in range(1, 6)]
    for name in ("loss", "validation_loss", "classification", "reconstruction", "effective_sample_size"):
        np.testing.assert_allclose(
            *([float(row[name]) for row in table] for table in (found, expected)), rtol=1e-4, err_msg=name
        )


def test_samplers_and_draws_are_those_of_one_device(resumed, alone):
    found, expected = (
        tf.train.load_checkpoint(tf.train.latest_checkpoint(folder / "checkpoints"))
        for folder in (resumed, alone)
    )
    names = [n for n in expected.get_variable_to_shape_map() if n.startswith(("sampler/", "queue/"))]
    assert len(names) > 8
    for name in names:
        np.testing.assert_allclose(
            found.get_tensor(name), expected.get_tensor(name), rtol=1e-3, atol=1e-3, err_msg=name
        )


def test_only_the_first_worker_wrote(resumed):
    assert not [path for path in resumed.rglob("*") if "temp" in path.name or "partial" in path.name]
    assert json.loads((resumed / "run.json").read_text())["num_replicas"] == NUM_WORKERS
