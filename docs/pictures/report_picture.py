r"""The picture of a report in the README: the top of `report.html`, where no photograph is.

    python -m docs.pictures.report_picture --report=reports/test --output=docs/report.png

Needs Chromium. docs/report.png is of the report that `evaluate.py` writes with the README's commands for real
pictures and `--output reports/test`.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from absl import flags
from PIL import Image

from facedebias.cli import running
from facedebias.errors import InputError

_REPORT = flags.DEFINE_string("report", "reports/test", "Folder that evaluate.py wrote a report to.")
_OUTPUT = flags.DEFINE_string("output", "docs/report.png", "PNG file to write.")

_SIZE = (1100, 1330)  # down to the end of the chart of groups
_FLAGS = ("--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=5000")
_COLOURS = 128  # charts and text have few: a third of the bytes


def main(argv: Sequence[str]) -> None:
    """Photographs the page."""
    running.refuse_arguments(argv)
    page, browser = Path(_REPORT.value) / "report.html", shutil.which("chromium")
    if not page.exists():
        raise InputError(f"{page}: no such file; make a report with evaluate.py --output {_REPORT.value}.")
    if not browser:
        raise InputError("chromium: not found; install it (Debian: apt-get install chromium).")
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "page.png"
        command = [browser, *_FLAGS, "--window-size={},{}".format(*_SIZE), f"--screenshot={whole}"]
        subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True)
        Image.open(whole).convert("RGB").quantize(_COLOURS).save(_OUTPUT.value, optimize=True)


if __name__ == "__main__":
    running.run(main)
