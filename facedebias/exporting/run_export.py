"""An export from end to end: a run in, a model of some format out, there as a whole or not at all."""

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facedebias import extras, provenance
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.exporting import agreement_check, calibration_rows, to_keras, to_litert, to_onnx
from facedebias.exporting.agreement_check import NUM_PICTURES, Agreement
from facedebias.exporting.calibration_rows import Calibration
from facedebias.exporting.export_config import ExportConfig
from facedebias.reading import inner_file
from facedebias.reading.inner_file import RefusedFileError
from facedebias.safekeeping import atomic, checksums, output_place
from facedebias.safekeeping.folder_beside import folder_beside
from facedebias.scoring.beside import export_record, run_beside
from facedebias.scoring.beside.export_record import (
    FLOAT32,
    INT8,
    KERAS,
    LITERT,
    ONNX,
    SAVED_MODEL,
    ExportRecord,
)
from facedebias.scoring.exported_model import is_own
from facedebias.scoring.group_rule import PLACE
from facedebias.scoring.loading import loaders
from facedebias.scoring.loading.loaded_model import LoadedModel
from facedebias.scoring.loading.model_places import find_saved_model, refuse_links_out

# What is imported to write a format and to ask it, so that a missing package is told at once.
_NEEDED = {
    ONNX: (("tf2onnx", extras.ONNX), ("onnx", extras.ONNX), ("onnxruntime", extras.ONNX)),
    LITERT: (("ai_edge_litert.interpreter", extras.LITERT),),
}
_RUN, _EXPORT = "run.json", "export"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: the file, or the folder of the SavedModel.
        source: the SavedModel that it was made from.
        num_bytes: of the file, or of all files of the folder.
        is_exact: whether it answers as the source but for rounding.
        agreement: of the two.
        pictures: what they were compared on, in words.
    """

    path: Path
    source: Path
    num_bytes: int
    is_exact: bool
    agreement: Agreement
    pictures: str


def export_run(config: ExportConfig) -> Exported:
    """Converts a run's model, holds it against the run's own, and writes it with where it came from.

    The folder gets the model, `run.json` of the run, `export.json` (format, source, what was compared, and
    checksums) and `SHA256SUMS`.

    Args:
        config: what to export.

    Raises:
        InputError: if something is missing or does not fit, a package is not installed, or the converted
            model does not answer as the run's does.
    """
    config.validate()
    source = find_saved_model(Path(config.run))
    output = output_place.real(Path(config.output))
    _check_places(source, output, config)
    for module, extra in _NEEDED.get(config.to, ()):
        extras.load(module, extra, setting("to", config.to))
    loaded = loaders.load(source)
    image_shape = _image_shape(source, loaded)
    drawn = _calibration(config, source, image_shape)
    pictures, told = _compared_on(drawn, image_shape)
    is_exact = not config.quantize
    with folder_beside(output) as partial:
        made = _write_model(config, source, image_shape, drawn, partial)
        agreement = agreement_check.compare(made, loaded, loaders.load(made), pictures, is_exact)
        _write_record(config, source, made, partial, drawn, agreement)
        atomic.take_place(partial, output)
    path = output / made.name
    return Exported(path, source, _size(path), is_exact, agreement, told)


def _check_places(source: Path, output: Path, config: ExportConfig) -> None:
    """Refuses what would lose a model's thresholds, or delete something else than an export."""
    if (source / PLACE).exists() and config.to != SAVED_MODEL:
        raise InputError(
            f"{source}: has thresholds for groups, which only a SavedModel can hold. Export the model that "
            f"they were fitted to, or give {setting('to', SAVED_MODEL)}."
        )
    inner, outer = source.resolve(), output.resolve()
    if outer in (inner, *inner.parents) or inner in outer.parents:
        raise InputError(
            f"{output}: is the folder of the run, or holds it; choose another {setting('output')}."
        )
    output_place.check(output)
    if not output.exists():
        return
    held = {entry.name for entry in output.iterdir()}
    if held and export_record.NAME not in held:
        raise InputError(
            f"{output}: holds something else than an export; choose another {setting('output')}."
        )
    if held and not config.overwrite:
        raise InputError(
            f"{output}: holds an export already; choose another {setting('output')} or add "
            f"{setting('overwrite', True)}."
        )


