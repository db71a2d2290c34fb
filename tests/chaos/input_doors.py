"""Every door at which files of others come in: pictures, archives, lists, tables and names."""

import io
import struct
from pathlib import Path

from PIL import Image, features

from facedebias.data.sources.formats.picture_files import centre_square, load_picture
from facedebias.detection import photographs
from facedebias.errors import InputError
from tests.chaos import format_doors, model_doors
from tests.chaos.attacks import Door
from tests.chaos.format_doors import of_formats
from tests.chaos.list_doors import of_celeba, of_lists
from tests.chaos.model_doors import of_models
from tests.chaos.read_rows import encoded, iptc
from tests.chaos.table_doors import of_tables

KINDS = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "TGA", "PPM", "PCX", "SGI"]
KINDS += [name for name, part in (("WEBP", "webp"), ("AVIF", "avif")) if features.check(part)]
KINDS += ["JPEG2000"] if features.check("jpg_2000") else []
# By hand, as Pillow reads these and does not write them.
UNWRITTEN = {
    "PSD": struct.pack(">4sH6xHLLHHLLLH", b"8BPS", 1, 3, 4, 4, 8, 3, 0, 0, 0, 0) + bytes(48),
    "SUN": struct.pack(">8L", 0x59A66A95, 4, 4, 24, 48, 1, 0, 0) + bytes(48),
}


NAMES_OF_DOORS = [
    *("celeba attributes", "celeba attributes csv", "celeba people", "celeba parts", "celeba zip"),
    *("fairface csv", "utkface names", "ppb csv", "wordnet ids", "excluded rows"),
    *("table csv", "table tsv.gz", "table jsonl", "table parquet"),
    *(f"predictions {name}" for name in ("csv", "jsonl", "gz", "zip", "parquet", "arrow")),
    *(f"picture {kind}" for kind in KINDS),
    *("picture PSD", "picture SUN", "picture IPTC"),
    "photograph",
    *model_doors.NAMES_OF_DOORS,
    *format_doors.NAMES_OF_DOORS,
]


def doors(folder: Path) -> list[Door]:
    """All doors, with the files that they need in a folder of their own."""
    return [
        *of_celeba(folder),
        *of_lists(folder),
        *of_tables(folder),
        *(_picture(folder, kind, encoded(kind, (40, 30))) for kind in KINDS),
        *(_picture(folder, kind, whole) for kind, whole in UNWRITTEN.items()),
        _never_read(folder, "IPTC", iptc(encoded("PNG", (8, 8)))),
        _photograph(folder),
        *of_models(folder),
        *of_formats(folder),
    ]


def _picture(folder, kind, whole):
    # Named .jpg whatever it is, as people name them.
    path = folder / f"{kind}.jpg"

    def read(data):
        path.write_bytes(data)
        try:
            load_picture(path, 16, centre_square)
        except (OSError, ValueError) as error:
            raise InputError(str(error)) from error
        return {}

    return Door(f"picture {kind}", whole, read, is_text=False)


def _never_read(folder, kind, whole):
    """A door that lets nothing in: what is in the picture would decide what opens it."""
    refused = _picture(folder, kind, whole).read

    def read(data):
        try:
            refused(data)
        except InputError:
            return {}
        raise AssertionError(f"read as a picture: {kind}")

    return Door(f"picture {kind}", whole, read, is_text=False)


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
