"""TensorFlow's kernels and threads are chosen once a process, so these tests start their own."""

import os
import subprocess
import sys

import tensorflow as tf

from facedebias import machine

SCRIPT = """
import os, sys
from facedebias import machine
machine.import_tensorflow()
import tensorflow as tf
if "late" in sys.argv:
    tf.constant(1)
found = [machine.one_shard_per_core() for _ in range(2)]
tf.constant(1)
found += [machine.one_shard_per_core(), tf.config.threading.get_intra_op_parallelism_threads()]
print(*found, os.environ["TF_ENABLE_ONEDNN_OPTS"])
os.write(2, b"heard")
"""


def run(*arguments, **environment):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    found = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stderr == "heard"  # nothing of TensorFlow's, and not silenced for good
    return found.stdout.split()


def test_a_core_gets_a_shard_every_time_it_is_asked():
    cores = str(min(machine.num_cores(), 8))
    assert run()[:4] == [cores, cores, cores, str(machine.num_cores() // int(cores))]


def test_kernels_are_on_unless_the_environment_says_otherwise():
    assert run()[-1] == "1"
    assert run(TF_ENABLE_ONEDNN_OPTS="0")[-1] == "0"


def test_threads_that_the_user_chose_are_left_alone():
    assert run(TF_NUM_INTEROP_THREADS="2")[:4] == ["1", "1", "1", "0"]


def test_a_running_tensorflow_is_left_alone():
    assert run("late")[:4] == ["1", "1", "1", "0"]


ABORTING = """
import sys, types, os
sys.path.insert(0, sys.argv[1])
from facedebias import machine
machine.import_tensorflow()
os.write(2, b"heard")
"""


def import_fake(folder, body):
    """Standard error and status of a process in which TensorFlow is something else."""
    (folder / "tensorflow.py").write_text(f"import os\nos.write(2, b'said by a library\\n')\n{body}\n")
    command = [sys.executable, "-c", ABORTING, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stderr, done.returncode


def test_what_is_said_before_an_abort_is_shown(tmp_path):
    said, status = import_fake(tmp_path, "os.abort()")
    assert said == "said by a library\n" and status < 0


def test_what_is_said_before_an_error_is_shown(tmp_path):
    said, status = import_fake(tmp_path, "raise ImportError('no such library')")
    assert said.startswith("said by a library\n") and "no such library" in said and status == 1


def test_what_is_said_before_nothing_happens_is_not(tmp_path):
    assert import_fake(tmp_path, "") == ("heard", 0)


def test_in_a_process_where_tensorflow_runs_nothing_is_divided():
    tf.constant(1)
    assert machine.one_shard_per_core() == 1
