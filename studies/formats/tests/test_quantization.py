"""The table of formats: what a cell says of several runs."""

import pytest

from studies.formats import quantization


def shift(before, after, n=100, ends=(-0.04, 0.02)):
    return {"n": n, "before": before, "after": after, "change": after - before, "change_interval": list(ends)}


def run(change):
    formats = {}
    for name in quantization.FORMATS:
        moved = change if name == "int8" else 0.0
        formats[name] = {
            "num_bytes": 1_500_000,
            "positives": shift(0.95, 0.95 + moved),
            "negatives": shift(0.01, 0.01),
            "groups": {"dark": shift(0.9, 0.9 + moved), "light": shift(1.0, 1.0)},
        }
    return {"run": "r", "threshold": 0.0, "formats": formats}


def test_the_mean_over_runs_has_students_interval():
    found = quantization.shifts([run(-0.01), run(-0.03)], "dark", "int8")
    # Mean -0.02, deviation 0.01414, t = 12.706 of one degree of freedom: half = 12.706 * 0.01.
    assert quantization.interval(found) == pytest.approx((-0.02 - 0.12706, -0.02 + 0.12706), abs=1e-4)


@pytest.mark.parametrize("changes", [[-0.01], [-0.01, -0.01]])
def test_without_a_spread_of_runs_the_rows_decide(changes):
    found = quantization.shifts([run(change) for change in changes], "dark", "int8")
    assert quantization.interval(found) == (-0.04, 0.02)


def test_the_table():
    lines = quantization.as_markdown([run(-0.01)]).splitlines()
    assert lines[2] == "| group | n | float32 | ONNX | LiteRT | dynamic | int8 |"
    assert [line.split(" | ")[0] for line in lines[4:]] == [
        "| dark", "| light", "| all positives", "| false positives", "| size, MB",
    ]  # fmt: skip
    dark = "+0.00 [-4.00, +2.00]"
    assert lines[4] == f"| dark | 100 | 90.0 | {dark} | {dark} | {dark} | -1.00 [-4.00, +2.00] |"
