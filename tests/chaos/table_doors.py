"""Doors of tables: of pictures, and of predictions."""

import gzip
import io
import zipfile

import pyarrow
import pyarrow.parquet

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.auditing.inputs.predictions.reading import read as read_predictions
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from tests.chaos.attacks import Door
from tests.chaos.read_rows import always, by_line, encoded, reading, together

TABLE = "path,gender,age,split,person\n" + "".join(
    f"p/{i}.png,{('Female', 'Male')[i % 2]},{i},{('train', 'val', 'test')[i % 3]},q{i}\n" for i in range(9)
)
JSON_ROWS = "".join(
    f'{{"path": "p/{i}.png", "gender": "{("Female", "Male")[i % 2]}", "split": "val"}}\n' for i in range(9)
)
PREDICTIONS = "path,label,score,gender\n" + "".join(
    f"{i}.png,{i % 2},0.{i + 1},{('f', 'm')[i % 2]}\n" for i in range(9)
)


def of_tables(folder):
    root = folder / "tables"
    for number in range(9):
        (root / "p").mkdir(parents=True, exist_ok=True)
        (root / f"p/{number}.png").write_bytes(encoded("PNG", (8, 8)))

    def reader(file):
        def read(data):
            (root / file).write_bytes(data)
            return reading(open_source(f"table:{root / file}", ImportOptions(size=8)))

        return read

    # People are numbered in the order in which they come, so that other numbers say nothing.
    line_of = {f"p/{number}.png": number + 1 for number in range(9)}

    def touched(key, lines):
        return key[1] == "identity" or 0 in lines or line_of[key[0]] in lines

    yield Door("table csv", TABLE.encode(), reader("t.csv"), touched)
    yield Door("table tsv.gz", gzip.compress(TABLE.encode(), mtime=0), reader("t.csv.gz"), is_text=False)
    yield Door(
        "table jsonl",
        JSON_ROWS.encode(),
        reader("t.jsonl"),
        lambda key, lines: key[1] == "identity" or line_of[key[0]] - 1 in lines,
    )
    yield Door("table parquet", _parquet(), reader("t.parquet"), is_text=False)
    for name, data, is_text in _of_predictions():
        # Parquet and Arrow have no checksums, unless they were asked for: what flips is what is read.
        touched = always
        if name not in {"parquet", "arrow"}:
            first = name != "jsonl"  # a line of names of columns
            touched = by_line({f"{i}.png": i + first for i in range(9)}, int(first))
        yield Door(f"predictions {name}", data, _predictions_reader(folder), touched, is_text)


def _parquet():
    picture = {"bytes": encoded("PNG", (8, 8)), "path": "a.png"}
    columns = {"image": [picture] * 4, "gender": ["f", "m"] * 2, "age": [1, 2, 3, 4]}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _of_predictions():
    text = PREDICTIONS.encode()
    yield "csv", text, True
    lines = [line.split(",") for line in PREDICTIONS.split()]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    yield "jsonl", b"".join(f"{row}\n".replace("'", '"').encode() for row in rows), True
    yield "gz", gzip.compress(text, mtime=0), False
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.csv", text)
    yield "zip", buffer.getvalue(), False
    table = pyarrow.Table.from_pylist(rows)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    yield "parquet", buffer.getvalue(), False
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    yield "arrow", sink.getvalue().to_pybytes(), False


def _predictions_reader(folder):
    path = folder / "predictions"

    def read(data):
        path.write_bytes(data)
        read_predictions([("m", path)], (), None)
        table = read_table(path, {"label", "score"})
        columns = {name: column.to_pylist() for name, column in table.columns.items()}
        names = [name.strip() for name in columns.get("path", [])]
        return together(
            ((path, name), cell.strip())
            for name, cells in columns.items()
            for path, cell in zip(names, cells, strict=False)
        )

    return read
