"""The command train.py: bad input and help."""

import subprocess
import sys

import pytest


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
