"""evaluate.py as a command and as a function, which tests of the audit share."""

import subprocess
import sys
from pathlib import Path

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig

ROOT = Path(__file__).parents[3]
# Grey levels of the pictures, face by face: the logit is the level minus 100, over 10.
FACES = {"White Male": [200, 150], "Black Male": [120, 90, 100], "Black Female": [95, 130]}
NONFACES = [90] * 9 + [110]


def run_main(*flags):
    return subprocess.run(
        [sys.executable, "evaluate.py", *map(str, flags)], cwd=ROOT, capture_output=True, text=True
    )


def audit(model, data, **fields):
    models = (model,) if isinstance(model, str) else model
    return evaluate(AuditConfig(models=models, data=str(data), **fields))
