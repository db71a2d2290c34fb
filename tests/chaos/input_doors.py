"""Every door at which files of others come in: pictures, archives, lists, tables and names."""

import gzip
import io
import os
import shutil
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
from PIL import Image, features

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.auditing.inputs.predictions.reading import read as read_predictions
from facedebias.auditing.inputs.row_list import RowList
from facedebias.data.portraits import METADATA, read_portraits
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.data.wordnet import read_ids
from facedebias.detection import photographs
from facedebias.errors import InputError
from tests.chaos.mutations import Door

NAMES = [f"{number:06}.jpg" for number in range(1, 13)]
MARKS = [("1", "-1", "1"), ("-1", "-1", "1"), ("1", "1", "-1"), ("-1", "1", "-1")]
ATTRIBUTES_TXT = "12\nMale Young Smiling \n" + "".join(
    f"{name}{''.join(f'{mark:>3}' for mark in MARKS[i % 4])}\n" for i, name in enumerate(NAMES)
)
ATTRIBUTES_CSV = "image_id,Male,Young,Smiling\n" + "".join(
    f"{name},{','.join(MARKS[i % 4])}\n" for i, name in enumerate(NAMES)
)
PEOPLE = "".join(f"{name} {2880 + 7 * i}\n" for i, name in enumerate(NAMES))
PARTS = "".join(f"{name} {i % 3}\n" for i, name in enumerate(NAMES))
AGES = ("0-2", "3-9", "10-19", "20-29", "more than 70")
RACES = ("White", "Black", "Latino_Hispanic", "East Asian", "Middle Eastern")
FAIRFACE = "file,age,gender,race,service_test\n" + "".join(
    f"val/{i}.jpg,{AGES[i % 5]},{('Male', 'Female')[i % 2]},{RACES[i % 5]},{i % 2 == 0}\n"
    for i in range(1, 11)
)
UTKFACE = "".join(f"{age}_{age % 2}_{age % 5}_2017010915040{age}.jpg.chip.jpg\n" for age in range(1, 9))
PPB = "image_id,filename,gender,bi.fitz,country\n" + "".join(
    f"{i},p{i}.png,{('Female', 'Male')[i % 2]},{('darker', 'lighter')[i % 2]},Iceland\n" for i in range(8)
)
TABLE = "path,gender,age,split,person\n" + "".join(
    f"p/{i}.png,{('Female', 'Male')[i % 2]},{i},{('train', 'val', 'test')[i % 3]},q{i}\n" for i in range(9)
)
JSON_ROWS = "".join(
    f'{{"path": "p/{i}.png", "gender": "{("Female", "Male")[i % 2]}", "split": "val"}}\n' for i in range(9)
)
PREDICTIONS = "path,label,score,gender\n" + "".join(
    f"{i}.png,{i % 2},0.{i + 1},{('f', 'm')[i % 2]}\n" for i in range(9)
)
IDS = "n09835506\nn10148035\nn10565667\n"
KINDS = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "TGA", "PPM", "ICO", "PCX", "SGI", "DDS", "ICNS", "MSP", "XBM"]
KINDS += [name for name, part in (("WEBP", "webp"), ("AVIF", "avif")) if features.check(part)]
KINDS += ["JPEG2000"] if features.check("jpg_2000") else []


NAMES_OF_DOORS = [
    *("celeba attributes", "celeba attributes csv", "celeba people", "celeba parts", "celeba zip"),
    *("fairface csv", "utkface names", "ppb csv", "wordnet ids", "excluded rows"),
    *("table csv", "table tsv.gz", "table jsonl", "table parquet"),
    *(f"predictions {name}" for name in ("csv", "jsonl", "gz", "zip", "parquet", "arrow")),
    *(f"picture {kind}" for kind in KINDS),
    "photograph",
]


def doors(folder: Path) -> list[Door]:
    """All doors, with the files that they need in a folder of their own."""
    return [
        *_celeba(folder),
        *_of_lists(folder),
        *_of_tables(folder),
        *(_picture(folder, kind) for kind in KINDS),
        _photograph(folder),
    ]


