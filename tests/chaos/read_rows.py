"""What doors read, as something that can be compared; and pictures for them."""

import io

from PIL import Image


def encoded(kind: str, size=(178, 218), mode="RGB") -> bytes:
    """A picture of stripes."""
    image = Image.linear_gradient("L").resize(size).convert("1" if kind in {"MSP", "XBM"} else mode)
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def reading(source):
    found = []
    for record in source.records():
        codes = {name: source.attributes[name][c] for name, c in record.attributes.items() if c >= 0}
        codes |= {"split": record.split, "identity": record.identity}
        found += [((record.path, name), value) for name, value in codes.items()]
    return together(found)


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
