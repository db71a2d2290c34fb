"""TF_CONFIG is understood, or refused in a line."""

import json

import pytest

from facedebias.distribution import cluster
from facedebias.errors import InputError

TWO = ["10.0.0.1:2222", "10.0.0.2:2222"]


def config(jobs, task):
    return {"TF_CONFIG": json.dumps({"cluster": jobs, "task": task})}


def test_workers_are_counted_as_tensorflow_does():
    tf_config = pytest.importorskip("tensorflow.python.distribute.multi_worker_util")
    jobs = {"worker": TWO, "chief": ["10.0.0.9:2222"]}
    for kind, index in (("chief", 0), ("worker", 0), ("worker", 1)):
        own = cluster.read(config(jobs, {"type": kind, "index": index}))
        assert own.worker == tf_config.id_in_cluster(jobs, kind, index)
        assert own.addresses == ("10.0.0.9:2222", *TWO)


def test_one_worker_is_a_cluster():
    assert cluster.read(config({"worker": TWO[:1]}, {"type": "worker", "index": 0})).worker == 0


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "TF_CONFIG: is not set. Set it in each process"),
        ({"TF_CONFIG": "{"}, "TF_CONFIG: is not JSON"),
        ({"TF_CONFIG": "[]"}, 'TF_CONFIG: has no "cluster" in braces'),
        ({"TF_CONFIG": json.dumps({"cluster": {"worker": TWO}})}, 'has no "task" in braces'),
        (config({"ps": TWO}, {"type": "ps", "index": 0}), 'has the job "ps"; expected "chief" and "worker"'),
        (config({"worker": TWO}, {"type": "worker", "index": 2}), 'type "worker" and the index 2; expected'),
        (config({"worker": TWO}, {"type": "worker", "index": True}), "the index True; expected one of"),
        (config({"worker": TWO}, {"type": ["worker"], "index": 0}), "expected one of the processes"),
        (config({"worker": TWO}, {"type": "chief", "index": 0}), 'type "chief" and the index 0'),
        (config({"worker": "a:1"}, {"type": "worker", "index": 3}), "the index 3; expected|has the address"),
        (config({"worker": ["host"]}, {"type": "worker", "index": 0}), 'has the address "host"; expected'),
        (config({"worker": ["h:70000"]}, {"type": "worker", "index": 0}), 'has the address "h:70000"'),
        (config({"worker": [7]}, {"type": "worker", "index": 0}), "has the address 7; expected"),
        (config({"worker": ["h:1", "h:1"]}, {"type": "worker", "index": 0}), 'names "h:1" twice'),
    ],
)
def test_what_is_not_understood_is_refused(environment, message):
    with pytest.raises(InputError, match=message):
        cluster.read(environment)
