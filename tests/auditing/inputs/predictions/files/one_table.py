"""One table of three predictions, and how tests read files."""

import io
import zipfile

from facedebias.auditing.inputs.predictions.files.formats import read_table

WANTED = {"score", "label"}
TEXT = "score,label,race\n0.25,1,Métis\n0.5,0,East Asian\n1,1,\n"
CELLS = {
    "score": ["0.25", "0.5", "1"],
    "label": ["1", "0", "1"],
    "race": ["Métis", "East Asian", ""],
}


def read(path, data=None):
    if data is not None:
        path.write_bytes(data)
    return read_table(path, WANTED)


def cells(table):
    return {name: column.to_pylist() for name, column in table.columns.items()}


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()