def encoded(kind: str, size=(178, 218), mode="RGB") -> bytes:
    """A picture of stripes."""
    image = Image.linear_gradient("L").resize(size).convert("1" if kind in {"MSP", "XBM"} else mode)
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _celeba(folder):
    root = folder / "celeba"
    (root / "img_align_celeba").mkdir(parents=True)
    for name in NAMES:
        (root / "img_align_celeba" / name).write_bytes(encoded("JPEG"))
    lists = {
        "celeba attributes": ("list_attr_celeba.txt", ATTRIBUTES_TXT, 2),
        "celeba attributes csv": ("list_attr_celeba.csv", ATTRIBUTES_CSV, 1),
        "celeba people": ("identity_CelebA.txt", PEOPLE, 0),
        "celeba parts": ("list_eval_partition.txt", PARTS, 0),
    }
    for title, (file, text, header) in lists.items():
        own = folder / title.replace(" ", "_")
        shutil.copytree(root, own)
        line_of = {name: header + i for i, name in enumerate(NAMES)}
        yield Door(title, text.encode(), _lists_reader(own, file), _by_line(line_of, header))
    yield Door("celeba zip", _celeba_zip(), _zip_reader(folder), _untouched, is_text=False, may_lose=True)


def _lists_reader(root, file):
    def read(data):
        (root / file).write_bytes(data)
        return _reading(open_source(f"celeba:{root}", ImportOptions()))

    return read


def _reading(source):
    found = []
    for record in source.records():
        codes = {name: source.attributes[name][c] for name, c in record.attributes.items() if c >= 0}
        codes |= {"split": record.split, "identity": record.identity}
        found += [((record.path, name), value) for name, value in codes.items()]
    return _together(found)


def _together(pairs):
    """What is said of each key; more than one thing where an input names it twice, and the door says so."""
    found = {}
    for key, value in pairs:
        found[key] = found.get(key, frozenset()) | {value}
    return found


def _by_line(line_of, num_headers):
    def touched(key, lines):
        return line_of[key[0]] in lines or any(line < num_headers for line in lines)

    return touched


def _untouched(key, lines):
    return False


