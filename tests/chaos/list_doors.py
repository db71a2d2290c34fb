"""Doors of lists: CelebA's, FairFace's, PPB's, UTKFace's names, ids and rows."""

import io
import os
import shutil
import zipfile

from PIL import Image

from facedebias.auditing.inputs.row_list import RowList
from facedebias.data.portraits import METADATA, read_portraits
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.data.wordnet import read_ids
from tests.chaos.attacks import Door
from tests.chaos.read_rows import by_line, encoded, reading, together, untouched

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
IDS = "n09835506\nn10148035\nn10565667\n"


def of_celeba(folder):
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
        yield Door(title, text.encode(), _lists_reader(own, file), by_line(line_of, header))
    yield Door("celeba zip", _celeba_zip(), _zip_reader(folder), untouched, is_text=False, may_lose=True)


def _lists_reader(root, file):
    def read(data):
        (root / file).write_bytes(data)
        return reading(open_source(f"celeba:{root}", ImportOptions()))

    return read


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
        found = reading(source)
        for record in source.records():
            found[(record.path, "picture")] = _decoded(record)
        return {key: None if value == {-1} else value for key, value in found.items()}

    return read


def _decoded(record):
    try:
        return record.load().tobytes()
    except (OSError, ValueError):
        return None


def of_lists(folder):
    fairface = folder / "fairface"
    (fairface / "val").mkdir(parents=True)
    for number in range(1, 11):
        (fairface / f"val/{number}.jpg").write_bytes(encoded("JPEG", (224, 224)))

    def read_fairface(data):
        (fairface / "fairface_label_val.csv").write_bytes(data)
        return reading(open_source(f"fairface:{fairface}", ImportOptions(split="val")))

    yield Door(
        "fairface csv",
        FAIRFACE.encode(),
        read_fairface,
        by_line({f"val/{i}.jpg": i for i in range(1, 11)}, 1),
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

    yield Door("ppb csv", PPB.encode(), read_ppb, by_line({f"p{i}.png": i + 1 for i in range(8)}, 1))

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
        return together(zip(found.keys, found.labels, strict=True))

    return read


def _by_row_list(key, lines):
    return 0 in lines or {"2": 1, "3": 2, "7": 3}[key[0]] in lines
