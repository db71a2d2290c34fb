"""The command train.py: bad input, help, and presets."""

import json
import subprocess
import sys

import pytest

from facedebias.training.config import TrainConfig
from facedebias.training.settings.saved_config import to_json


class TestCommand:
    def start(self, *arguments):
        return subprocess.run(
            [sys.executable, "train.py", *arguments], capture_output=True, text=True, check=False
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--data", "none.h5", "--output", "x"], "none.h5: no such file"),
            (["--data", "a.h5", "--output", "x", "--alpha", "-1"], "--alpha=-1: expected a value from"),
            (["--data", "a.h5", "--output", "x", "extra"], "'extra' belongs to no flag"),
            (
                ["--data", "a.h5", "--output", "x", "--preset=lab", "--target=Young"],
                "--preset=lab --target=Young: this preset is for faces",
            ),
        ],
    )
    def test_bad_input_is_one_line_and_exit_code_1(self, arguments, message):
        found = self.start(*arguments)
        assert found.returncode == 1
        assert found.stderr.startswith(f"error: {message}")
        assert found.stderr.count("\n") == 1

    def test_help_ends_well_without_tensorflow(self):
        script = (
            "import sys, runpy; sys.argv = ['train.py', '--help']\n"
            "try: runpy.run_path('train.py', run_name='__main__')\n"
            "except SystemExit as end: print('code', end.code, 'tensorflow' in sys.modules)"
        )
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert "code 0 False" in found.stdout
        assert "--alpha" in found.stdout
        for preset in (
            "default: ",
            "lab: the DB-VAE of MIT 6.S191 lab 2",
            "best: ",
            "the training time of the",
        ):
            assert preset in " ".join(found.stdout.split())

    def test_a_preset_says_what_it_sets_and_its_run_goes_on_without_it(self, tiny_file, tmp_path):
        place = ["--data", str(tiny_file), "--output", str(tmp_path / "run")]
        small = {"epochs": 1, "batch_size": 8, "width": 2, "latent_dim": 4}
        given = [f"--{name}={value}" for name, value in small.items()]
        first = self.start(*place, "--preset=lab", *given)
        assert first.returncode == 0, first.stderr
        said, _, _ = " ".join(first.stdout.split()).partition(" epoch ")
        # What differs from the defaults and was not given.
        assert said.startswith(
            "preset lab: --model=dbvae --reconstruct=seen --sampler=latent_epoch --binning=range "
        )
        assert "--flip=false --zoom=0 " in said
        assert not any(f"--{name}=" in said for name in (*small, "rule", "kl_weight", "keep", "contrast"))
        assert "note:" not in first.stderr
        record = json.loads((tmp_path / "run" / "run.json").read_text())
        assert record["config"] == to_json(TrainConfig.from_preset("lab", **small), str(tiny_file))

        sets = [word for word in said.split() if word.startswith("--")]
        again = self.start(*place, *sets, *given, "--resume")
        assert again.returncode == 0, again.stderr
        assert again.stdout.startswith("resuming after")
