"""How often 95% intervals hold the truth and tests reject, by simulation.

python -m benchmarks.auditing.interval_coverage --output benchmarks/results/interval_coverage.json

Draws samples with known rates (benchmarks/auditing/coverage_cases.py) and asks the audit's own functions:
figures between groups by facedebias.auditing.statistics.between, with the usual percentile bootstrap beside
them; intervals in closed form; the change of the gap between two models by
facedebias.auditing.comparison. Writes the JSON and, beside it, tables, those of docs/evaluation.md and
docs/metrics.md among them.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags
from tqdm import tqdm

from benchmarks.auditing import coverage_cases, coverage_simulations
from facedebias import provenance

_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)
_NUM_SIMULATIONS = flags.DEFINE_integer("num_simulations", 1000, "Samples of each case.")
_NUM_DRAWS = flags.DEFINE_integer("num_draws", 500, "Resampled tables and permutations; the audit has 2,000.")
_SEED = flags.DEFINE_integer("seed", 0, "Of samples and draws.")

_SHORT = {
    "equal_opportunity_difference": "TPR difference",
    "equal_opportunity_ratio": "TPR ratio",
    "equalized_odds_difference": "equalized odds",
    "true_positive_rate_variance": "TPR variance",
    "false_positive_rate_difference": "FPR difference",
    "predictive_parity_difference": "PPV difference",
}
_BESIDE = (
    "coverage",
    "coverage_raw",
    "rejected",
    "rejected_raw",
    "rejected_fisher_holm",
    "rejected_z_holm",
)
DETECTED = (
    ((1000, 1000, 1000, 40), 0.95),
    ((1000, 1000, 1000, 200), 0.95),
    ((300, 300, 300, 300), 0.95),
    ((3000, 1000, 300, 100, 30), 0.8),
    ((1000, 40), 0.9),
    ((500, 500), 0.9),
)
AREAS = (0.8, 0.95, 0.99)
AREA_ROWS = (30, 150, 1000)


def main(argv: Sequence[str]) -> None:
    """Simulates every case."""
    start, number, draws, seed = time.time(), _NUM_SIMULATIONS.value, _NUM_DRAWS.value, _SEED.value
    between, closed, areas, pairs = {}, {}, {}, {}
    for index, case in enumerate(tqdm(coverage_cases.cases(), desc="between groups")):
        between[case.name] = coverage_simulations.between_groups(case, number, draws, [seed, 0, index])
        closed[case.name] = coverage_simulations.closed_forms(case, number, [seed, 1, index])
    for index, rows in enumerate(AREA_ROWS):
        for truth in AREAS:
            name = f"{rows:,} of each label, AUC {truth}"
            areas[name] = coverage_simulations.area(rows, truth, number, [seed, 2, index, round(100 * truth)])
    for num_groups in tqdm(coverage_cases.PAIRED_GROUPS, desc="two models"):
        for index, (name, rates) in enumerate(coverage_cases.pairs(num_groups).items()):
            found = coverage_simulations.compared(*rates, number, draws, [seed, 3, num_groups, index])
            pairs[f"{num_groups} groups of {coverage_cases.PAIRED_ROWS}, {name}"] = found
    found_gaps = {}
    for index, (sizes, rate) in enumerate(DETECTED):
        name = f"{' / '.join(map(str, sizes))}, rate {rate}"
        found_gaps[name] = coverage_simulations.detected(sizes, rate, number, draws, [seed, 4, index])
    record = {
        "seed": seed,
        "num_simulations": number,
        "num_draws": draws,
        "seconds": round(time.time() - start),
        **provenance.provenance(),
        "between_groups": between,
        "closed_forms": closed,
        "areas": areas,
        "two_models": pairs,
        "detected": found_gaps,
    }
    output = Path(_OUTPUT.value)
    output.write_text(json.dumps(record, indent=1) + "\n")
    output.with_suffix(".md").write_text(as_markdown(record))


def as_markdown(record: Mapping[str, Any]) -> str:
    """The tables, shares of the simulations in %."""
    return "\n".join(
        [
            between_table(record),
            power_table(record, of_unequal=True),
            power_table(record, of_unequal=False),
            rejection_table(record),
            detected_table(record),
            closed_table(record),
            pair_table(record),
        ]
    )


def between_table(record: Mapping[str, Any]) -> str:
    """Coverage of figures between groups, the percentile bootstrap's in brackets."""
    head = f"| interval holds the truth, % of {record['num_simulations']:,} (percentile bootstrap) |"
    lines = [head + "".join(f" {name} |" for name in _SHORT.values()), "| :-- |" + " --: |" * len(_SHORT)]
    for case, figures in record["between_groups"].items():
        cells = [_cell(figures[name]) for name in _SHORT]
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(figure: Mapping[str, float]) -> str:
    return f"{100 * figure['coverage']:.1f} ({100 * figure['coverage_percentile']:.1f})"


