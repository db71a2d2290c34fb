r"""How time and memory grow, as one picture.

    python -m benchmarks.cost_curves --folder=data --output=benchmarks/results/cost_curves.json \
        --picture=docs/performance.png

Training steps and memory against the rows of the file, the sampler against latents and batch,
steps against the batch. Makes the files it needs in
--folder (1.4 GB; the one of 1,000,000 rows is sparse) and leaves them there.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from absl import app, flags

from benchmarks import face_files, measure
from benchmarks.measure import Contestant

_FOLDER = flags.DEFINE_string("folder", "data", "Where the face files are, or are made.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Measurements of each point.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)
_PICTURE = flags.DEFINE_string("picture", None, "PNG file to write.", required=True)

ROWS = (10_000, 110_000, 1_000_000)
LATENTS = (10, 100, 400)
BATCHES = (32, 64, 128, 256, 512)
_PICTURES = 1024  # in a measurement of training


def main(argv: Sequence[str]) -> None:
    """Measures, writes and draws."""
    curves = {**against_rows(), **against_latents(), **against_batch()}
    figures = {f"{curve}_{x}": point for curve, points in curves.items() for x, point in points.items()}
    measure.write(_OUTPUT.value, figures)
    draw(curves, Path(_PICTURE.value))


def face_file(rows: int) -> Path:
    """A file of that size; made if it is not there."""
    path = Path(_FOLDER.value) / f"big-{rows}.h5"
    if not path.exists():
        face_files.make_file(path, rows, is_sparse=rows > 200_000)
    return path


def milliseconds(values: Sequence[float]) -> dict[str, Any]:
    """Figure of seconds."""
    return measure.figure([1e3 * value for value in values], "ms")


def against_rows() -> dict[str, dict[int, Any]]:
    """Step and sampler, in milliseconds, and anonymous memory, in MB, against N."""
    with ExitStack() as stack:
        tasks, memory = {}, {}
        for rows in ROWS:
            own = stack.enter_context(Contestant("own", data=face_file(rows)))
            tasks[f"step {rows}"] = (own, "run", _PICTURES // 32)
            sampler = stack.enter_context(Contestant("sampler", rows=rows))
            tasks[f"sampler {rows}"] = (sampler, "run", 500)
        seconds = measure.in_turn(tasks, _ROUNDS.value)
        for rows in ROWS:
            with Contestant("own", data=face_file(rows), fill_bins=False) as contestant:
                memory[rows] = contestant.ask("run", 100)["anonymous_mb"]
    return {
        "step_ms_by_rows": {rows: milliseconds(seconds[f"step {rows}"]) for rows in ROWS},
        "sampler_ms_by_rows": {rows: milliseconds(seconds[f"sampler {rows}"]) for rows in ROWS},
        "memory_mb_by_rows": {rows: measure.figure([memory[rows]], "MB") for rows in ROWS},
    }


def against_latents() -> dict[str, dict[int, Any]]:
    """Sampler against k."""
    with ExitStack() as stack:
        tasks = {
            str(latents): (stack.enter_context(Contestant("sampler", latent_dim=latents)), "run", 500)
            for latents in LATENTS
        }
        seconds = measure.in_turn(tasks, _ROUNDS.value)
    return {"sampler_ms_by_latents": {latents: milliseconds(seconds[str(latents)]) for latents in LATENTS}}


def against_batch() -> dict[str, dict[int, Any]]:
    """Step and sampler, per picture, against the batch."""
    with ExitStack() as stack:
        tasks = {}
        for batch in BATCHES:
            own = stack.enter_context(Contestant("own", data=face_file(10_000), batch_size=batch))
            tasks[f"step {batch}"] = (own, "run", max(2, _PICTURES // batch))
            sampler = stack.enter_context(Contestant("sampler", batch_size=batch))
            tasks[f"sampler {batch}"] = (sampler, "run", 16_000 // batch)
        seconds = measure.in_turn(tasks, _ROUNDS.value)
    return {
        f"{part}_ms_per_picture_by_batch": {
            batch: milliseconds([value / batch for value in seconds[f"{part} {batch}"]]) for batch in BATCHES
        }
        for part in ("step", "sampler")
    }


PANELS = (
    (
        "rows in the file (N)",
        "ms a step of 32",
        {"step_ms_by_rows": "training", "sampler_ms_by_rows": "sampler"},
    ),
    ("rows in the file (N)", "anonymous memory, MB", {"memory_mb_by_rows": "training"}),
    (
        "batch size",
        "ms a picture",
        {"step_ms_per_picture_by_batch": "training", "sampler_ms_per_picture_by_batch": "sampler"},
    ),
    ("latents of a face (k)", "ms a step of 32", {"sampler_ms_by_latents": "sampler"}),
)


def draw(curves: dict[str, dict[int, Any]], path: Path) -> None:
    """The curves, each with its median and the range of its measurements."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(14.4, 3.6), layout="constrained")
    for axis, (x_label, y_label, names) in zip(axes, PANELS, strict=True):
        for name, label in names.items():
            x, points = list(curves[name]), list(curves[name].values())
            median = [point["median"] for point in points]
            low = [point["median"] - point["min"] for point in points]
            high = [point["max"] - point["median"] for point in points]
            axis.errorbar(x, median, [low, high], marker="o", capsize=3, label=label)
        axis.set(xlabel=x_label, ylabel=y_label, xscale="log")
        axis.set_xticks(x, [f"{value:,}" for value in x])
        axis.minorticks_off()
        axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
        axis.margins(x=0.12)
        axis.grid(alpha=0.3)
        if len(names) > 1:
            axis.legend(loc="lower center", bbox_to_anchor=(0.5, 0.15))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


if __name__ == "__main__":
    app.run(main)
