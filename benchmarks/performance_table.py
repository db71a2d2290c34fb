"""Writes benchmarks/results/performance.md, the table of docs/performance.md, from the result files.

python -m benchmarks.performance_table
"""

import json
from collections.abc import Sequence

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
        "dbvae_end_to_end_vs_bare_step": ("DB-VAE end to end, of its bare step", "95"),
        "dbvae_augmented_vs_plain": ("DB-VAE with train.py's augmentation, of without", ""),
        "bare_step_vs_plain_keras": ("bare DB-VAE step at batch 128, against plain Keras", "1.3"),
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
        "audit_100k_seconds": ("audit of 100,000 scores in 14 groups", "below 5"),
        "help_train_seconds": ("`train.py --help`", "below 1"),
        "help_evaluate_seconds": ("`evaluate.py --help`", "below 1"),
        "first_answer_saved_model_ms": ("exported model: loading and first answer", ""),
        "single_picture_saved_model_ms": ("exported model: a picture", ""),
        "first_answer_litert_ms": ("the same as LiteRT: loading and first answer", ""),
        "single_picture_litert_ms": ("the same as LiteRT: a picture", ""),
    },
}


def main(argv: Sequence[str]) -> None:
    """Writes the table."""
    (RESULTS / "performance.md").write_text(table())


def table() -> str:
    """The table as Markdown."""
    lines = ["| | median | range | wanted | from |", "|---|---|---|---|---|"]
    for name, figures in FIGURES.items():
        found = json.loads((RESULTS / f"{name}.json").read_text())["figures"]
        for figure, (what, wanted) in figures.items():
            value = found[figure]
            median, low, high = (_text(value[key]) for key in ("median", "min", "max"))
            lines.append(f"| {what} | {median} {value['unit']} | {low} to {high} | {wanted} | `{name}` |")
    return "\n".join(lines) + "\n"


def _text(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    app.run(main)
