"""Tables and pictures of what inside/look.py found."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

STEPS = np.arange(-3.0, 4.0)  # standard deviations of a traversal
_SHOWN = 8  # attributes at either end of the table


def table(record: dict[str, Any]) -> str:
    """The three tables, in Markdown."""
    names = list(next(iter(record["draws"].values())))
    correlations = [name for name in names if not name.startswith("dark among")]
    lines = [
        f"| draws by | {' | '.join(correlations)} | dark among the draws, % |",
        "|---" * (len(correlations) + 2) + "|",
    ]
    for name, row in record["draws"].items():
        cells = [f"{row[column]['mean']:+.2f}" for column in correlations]
        cells.append(f"{100 * row['dark among the draws']['mean']:.1f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    even = 100 * next(iter(record["draws"].values()))["dark among the faces"]["mean"]
    lines += ["", f"Rank correlations of a face's share of the draws. {even:.1f}% of the faces are dark."]
    lines += ["", "| one latent tells of | most, nats | most by chance | mean |", "|---|---|---|---|"]
    for name, row in record["information"].items():
        cells = [f"{row[what]['mean']:.3f}" for what in ("most", "most by chance", "mean")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "| faces with | drawn, times evenly |", "|---|---|"]
    raised = sorted(record["raised"].items(), key=lambda item: -item[1]["times"]["mean"])
    ends = raised if len(raised) <= 2 * _SHOWN else [*raised[:_SHOWN], *raised[-_SHOWN:]]
    lines += [f"| {name} | {row['times']['mean']:.2f} |" for name, row in ends]
    return "\n".join(lines) + "\n"


def draw(record: Mapping[str, Any], folder: Path) -> None:
    """Writes `inside.png` and `traversals.png`."""
    _draw_information(record["information"], folder / "inside.png")
    _draw_traversals(record["traversals"], folder / "traversals.png")


def _draw_information(information: Mapping[str, Mapping[str, Mapping[str, Any]]], path: Path) -> None:
    """The most that one latent tells of each property, a point a run, beside what chance gives."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(6.5, 2.8), layout="constrained", dpi=130)
        axes = figure.subplots()
        names = list(information)
        for row, name in enumerate(names):
            for what, colour in (("most by chance", "#999999"), ("most", "#0072B2")):
                values = information[name][what]["runs"]
                axes.plot(values, [row] * len(values), ".", color=colour, alpha=0.4)
                label = {"most": "the latent that tells most", "most by chance": "labels shuffled"}[what]
                axes.plot(np.mean(values), row, "o", color=colour, label=label if row == 0 else None)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("mutual information, nats")
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.legend(frameon=False)
        figure.savefig(path)


def _draw_traversals(runs: Sequence[Mapping[str, Any]], path: Path) -> None:
    """A line a latent and run: how skin tone and symmetry of a decoded face follow it."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(7.5, 2.8), layout="constrained", dpi=130)
        panels = figure.subplots(1, 2)
        for axes, what, unit in zip(panels, ("ITA", "symmetry"), (", degrees", ""), strict=True):
            for run in runs:
                for line in run[what]:
                    axes.plot(STEPS, line, color="#0072B2", alpha=0.5, linewidth=0.8)
            axes.set_xlabel("latent, standard deviations")
            axes.set_ylabel(f"{what}{unit}")
            axes.grid(color="#dddddd", linewidth=0.6)
        figure.suptitle(
            f"Decoded mean face as one of the {len(runs[0]['latents'])} widest latents changes "
            f"({len(runs)} runs)",
            fontsize=9,
        )
        figure.savefig(path)
