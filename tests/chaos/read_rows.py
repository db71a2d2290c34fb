"""What doors read, as something that can be compared; and pictures for them."""

import io
import re
import struct

from PIL import Image

_LEFT_OUT = re.compile("column '(.*)' left out: ")


def encoded(kind: str, size=(178, 218), mode="RGB") -> bytes:
    """A picture of stripes."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def iptc(inner: bytes) -> bytes:
    """An IPTC file that says it is 8 x 8, around a picture of any format and size."""

    def field(record, number, data):
        return bytes([0x1C, record, number]) + struct.pack(">H", len(data)) + data

    sides = field(3, 20, b"\0\x08") + field(3, 30, b"\0\x08")
    jpeg = field(3, 120, b"\x05")
    pieces = [inner[start : start + 30_000] for start in range(0, len(inner), 30_000)]
    body = b"".join(field(8, 10, piece) for piece in pieces)
    return field(3, 60, b"\x01\0") + sides + jpeg + body + bytes(8)


def jpeg_of_scans(number: int, header: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan comes again and again, up to this number of scans.

    Args:
        number: of the scans, over ten.
        header: what stands in a segment before the picture, as a profile or thumbnail does.
    """
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((16, 16)).convert("RGB").save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    start, again = data.rindex(b"\xff\xda"), number - data.count(b"\xff\xda")
    segment = b"\xff\xe5" + struct.pack(">H", len(header) + 2) + header
    return data[:2] + segment + data[2:start] + data[start:-2] * (again + 1) + data[-2:]


LEFT_OUT = "left out, and said so"


def reading(source):
    found = []
    for record in source.records():
        codes = {name: source.attributes[name][c] for name, c in record.attributes.items() if c >= 0}
        codes |= {"split": record.split, "identity": record.identity}
        found += [((record.path, name), value) for name, value in codes.items()]
    paths = {path for (path, _), _ in found}
    left = [said[1] for note in source.notes if (said := _LEFT_OUT.match(note))]
    return together(found) | {(path, name): LEFT_OUT for path in paths for name in left}


def together(pairs):
    """What is said of each key; more than one thing where an input names it twice, and the door says so."""
    found = {}
    for key, value in pairs:
        found[key] = found.get(key, frozenset()) | {value}
    return found


def by_line(line_of, num_headers):
    def touched(key, lines):
        return line_of[key[0]] in lines or any(line < num_headers for line in lines)

    return touched


def untouched(key, lines):
    return False


def always(key, lines):
    return True
