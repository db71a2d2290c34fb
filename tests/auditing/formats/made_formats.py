"""A SavedModel and its exports, as far as audits look at them: contents and records."""

from dataclasses import replace

import numpy as np

from facedebias.safekeeping import checksums
from facedebias.scoring.beside import export_record
from facedebias.scoring.beside.export_record import ExportRecord


def make_saved_model(folder, content=b"graph"):
    (folder / "export" / "variables").mkdir(parents=True)
    (folder / "export" / "saved_model.pb").write_bytes(content)
    (folder / "export" / "variables" / "variables.index").write_bytes(b"index")
    return folder / "export"


def make_export(folder, source, to="litert", quantization="float32", content=b"model"):
    """A file with its record; the source is a SavedModel's folder."""
    folder.mkdir()
    path = folder / export_record.FILES[to]
    path.write_bytes(content)
    identity = export_record.identity(source)
    record = ExportRecord(to, quantization, identity, checksums.file_sha256(path))
    export_record.write(folder, record, {"source": {"path": str(source)}})
    return path


def moved(scores, name, path, rows, logit):
    """The same scores under another name, with another logit in some rows."""
    values = np.array(scores.scores)
    values[rows] = logit
    return replace(scores, name=name, path=str(path), scores=values)
