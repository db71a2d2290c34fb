"""docs/scaling.md says what its scripts found."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text()


def metrics(name):
    return json.loads((ROOT / "benchmarks" / "results" / name).read_text())["figures"]


@pytest.mark.parametrize(
    ("strategy", "digits", "text"),
    [
        ("mirrored", 2, "takes {} times as long as on one device ({} to {}, six rounds)"),
        ("multiworker", 1, "takes {} times as long ({} to {})"),
    ],
)
def test_overhead(strategy, digits, text):
    found = metrics("strategy_cost.json")[f"{strategy}_vs_one"]
    assert text.format(*(f"{found[name]:.{digits}f}" for name in ("median", "min", "max"))) in PAGE


def test_plan():
    plan = {name: found["median"] for name, found in metrics("scaling_plan.json").items()}
    sent, read = plan["ring_mb_a_step_and_worker"], plan["read_mb_a_step_and_worker"]
    for row in (
        f"| pictures of 64x64 | {plan['pictures_gb']:,.0f} GB | {plan['pictures_of_a_worker_gb']:.0f} GB |",
        f"| sampler's state, {plan['state_bytes_a_face']:.0f} bytes a face | {plan['state_gb']:.1f} GB |",
        f"| {plan['state_gb']:.1f} GB | {plan['state_split_over_workers_gb']:.1f} GB |",
        f"| read a step | {16 * read:.1f} MB | {read:.1f} MB |",
        f"| sent a step | {16 * sent:.0f} MB | {sent:.1f} MB |",
        f"| steps of an epoch | {plan['steps_of_an_epoch']:,.0f} |",
    ):
        assert row in PAGE, row
