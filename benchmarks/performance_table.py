"""Writes the tables of docs/performance.md, benchmarks/results/performance-*.md, from the result files.

python -m benchmarks.performance_table
"""

import json
from collections.abc import Sequence
from typing import Any

from absl import app

from benchmarks.measure import ROOT

RESULTS = ROOT / "benchmarks" / "results"
# Result file -> figure -> what it is, and what was asked of it.
FIGURES: dict[str, dict[str, tuple[str, str]]] = {
    "training_speed": {
        "dbvae_end_to_end_vs_lab": ("DB-VAE end to end, against the lab's procedure", "1.4"),
        "dbvae_end_to_end_vs_pytorch": ("the same, against PyTorch", "1.25"),
        "dbvae_end_to_end_vs_keras_fit": ("the same, against Keras `fit`", ""),
        "cnn_end_to_end_vs_lab": ("classifier end to end, against the lab's procedure", "1.1"),
        "cnn_end_to_end_vs_pytorch": ("the same, against PyTorch", ""),
        "cnn_end_to_end_vs_keras_fit": ("the same, against Keras `fit`", ""),
        "dbvae_best_vs_lab": ("DB-VAE at batch 128, against the lab's procedure at 32", "2.2"),
        "dbvae_augmented_vs_plain": ("DB-VAE with augmentation (flips and light only), of without", ""),
        "bare_step_vs_plain_keras": ("bare DB-VAE step at batch 128, against plain Keras", "1.3"),
    },
    "overhead": {
        "dbvae_end_to_end_vs_bare_step": ("DB-VAE end to end, of its bare step", "95"),
        "cnn_end_to_end_vs_bare_step": ("classifier end to end, of its bare step", ""),
    },
    "sampler_speed": {
        "sampler_share_110k": ("sampler, of a step, 110,000 rows", "at most 4"),
        "sampler_cost_1m_vs_10k": ("sampler at 1,000,000 rows, against 10,000", "at most 1.5"),
    },
    "training_memory": {
        "anonymous_memory_10k_mb": ("memory of training, 10,000 rows", ""),
        "anonymous_memory_1m_mb": ("memory of training, 1,000,000 rows (12 GB)", ""),
        "anonymous_memory_growth_mb": ("the difference", "55, the sampler's state"),
    },
    "cold_file": {
        "cold_vs_warm_training": ("training with every picture from the disk, of from memory", ""),
        "rate_reading": ("reading random pictures from the disk alone", ""),
    },
    "prepare_speed": {
        "prepare_vs_decoding": ("preparing, of decoding alone", "80"),
        "memory_1_crops_mb": ("memory of preparing, one crop a picture", ""),
        "memory_5_crops_mb": ("memory of preparing, five crops a picture", ""),
    },
    "evaluate_speed": {
        "scoring_vs_bare_forward": ("scoring a file, of the bare forward pass", "90"),
        "help_train_seconds": ("`train.py --help`", "below 1"),
        "help_evaluate_seconds": ("`evaluate.py --help`", "below 1"),
        "first_answer_saved_model_ms": ("exported model: loading and first answer", ""),
        "single_picture_saved_model_ms": ("exported model: a picture (not mirrored)", ""),
        "first_answer_litert_ms": ("the same as LiteRT: loading and first answer", ""),
        "single_picture_litert_ms": ("the same as LiteRT: a picture", ""),
    },
    "detect_speed": {
        "detect_vs_bare_forward": ("searching photographs, of the bare forward pass", "90"),
        "picture_ms": ("the same: a picture of 1600x1200", ""),
    },
    "audit_speed": {
        "audit_100k_seconds": ("audit of 100,000 scores in 14 groups, 2,000 draws", "below 5"),
        "audit_2_groups_seconds": ("the same in 2 groups", ""),
        "audit_100_groups_seconds": ("the same in 100 groups", ""),
        "fairlearn_bootstrap_scaled_seconds": (
            "Fairlearn's bootstrap of six rates in 14 groups, scaled from 3 draws to 2,000",
            "",
        ),
        "audit_vs_fairlearn_bootstrap_scaled": ("the audit, against that", ""),
    },
}


