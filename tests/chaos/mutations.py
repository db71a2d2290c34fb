"""Inputs that are broken in one place, as a seed says."""

import dataclasses
import random
from collections.abc import Collection

HOSTILE = [
    *("", " ", "nan", "None", "NULL", "+1", "1.0", "yes", "-0", "0x1", "1_0", "1e309", "1e5", "-1", "2"),
    *("2147483648", "99999999999999999999", "9" * 5000, "x" * 140_000, "\u0663", "\uff11", "\u00b2"),
    *('"', '""', '"a', "'", "=cmd()", "../../etc/passwd", "/etc/passwd", "C:\\x", "a/b", "."),
    *("\0", "\x1b[2J", "\u202e", "\ufeff", "\u2028", "\x1c", "\x85", "\r", "\n", "\t", ",", ";", "|"),
    *("[" * 3000, '{"a":' * 500, "NaN", "Infinity", "true", "\\ud800"),
]


@dataclasses.dataclass(frozen=True)
class Broken:
    """An input that was broken in one place.

    Attributes:
        data: the input.
        what: was done, for messages.
        lines: numbers from 0 of the lines of the whole input that were touched.
    """

    data: bytes
    what: str
    lines: frozenset[int]


def broken(data: bytes, seed: str, is_text: bool = True, without: Collection[str] = ()) -> Broken:
    """Breaks an input in one place; the same seed breaks it in the same way.

    Args:
        data: the input.
        seed: any text.
        is_text: whether it has lines and fields.
        without: kinds of damage that are not done.
    """
    rng = random.Random(seed)
    kinds = {kind.__name__.lstrip("_"): kind for kind in (*_OF_BYTES, *(_OF_LINES if is_text else ()))}
    name = rng.choice([name for name in kinds if name not in without])
    changed, lines = kinds[name](rng, data)
    return Broken(changed, f"{name} ({seed})", frozenset(lines))


def _at(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place)


def _flip_bit(rng, data):
    place = rng.randrange(len(data))
    changed = bytearray(data)
    changed[place] ^= 1 << rng.randrange(8)
    return bytes(changed), _around(data, place, place + 1)


def _set_byte(rng, data):
    place = rng.randrange(len(data))
    new = rng.choice([0, 10, 13, 34, 44, 127, 128, 255, rng.randrange(256)])
    return data[:place] + bytes([new]) + data[place + 1 :], _around(data, place, place + 1)


def _cut_off(rng, data):
    place = rng.randrange(len(data))
    return data[:place], range(_at(data, place), _at(data, len(data)) + 1)


def _remove_bytes(rng, data):
    start = rng.randrange(len(data))
    end = start + rng.choice([1, 1, 2, 5, 20])
    return data[:start] + data[end:], _around(data, start, end)


def _insert_bytes(rng, data):
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.choice([1, 2, 8])) + data[place:], _around(data, place, place)


def _insert_token(rng, data):
    place = rng.randrange(len(data) + 1)
    token = rng.choice(HOSTILE).encode("utf-8", "surrogatepass")
    return data[:place] + token + data[place:], _around(data, place, place)


def _repeat_bytes(rng, data):
    start = rng.randrange(len(data))
    end = start + rng.choice([1, 4, 16, 64])
    return data[:end] + data[start:], _around(data, start, end)


def _blank_bytes(rng, data):
    start = rng.randrange(len(data))
    piece = data[start : start + rng.choice([1, 4, 32])]
    end = start + len(piece)
    return data[:start] + rng.choice([b"\0", b" ", b"\xff"]) * len(piece) + data[end:], _around(
        data, start, end
    )


def _around(data: bytes, start: int, end: int) -> range:
    """Lines from `start` to `end`; those that a lost newline joins, or a new one divides, too."""
    return range(_at(data, max(start - 1, 0)), _at(data, min(end + 1, len(data))) + 1)


def _lines_of(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def _repeat_line(rng, data):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    place = rng.randrange(len(lines) + 1)
    return b"\n".join([*lines[:place], lines[number], *lines[place:]]), {number, place - 1, place}


def _remove_line(rng, data):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    return b"\n".join(lines[:number] + lines[number + 1 :]), {number}


def _swap_lines(rng, data):
    lines = _lines_of(data)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines), {one, other} & {0, 1}  # where rows stand says nothing, but headers do


def _swap_fields(rng, data):
    return _with_fields(rng, data, _swapped)


def _swapped(rng, fields):
    one, other = rng.randrange(len(fields)), rng.randrange(len(fields))
    fields[one], fields[other] = fields[other], fields[one]


def _hostile_field(rng, data):
    return _with_fields(rng, data, lambda rng, fields: _set(fields, rng, _token(rng)))


def _lost_field(rng, data):
    return _with_fields(rng, data, lambda rng, fields: fields.pop(rng.randrange(len(fields))))


def _new_field(rng, data):
    return _with_fields(
        rng, data, lambda rng, fields: fields.insert(rng.randrange(len(fields) + 1), _token(rng))
    )


def _set(fields, rng, token):
    fields[rng.randrange(len(fields))] = token


def _token(rng):
    return rng.choice(HOSTILE).encode("utf-8", "surrogatepass")


def _with_fields(rng, data, change):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    separator = next((sign for sign in (b",", b";", b"\t") if sign in data), b" ")
    fields = lines[number].split(separator)
    change(rng, fields)
    lines[number] = separator.join(fields)
    return b"\n".join(lines), {number}


def _all_again(rng, data):
    mark = rng.choice([b"\xef\xbb\xbf", b""])
    return data + mark + data, range(_at(data, len(data)) + 1)


def _encode_again(rng, data):
    encoding = rng.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037", "latin-1"])
    text = data.decode("utf-8", "replace") + rng.choice(["", "\u00e9", "\u4e00"])
    return text.encode(encoding, "replace"), {_at(data, len(data))}


def _other_line_ends(rng, data):
    return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\n\xef\xbb\xbf", b" \n"])), ()


_OF_BYTES = (_flip_bit, _set_byte, _cut_off, _remove_bytes, _insert_bytes, _repeat_bytes, _blank_bytes)
_OF_LINES = (_insert_token, _repeat_line, _remove_line, _swap_lines, _swap_fields, _hostile_field)
_OF_LINES += (_lost_field, _new_field, _all_again, _encode_again, _other_line_ends)
