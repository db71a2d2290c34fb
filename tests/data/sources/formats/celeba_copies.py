"""Small copies of CelebA, and a check that all of them is read."""

import io
import zipfile

from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source

NAMES = [f"{number:06}" for number in range(1, 5)]
ATTRIBUTES = ("Male", "Young")
VALUES = {"000001": (1, -1), "000002": (-1, -1), "000003": (1, 1), "000004": (-1, 1)}
TXT = "4\nMale Young \n" + "".join(f"{name}.jpg {a:2} {b:2}\n" for name, (a, b) in VALUES.items())
CSV = "image_id,Male,Young\n" + "".join(f"{name}.jpg,{a},{b}\n" for name, (a, b) in VALUES.items())
PARTS_CSV = "image_id,partition\n" + "".join(
    f"{n}.jpg,{p}\n" for n, p in zip(NAMES, (0, 0, 1, 2), strict=True)
)


def encoded(kind="JPEG"):
    buffer = io.BytesIO()
    Image.new("RGB", (178, 218)).save(buffer, kind)
    return buffer.getvalue()


def pictures(folder, suffix=".jpg"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / f"{name}{suffix}").write_bytes(encoded("PNG" if suffix == ".png" else "JPEG"))
    return folder


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def opened(location, **options):
    source = open_source(f"celeba:{location}", ImportOptions(**options))
    return source, list(source.records())


def check(location, is_split=True):
    """Everything is known, and every picture decodes."""
    source, found = opened(location)
    assert source.attributes == dict.fromkeys(ATTRIBUTES, ("no", "yes"))
    assert [tuple(r.attributes.values()) for r in found] == [(1, 0), (0, 0), (1, 1), (0, 1)]
    if is_split:
        assert [record.split for record in found] == [0, 0, 1, 2]
    assert all(record.load().shape == (64, 64, 3) for record in found)
    return source