VARIANTS = {
    "own": "as it is",
    "own_without_shards": "without shards",
    "own_on_one_core_without_shards": "without shards, on one core",
    "own_without_onednn": "without oneDNN",
    "plain_keras": "plain Keras",
    "plain_keras_without_onednn": "plain Keras without oneDNN",
}
PARTS = {
    "batch_normalisation": "batch normalisation of the first layer, against its statistics alone",
    "transposed_convolution": "last transposed convolution with its loss, against packed",
    "adam": "Keras' Adam, against one kernel a variable",
    "flip": "flips of half the pictures",
    "gamma_and_brightness": "gamma and brightness",
    "moves": "turning, enlarging, stretching and moving",
}
# Part of the step -> what its operations are called; the first that fits.
KINDS = {
    "gradients of kernels (convolutions)": ("BackpropFilter",),
    "gradients of inputs; transposed convolutions forward": ("BackpropInput",),
    "convolutions forward": ("Conv2D",),
    "dense layers": ("MatMul",),
    "Adam": ("ApplyAdam",),
    "sums and means (batch statistics, losses)": ("Mean", "Sum", "SquaredDifference", "BiasAddGrad"),
    "all else": ("",),
}


def main(argv: Sequence[str]) -> None:
    """Writes the tables."""
    for name, text in tables().items():
        (RESULTS / f"performance-{name}.md").write_text(text)


def tables() -> dict[str, str]:
    """Name -> Markdown."""
    return {"figures": figures_table(), "step": step_table(), "parts": parts_table(), "kinds": kinds_table()}


def figures_table() -> str:
    """What was asked for, and more."""
    lines = ["| | median | range | wanted | from |", "|---|---|---|---|---|"]
    for name, figures in FIGURES.items():
        found = _read(name)["figures"]
        for figure, (what, wanted) in figures.items():
            value = found[figure]
            median, low, high = (_text(value[key]) for key in ("median", "min", "max"))
            lines.append(f"| {what} | {median} {value['unit']} | {low} to {high} | {wanted} | `{name}` |")
    return "\n".join(lines) + "\n"


def step_table() -> str:
    """The bare step with parts of it turned off."""
    found = _read("step_speed")["figures"]
    lines = ["| bare DB-VAE step | batch 32, ms | | batch 128, ms | |", "|---|---|---|---|---|"]
    for name, what in VARIANTS.items():
        cells = [what]
        for batch in (32, 128):
            ratio = found.get(f"own_vs_{name}_batch_{batch}")
            cells.append(_text(found[f"{name}_batch_{batch}"]["median"]))
            cells.append(f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})" if ratio else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def parts_table() -> str:
    """Rewritten parts, alone."""
    found = _read("rewrites")["figures"]
    lines = ["| part, 128 pictures, one core | plain, ms | rewritten, ms | times |", "|---|---|---|---|"]
    for name, what in PARTS.items():
        plain, rewritten = (_text(found[f"{name}_{which}_ms"]["median"]) for which in ("plain", "rewritten"))
        gain = found[f"{name}_gain"]
        lines.append(
            f"| {what} | {plain} | {rewritten} | {gain['median']:.2f} "
            f"({gain['min']:.2f} to {gain['max']:.2f}) |"
        )
    return "\n".join(lines) + "\n"


def kinds_table() -> str:
    """Where the processor time of a step goes."""
    lines = ["| share of a step's processor time, % | batch 32 | batch 128 |", "|---|---|---|"]
    shares = [_shares(_read("step_speed")["milliseconds_by_kind_of_operation"][b]) for b in ("32", "128")]
    for part in KINDS:
        lines.append(f"| {part} | " + " | ".join(f"{share[part]:.0f}" for share in shares) + " |")
    return "\n".join(lines) + "\n"


def _shares(milliseconds: dict[str, float]) -> dict[str, float]:
    shares = dict.fromkeys(KINDS, 0.0)
    for kind, value in milliseconds.items():
        part = next(part for part, names in KINDS.items() if any(name in kind for name in names))
        shares[part] += 100.0 * value / sum(milliseconds.values())
    return shares


def _read(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text())


def _text(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    app.run(main)
