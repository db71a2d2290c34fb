"""docs/library.md: its code runs, and does what it says."""

import re
import subprocess
import sys
from pathlib import Path

from tests.portraits import draw_face
from tests.scoring.saved_models import save_own

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "library.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

CHECKS = """
assert audit.by_group.index.tolist() == ["A", "B"]
assert both.changes["p_value"].min() < 0.01
assert page.name == "report.html" and page.exists()
assert len(boxes) >= 1
"""


def test_the_code_of_the_page_runs(tmp_path):
    save_own(tmp_path / "checkpoints" / "dbvae" / "export")
    draw_face((200, 160), (60, 30, 140, 110), 255).save(tmp_path / "photo.png")
    script = tmp_path / "page.py"
    script.write_text("\n".join([f"import sys\nsys.path.insert(0, {str(ROOT)!r})", *BLOCKS, CHECKS]))
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # What a comment says is printed.
    assert done.stdout.splitlines()[-1] in PAGE


def test_what_comments_say_is_so():
    said = next(line for block in BLOCKS for line in block.splitlines() if "index.tolist()" in line)
    assert '# ["A old=False", "A old=True", "B old=False", "B old=True"]' in said
