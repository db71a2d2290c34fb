"""Files of predictions, and evaluate.py on them, which tests share."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.report.results import as_json

ROOT = Path(__file__).parents[3]


def random_rows(seed, size=600):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size)
    scores = np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.25), 0, 1), 4)
    return scores, labels, rng.choice(["a, b", "a/b", "<script>"], size), rng.choice(["F", "M"], size)


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["score", "label", "race", "sex"])
        writer.writerows(zip(*rows, strict=True))
    return str(path)


def audit(*predictions, **fields):
    return as_json(evaluate(AuditConfig(predictions=predictions, num_draws=100, **fields)))


def run_main(*arguments, also=""):
    code = (
        f"import sys, runpy; sys.argv = ['evaluate.py', *{list(map(str, arguments))!r}]\n"
        "try: runpy.run_path('evaluate.py', run_name='__main__')\n"
        f"finally: assert 'tensorflow' not in sys.modules {also}"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