def _image_shape(source: Path, loaded: LoadedModel) -> tuple[int, int, int]:
    if not is_own(loaded):
        raise InputError(
            f"{source}: was not exported by facedebias train, so it is not known what it takes. Convert it "
            "where it was made; facedebias evaluate audits ONNX and LiteRT files of others."
        )
    (spec,) = loaded.inputs.values()
    height, width, _ = spec.shape[1:]
    if height is None or width is None:
        raise InputError(f"{source}: takes pictures of any size; expected one size. Train it on a face file.")
    return height, width, 3


def _calibration(config: ExportConfig, source: Path, image_shape: tuple[int, int, int]) -> Calibration | None:
    if not config.calibrate:
        return None
    # Who tells an attribute of faces never sees anything else.
    is_detector = not run_beside.target_of(source)
    return calibration_rows.draw(
        config.calibrate, image_shape, config.groups, config.split, config.seed, is_detector
    )


def _compared_on(drawn: Calibration | None, image_shape: tuple[int, int, int]) -> tuple[np.ndarray, str]:
    """Pictures to compare on, and what they are."""
    if drawn is None:
        return agreement_check.drawn_pictures(image_shape, NUM_PICTURES), f"{NUM_PICTURES} drawn pictures"
    rows = drawn.others[:NUM_PICTURES]
    parts = (
        [f"{len(rows)} pictures of {drawn.dataset.path} that it was not calibrated with"] if len(rows) else []
    )
    if rest := NUM_PICTURES - len(rows):
        parts.append(f"{rest} drawn pictures")
    synthetic = agreement_check.drawn_pictures(image_shape, rest)
    real = drawn.dataset.read(rows) if len(rows) else synthetic[:0]
    return np.concatenate([real, synthetic]), " and ".join(parts)


def _write_model(
    config: ExportConfig,
    source: Path,
    image_shape: tuple[int, int, int],
    drawn: Calibration | None,
    folder: Path,
) -> Path:
    if config.to == SAVED_MODEL:
        refuse_links_out(source)
        shutil.copytree(source, folder / _EXPORT)
        return folder / _EXPORT
    path = folder / export_record.FILES[config.to]
    if config.to == KERAS:
        content = to_keras.convert(source, image_shape, folder)
    elif config.to == ONNX:
        content = to_onnx.convert(source)
    else:
        pictures = None if drawn is None else drawn.dataset.read(drawn.rows)
        content = to_litert.convert(source, config.quantize or FLOAT32, pictures, folder)
    path.write_bytes(content)
    return path


def _write_record(
    config: ExportConfig,
    source: Path,
    made: Path,
    folder: Path,
    drawn: Calibration | None,
    agreement: Agreement,
) -> None:
    """Writes what the model was made from, beside it, and the checksums of all."""
    if content := _run_record(source):
        (folder / _RUN).write_bytes(content)
    record = ExportRecord(
        config.to,
        config.quantize or FLOAT32,
        export_record.identity(source),
        export_record.fingerprint(made),
    )
    others: dict[str, Any] = {
        "source": {"path": str(source)},
        "calibration": _calibration_record(config, drawn),
        "compared": dataclasses.asdict(agreement),
        **provenance.provenance(),
    }
    export_record.write(folder, record, others)
    checksums.write(folder)


def _calibration_record(config: ExportConfig, drawn: Calibration | None) -> dict[str, Any] | None:
    if drawn is None or config.quantize != INT8:
        return None
    return {
        "data": config.calibrate,
        "data_sha256": provenance.sha256(config.calibrate),
        "split": config.split,
        "seed": config.seed,
        "groups": list(drawn.groups),
        "pictures_of_each": drawn.each,
    }


def _run_record(source: Path) -> bytes:
    """`run.json` beside the SavedModel; empty if there is none."""
    path = provenance.path_beside(source)
    if not path.exists():
        return b""
    try:
        return inner_file.read(path.parent, path.name, most_bytes=provenance.MOST_BYTES)
    except RefusedFileError as error:
        raise InputError(
            f"{path}: {error}, and would be copied with the model. Delete it, or put the original back."
        ) from error


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