def _celeba_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in NAMES[:4]:
            small = io.BytesIO()
            Image.new("RGB", (89, 109), (int(name[5]) * 60, 0, 0)).save(small, "JPEG", quality=20)
            archive.writestr(f"img_align_celeba/{name}", small.getvalue())
        texts = {"list_attr_celeba.txt": ATTRIBUTES_TXT, "identity_CelebA.txt": PEOPLE}
        for name, text in {**texts, "list_eval_partition.txt": PARTS}.items():
            archive.writestr(name, text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _zip_reader(folder):
    path = folder / "celeba.zip"

    def read(data):
        path.write_bytes(data)
        source = open_source(f"celeba:{path}", ImportOptions(size=8))
        found = _reading(source)
        for record in source.records():
            found[(record.path, "picture")] = _decoded(record)
        return {key: None if value == {-1} else value for key, value in found.items()}

    return read


def _decoded(record):
    try:
        return record.load().tobytes()
    except (OSError, ValueError):
        return None


def _of_lists(folder):
    fairface = folder / "fairface"
    (fairface / "val").mkdir(parents=True)
    for number in range(1, 11):
        (fairface / f"val/{number}.jpg").write_bytes(encoded("JPEG", (224, 224)))

    def read_fairface(data):
        (fairface / "fairface_label_val.csv").write_bytes(data)
        return _reading(open_source(f"fairface:{fairface}", ImportOptions(split="val")))

    yield Door(
        "fairface csv",
        FAIRFACE.encode(),
        read_fairface,
        _by_line({f"val/{i}.jpg": i for i in range(1, 11)}, 1),
    )
    yield Door("utkface names", UTKFACE.encode(), _utkface_reader(folder), _by_name, without=_OF_ALL_NAMES)
    ppb = folder / "ppb"
    (ppb / "imgs").mkdir(parents=True)
    for number in range(8):
        (ppb / f"imgs/p{number}.png").write_bytes(encoded("PNG", (8, 8)))

    def read_ppb(data):
        (ppb / METADATA).write_bytes(data)
        portraits = read_portraits(ppb)
        columns = portraits.columns.items()
        return {(p.name, n): t[i] for n, t in columns for i, p in enumerate(portraits.pictures)}

    yield Door("ppb csv", PPB.encode(), read_ppb, _by_line({f"p{i}.png": i + 1 for i in range(8)}, 1))

    def read_wordnet(data):
        (folder / "ids.txt").write_bytes(data)
        return dict.fromkeys(read_ids(f"@{folder / 'ids.txt'}"))

    line_of_id = {name: number for number, name in enumerate(IDS.split())}
    yield Door("wordnet ids", IDS.encode(), read_wordnet, lambda key, lines: line_of_id[key] in lines)
    yield Door("excluded rows", b"line,label\n2,1\n3,0\n7,1\n", _exclude_reader(folder), _by_row_list)


_OF_ALL_NAMES = ("other_line_ends", "encode_again")


def _utkface_reader(folder):
    root = folder / "utkface"
    picture = folder / "chip.jpg"
    picture.write_bytes(encoded("JPEG", (200, 200)))

    def read(data):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        for name in filter(None, data.split(b"\n")):
            place = os.path.join(os.fsencode(root), name)
            try:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                os.link(picture, place)
            except (OSError, ValueError):  # a name that no disk takes
                continue
        return {
            (r.path, name): code
            for r in open_source(f"utkface:{root}", ImportOptions()).records()
            for name, code in r.attributes.items()
        }

    return read


def _by_name(key, lines):
    return UTKFACE.split().index(key[0]) in lines


class _Rows:
    """As many rows as predictions have lines."""

    @staticmethod
    def identify(rows):
        return {"line": [str(row + 2) for row in rows], "file": ["p.csv"] * len(rows)}


def _exclude_reader(folder):
    path = folder / "exclude.csv"

    def read(data):
        path.write_bytes(data)
        found = RowList(str(path), _Rows())
        return _together(zip(found.keys, found.labels, strict=True))

    return read


def _by_row_list(key, lines):
    return 0 in lines or {"2": 1, "3": 2, "7": 3}[key[0]] in lines


def _of_tables(folder):
    root = folder / "tables"
    for number in range(9):
        (root / "p").mkdir(parents=True, exist_ok=True)
        (root / f"p/{number}.png").write_bytes(encoded("PNG", (8, 8)))

    def reader(file):
        def read(data):
            (root / file).write_bytes(data)
            return _reading(open_source(f"table:{root / file}", ImportOptions(size=8)))

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
        touched = _always
        if name not in {"parquet", "arrow"}:
            first = name != "jsonl"  # a line of names of columns
            touched = _by_line({f"{i}.png": i + first for i in range(9)}, int(first))
        yield Door(f"predictions {name}", data, _predictions_reader(folder), touched, is_text)


def _always(key, lines):
    return True


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
        return _together(
            ((path, name), cell.strip())
            for name, cells in columns.items()
            for path, cell in zip(names, cells, strict=False)
        )

    return read


def _picture(folder, kind):
    # Named .jpg whatever it is, as people name them.
    path = folder / f"{kind}.jpg"

    def read(data):
        path.write_bytes(data)
        try:
            load_picture(path, 16, centre_square)
        except (OSError, ValueError) as error:
            raise InputError(str(error)) from error
        return {}

    size = (64, 64) if kind in {"ICNS", "ICO"} else (40, 30)
    return Door(f"picture {kind}", encoded(kind, size), read, is_text=False)


def _photograph(folder):
    path = folder / "photograph.jpg"

    def read(data):
        path.write_bytes(data)
        photographs.measure(path)
        photographs.load(path, 16)
        return {}

    whole = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.linear_gradient("L").save(whole, "JPEG", exif=exif)
    return Door("photograph", whole.getvalue(), read, is_text=False)