def rejection_table(record: Mapping[str, Any]) -> str:
    """How often the test rejects "no gap" where there is none."""
    head = '| "no gap" rejected at 5% where there is none, % |'
    lines = [head + "".join(f" {name} |" for name in _SHORT.values()), "| :-- |" + " --: |" * len(_SHORT)]
    for case, figures in record["between_groups"].items():
        if "equal" in case.rpartition(", ")[2]:
            cells = [f"{100 * figures[name]['rejected']:.1f}" for name in _SHORT]
            lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def power_table(record: Mapping[str, Any], of_unequal: bool) -> str:
    """The test and the interval of the recall gap, beside those before and beside pairwise tests."""
    lines = [
        "| gap in recall | interval holds it, % | before | rejected, % | before | Fisher by pairs, Holm | "
        "chi-squared by pairs, Holm |",
        "| :-- |" + " --: |" * 6,
    ]
    for case, figures in record["between_groups"].items():
        if (" / " in case) == of_unequal:
            gap = figures[coverage_simulations.RECALL_GAP]
            lines.append(f"| {case} | {' | '.join(f'{100 * gap[name]:.1f}' for name in _BESIDE)} |")
    return "\n".join(lines) + "\n"


def detected_table(record: Mapping[str, Any]) -> str:
    """How often a gap that is called detectable is found."""
    lines = ["| groups | detectable gap, points | found, % |", "| :-- | --: | --: |"]
    for case, found in record["detected"].items():
        if found["detectable"] is not None:
            lines.append(f"| {case} | {100 * found['detectable']:.1f} | {100 * found['found']:.1f} |")
    return "\n".join(lines) + "\n"


def closed_table(record: Mapping[str, Any]) -> str:
    """Coverage of the intervals in closed form, from the worst to the best case."""
    lines = ["| interval in closed form | holds the truth, % | in |", "| :-- | --: | :-- |"]
    of_cases = record["closed_forms"]
    for what, name in (("a group (Wilson)", "group"), ("mean of groups", "mean"), ("worst group", "worst")):
        for where in ("equal groups of 150 and more", "4 groups of 5", "unequal groups of 5 to 3,000"):
            shares = [case[name] for key, case in of_cases.items() if _kind(key) == where]
            lines.append(f"| {what} | {_range(shares)} | {where} |")
    for rows in AREA_ROWS:
        shares = [case for key, case in record["areas"].items() if key.startswith(f"{rows:,} ")]
        lines.append(f"| AUC (Newcombe) | {_range(shares)} | {rows:,} rows of each label |")
    return "\n".join(lines) + "\n"


def _kind(case: str) -> str:
    if " / " in case:
        return "unequal groups of 5 to 3,000"
    return "4 groups of 5" if "groups of 5," in case else "equal groups of 150 and more"


def _range(cases: Sequence[Mapping[str, float]]) -> str:
    shares = 100 * np.array([case["coverage"] for case in cases])
    return f"{shares.min():.1f} to {shares.max():.1f}"


def pair_table(record: Mapping[str, Any]) -> str:
    """The change of the gap between two models."""
    lines = [
        '| TPR difference of two models, its change | interval holds it, % | "no change" rejected, % |',
        "| :-- | --: | --: |",
    ]
    for case, found in record["two_models"].items():
        lines.append(f"| {case} | {100 * found['coverage']:.1f} | {100 * found['rejected']:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    app.run(main)
