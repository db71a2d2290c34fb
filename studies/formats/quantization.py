r"""What does quantization do to each group? Trained runs in float32, dynamic and int8, at one threshold.

    python -m studies.formats.quantization --runs="runs/dbvae/seed-*" --data=data/test.h5 \
        --groups=race,gender --calibrate=data/train.h5 --calibrate_groups=race,gender --exports=exported \
        --output=studies/formats/results/quantization.json

Exports each run as ONNX and LiteRT, audits all formats together, and writes recall by group at the threshold
of the run's own SavedModel. Exports that are in --exports are kept. The Markdown table beside the JSON file
is made from it.
"""

import glob
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags
from scipy import stats

from facedebias import provenance
from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.exporting.export_config import ExportConfig
from facedebias.exporting.run_export import export_run
from facedebias.report.sections import format_changes
from facedebias.safekeeping import atomic
from facedebias.scoring.beside import export_record

_RUNS = flags.DEFINE_list("runs", [], "Folders of runs of one method, or patterns of them.")
_DATA = flags.DEFINE_string("data", "", "Face file to audit on.")
_NONFACES = flags.DEFINE_string("nonfaces", None, "Non-faces from another file (default: of --data).")
_SPLIT = flags.DEFINE_string("split", None, "Part of --data to audit on (default: all).")
_GROUPS = flags.DEFINE_list("groups", [], "Attributes of --data that make the groups.")
_FPR = flags.DEFINE_float("fpr", 0.01, "False positive rate that the float32 model's threshold is set at.")
_CALIBRATE = flags.DEFINE_string("calibrate", "", "Face file for int8.")
_CALIBRATE_GROUPS = flags.DEFINE_list("calibrate_groups", [], "Attributes of it to draw from evenly.")
_EXPORTS = flags.DEFINE_string("exports", "exported", "Folder for the exports.")
_OUTPUT = flags.DEFINE_string("output", "", "JSON file to write.")

# Name of the column -> how it is exported.
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "ONNX": {"to": "onnx"},
    "LiteRT": {"to": "litert"},
    "dynamic": {"to": "litert", "quantize": "dynamic"},
    "int8": {"to": "litert", "quantize": "int8"},
}
ALL = "all positives"
_NEGATIVES = "false positives"


def main(argv: Sequence[str]) -> None:
    """Measures all runs and writes what was found."""
    runs = [path for pattern in _RUNS.value for path in sorted(glob.glob(pattern))]
    settings = AuditConfig(
        data=_DATA.value,
        nonfaces=_NONFACES.value,
        split=_SPLIT.value,
        groups=tuple(_GROUPS.value),
        fpr=_FPR.value,
    )
    calibration = {"calibrate": _CALIBRATE.value, "groups": tuple(_CALIBRATE_GROUPS.value)}
    measured = [measure_run(Path(run), Path(_EXPORTS.value), settings, calibration) for run in runs]
    write(Path(_OUTPUT.value), settings, measured)


def write(output: Path, settings: AuditConfig, measured: Sequence[Mapping[str, Any]]) -> None:
    """Writes the JSON file, and the table beside it."""
    document = {
        "data": settings.data,
        "data_sha256": provenance.sha256(settings.data),
        "fpr": settings.fpr,
        "groups": list(settings.groups),
        "runs": list(measured),
        **provenance.provenance(),
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(output, json.dumps(document, indent=1) + "\n")
    atomic.write_text(output.with_suffix(".md"), as_markdown(measured))


def measure_run(
    run: Path, workdir: Path, settings: AuditConfig, calibration: Mapping[str, Any]
) -> dict[str, Any]:
    """Exports a run in every format that is not there yet, and audits all of them.

    Args:
        run: its folder.
        workdir: for the exports.
        settings: of the audit, without models.
        calibration: `calibrate` and `groups` of `ExportConfig`, for int8.

    Returns:
        Plain values: `run`, `threshold` (a logit), and `formats`: name -> `num_bytes`, `compared` of the
        export, and `positives`, `negatives` and `groups` as in `results.json`.
    """
    folders = {name: workdir / f"{run.parent.name}-{run.name}-{name.lower()}" for name in FORMATS}
    for name, folder in folders.items():
        if not (folder / export_record.NAME).is_file():
            own = dict(calibration) if FORMATS[name].get("quantize") == "int8" else {}
            export_run(ExportConfig(run=str(run), output=str(folder), **FORMATS[name], **own))
    models = (f"float32={run}", *(f"{name}={folder}" for name, folder in folders.items()))
    audit = evaluate(AuditConfig(**vars(settings) | {"models": models}))
    (family,) = format_changes.as_json(audit)
    found = {}
    for name, folder in folders.items():
        record = json.loads((folder / export_record.NAME).read_text())
        sizes = [path.stat().st_size for path in folder.glob("model.*")]
        found[name] = {"num_bytes": sum(sizes), "compared": record["compared"], **family["models"][name]}
    return {"run": str(run), "threshold": audit.models[0].threshold_score, "formats": found}


def as_markdown(measured: Sequence[Mapping[str, Any]]) -> str:
    """Recall of each group in float32, and its change in each format, over runs."""
    lines = [
        f"Recall in % at the threshold of the float32 model, {len(measured)} runs; changes in points with "
        "95% intervals.",
        "",
        f"| group | n | float32 | {' | '.join(FORMATS)} |",
        f"| :-- | --: | --: |{' --: |' * len(FORMATS)}",
    ]
    for name in rows(measured):
        first = shifts(measured, name, next(iter(FORMATS)))
        before = 100 * float(np.mean([shift["before"] for shift in first]))
        cells = [name, f"{first[0]['n']:,}", f"{before:.1f}"]
        cells += [_change(shifts(measured, name, column)) for column in FORMATS]
        lines.append(f"| {' | '.join(cells)} |")
    sizes = [np.mean([run["formats"][name]["num_bytes"] for run in measured]) / 1e6 for name in FORMATS]
    lines.append(f"| size, MB | | | {' | '.join(f'{size:.2f}' for size in sizes)} |")
    return "\n".join(lines) + "\n"


def rows(measured: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the table's rows: groups, all positives, false positives."""
    first = next(iter(measured[0]["formats"].values()))
    return [*first["groups"], ALL, *([_NEGATIVES] if first["negatives"] else [])]


def shifts(measured: Sequence[Mapping[str, Any]], name: str, column: str) -> list[Mapping[str, Any]]:
    """What was found in one row and format, a run each."""
    found = [run["formats"][column] for run in measured]
    if name in {ALL, _NEGATIVES}:
        return [one["positives" if name == ALL else "negatives"] for one in found]
    return [one["groups"][name] for one in found]


def _change(found: Sequence[Mapping[str, Any]]) -> str:
    low, high = interval(found)
    mean = float(np.mean([shift["change"] for shift in found]))
    return f"{100 * mean:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}]"


def interval(found: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """95% of the mean change: over runs by Student's t, of a single run that of its paired rows.

    Where all runs change alike their spread says nothing, so the narrowest that rows allow stands in for it.
    """
    changes = np.array([shift["change"] for shift in found])
    if len(changes) > 1 and np.ptp(changes) > 0:
        half = stats.t.ppf(0.975, len(changes) - 1) * changes.std(ddof=1) / np.sqrt(len(changes))
        return float(changes.mean() - half), float(changes.mean() + half)
    ends = [shift["change_interval"] for shift in found]
    low, high = min(ends, key=lambda pair: pair[1] - pair[0])
    return float(low), float(high)


if __name__ == "__main__":
    app.run(main)
