"""Writes the tables of docs/performance.md, benchmarks/results/performance.md, from the result files.

python -m benchmarks.performance_table
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from absl import app

from benchmarks.measure import ROOT
from benchmarks.performance_figures import FIGURES, GROWTH, KINDS, PARTS, VARIANTS

RESULTS = ROOT / "benchmarks" / "results"
_BATCHES = (32, 128)


def main(argv: Sequence[str]) -> None:
    """Writes the tables."""
    del argv
    text = "\n".join(f"## {title}\n\n{table}" for title, table in tables().items())
    (RESULTS / "performance.md").write_text(text)


def tables() -> dict[str, str]:
    """Title -> Markdown."""
    found = {title: figures_table(shown) for title, shown in FIGURES.items()}
    return found | {
        "The step with parts turned off": step_table(),
        "Rewritten parts of the step": parts_table(),
        "Where the processor time of a step goes": kinds_table(),
        "Growth with the rows of the file": growth_table(),
    }


def figures_table(shown: Mapping[str, Mapping[str, tuple[str, str]]]) -> str:
    """Figures of result files, with their targets."""
    lines = ["| | median | range | target | from |", "|---|---|---|---|---|"]
    for name, figures in shown.items():
        found = _read(name)["figures"]
        for figure, (what, target) in figures.items():
            value = found[figure]
            median, low, high = (_text(value[key]) for key in ("median", "min", "max"))
            lines.append(f"| {what} | {median} {value['unit']} | {low} to {high} | {target} | `{name}` |")
    return "\n".join(lines) + "\n"


def step_table() -> str:
    """The bare step with parts of it turned off, and the rate of its arithmetic."""
    found = _read("step_speed")["figures"]
    lines = [
        "| bare DB-VAE step | batch 32, ms | times as it is | batch 128, ms | times as it is |",
        "|---|---|---|---|---|",
    ]
    for name, what in VARIANTS.items():
        cells = [what]
        for batch in _BATCHES:
            ratio = found.get(f"own_vs_{name}_batch_{batch}")
            cells.append(_text(found[f"{name}_batch_{batch}"]["median"]))
            cells.append(f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})" if ratio else "")
        lines.append(f"| {' | '.join(cells)} |")
    for name, what in (("arithmetic", "its arithmetic"), ("matrix_products", "large matrix products")):
        rates = [_text(found[f"{name}_batch_{batch}"]["median"]) for batch in _BATCHES]
        lines.append(f"| {what}, GFLOP/s | {rates[0]} |  | {rates[1]} |  |")
    return "\n".join(lines) + "\n"


def parts_table() -> str:
    """Rewritten parts, alone."""
    found = _read("rewrites")["figures"]
    lines = ["| part, 128 pictures, one core | plain, ms | rewritten, ms | times |", "|---|---|---|---|"]
    for name, what in PARTS.items():
        plain, rewritten = (_text(found[f"{name}_{which}_ms"]["median"]) for which in ("plain", "rewritten"))
        gain = found[f"{name}_gain"]
        spread = f"{gain['median']:.2f} ({gain['min']:.2f} to {gain['max']:.2f})"
        lines.append(f"| {what} | {plain} | {rewritten} | {spread} |")
    return "\n".join(lines) + "\n"


def kinds_table() -> str:
    """Where the processor time of a step goes."""
    lines = ["| share of a step's processor time, % | batch 32 | batch 128 |", "|---|---|---|"]
    by_kind = _read("step_speed")["milliseconds_by_kind_of_operation"]
    shares = [_shares(by_kind[str(batch)]) for batch in _BATCHES]
    for part in KINDS:
        lines.append(f"| {part} | " + " | ".join(f"{share[part]:.0f}" for share in shares) + " |")
    return "\n".join(lines) + "\n"


def _shares(milliseconds: dict[str, float]) -> dict[str, float]:
    shares = dict.fromkeys(KINDS, 0.0)
    for kind, value in milliseconds.items():
        part = next(part for part, names in KINDS.items() if any(name in kind for name in names))
        shares[part] += 100.0 * value / sum(milliseconds.values())
    return shares


def growth_table() -> str:
    """Time and memory of training against the rows of the file."""
    found, rows = _read("cost_curves")["figures"], (10_000, 110_000, 1_000_000)
    lines = [f"| rows | {' | '.join(f'{number:,}' for number in rows)} |", "|---|---|---|---|"]
    for name, what in GROWTH.items():
        cells = (_text(found[f"{name}_{number}"]["median"]) for number in rows)
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _read(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text())


def _text(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    app.run(main)
