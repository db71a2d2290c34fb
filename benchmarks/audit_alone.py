"""The audit without model and pictures, timed."""

import time
from collections.abc import Callable

import numpy as np

NUM_SCORES = 100_000


def seconds(function: Callable[[], object]) -> float:
    """That a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def repeat(function: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of some calls after a first that does not count."""
    function()
    return [seconds(function) for _ in range(rounds)]


def audit_seconds(num_groups: int, rounds: int) -> list[float]:
    """Seconds for all figures and intervals of one model, on 100,000 scores."""
    from facedebias.audit import thresholds
    from facedebias.audit.audit import Scores, audit_model
    from facedebias.audit.groups import Groups

    rng = np.random.default_rng(0)
    half = NUM_SCORES // 2
    logits = rng.normal(3.0, 1.0, half).astype(np.float32)
    faces = Scores(logits, 1.0 / (1.0 + np.exp(-logits)))
    nonfaces = rng.normal(-3.0, 1.0, half).astype(np.float32)
    names = tuple(f"group {number}" for number in range(num_groups))
    groups = Groups(names, rng.integers(0, num_groups, half))

    def run() -> None:
        threshold = thresholds.threshold_at_fpr(nonfaces, 0.01)
        audit_model("model", "path", faces, groups, nonfaces, threshold)

    return repeat(run, rounds)
