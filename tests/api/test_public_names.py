"""The names of the package: loaded when asked for, and not overwritten by modules of the same name."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import facedebias as fd

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "pandas", "matplotlib", "sklearn", "scipy", "keras", "pyarrow")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_nothing_heavy():
    run(f"import sys, facedebias, facedebias.errors\nassert not set({HEAVY}) & set(sys.modules)")


def test_an_audit_needs_no_tensorflow():
    run(
        "import sys, facedebias as fd\n"
        "fd.audit([0, 1] * 50, [0.1, 0.9] * 50, groups=['a', 'b'] * 50, num_draws=100)\n"
        "assert 'tensorflow' not in sys.modules and 'matplotlib' not in sys.modules"
    )


def test_every_public_name_is_there_and_documented():
    assert set(fd.__all__) <= set(dir(fd))
    for name in set(fd.__all__) - {"__version__", "train"}:
        value = getattr(fd, name)
        assert value.__name__ == name
        assert len(inspect.getdoc(value)) > 60, name
    with pytest.raises(AttributeError, match="no attribute 'adit'"):
        fd.adit  # noqa: B018


@pytest.mark.parametrize("name", ["compare", "detect"])
@pytest.mark.parametrize("first", ["import facedebias.{0}", "from facedebias import {0}", "fd.{0}"])
def test_a_command_of_the_same_name_does_not_hide_a_function(name, first):
    # `python -m facedebias.compare` needs a module of that name.
    run(
        "import importlib, importlib.util, inspect, pkgutil, sys, facedebias as fd\n"
        f"{first.format(name)}\n"
        f"import facedebias.{name} as module\n"
        f"assert inspect.isfunction(fd.{name}) and fd.{name} is module, fd.{name}\n"
        f"from facedebias import {name}\n"
        f"assert {name} is module\n"
        f"assert importlib.util.find_spec('facedebias.{name}').name == 'facedebias.{name}'\n"
        "assert 'absl' not in sys.modules"
    )


def test_walking_over_all_modules_keeps_the_functions():
    listed = run(
        "import importlib, inspect, pkgutil, facedebias as fd\n"
        "for module in pkgutil.walk_packages(fd.__path__, 'facedebias.'):\n"
        "    print(module.name)\n"
        "    if module.name.count('.') == 1 and not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "assert all(inspect.isfunction(getattr(fd, name)) for name in ('audit', 'compare', 'detect'))"
    )
    assert {"facedebias.compare", "facedebias.api.auditor"} <= set(listed.split())


@pytest.mark.parametrize("name", ["compare", "detect"])
def test_the_commands_still_run(name):
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-m", f"facedebias.{name}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "--output" in done.stdout, done.stderr


def test_training_speaks_of_arguments(tmp_path):
    with pytest.raises(fd.InputError, match=r'^model="cnn": unknown; choose one of classifier, dbvae\.$'):
        fd.TrainConfig(model="cnn")
    for config, message in (
        (fd.TrainConfig(batch_size=3), "batch_size=3: expected an even number"),
        (fd.TrainConfig(groups=("Male",)), r'groups=\("Male",\): nothing uses these groups; add sampler '),
        (fd.TrainConfig(learning_rate=100.0), "learning_rate=100: expected a value from 1e-08 to 10"),
    ):
        with pytest.raises(fd.InputError, match=f"^{message}"):
            fd.train(config, tmp_path / "faces.h5", tmp_path / "run")
