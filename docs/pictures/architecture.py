"""Draws docs/architecture.svg: the packages on their floors, and which imports which.

python -m docs.pictures.architecture            # draw it again
python -m docs.pictures.architecture --check    # exit with 1 if the picture is not that of the code
"""

import ast
import html
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import test_imports

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "architecture.svg"
WIDTH, BOX, HEIGHT, STEP, TOP = 860, 262, 136, 176, 58
# Columns: what makes models, what both sides use, what measures models.
CENTRES = {"making": 148, "shared": 430, "measuring": 712}
COLORS = {"making": "#dceaf7", "shared": "#eceff3", "measuring": "#fbe8d3"}
TITLES = {"making": "makes models", "shared": "used by both", "measuring": "measures models"}
STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1d2733; }
.title { font-size: 14px; fill: #5a6675; text-anchor: middle; }
.name { font-size: 17px; font-weight: 600; }
.subject { font-size: 13px; fill: #3c4856; }
.box { stroke: #8793a1; stroke-width: 1; }
.arrow { fill: none; stroke: #2f4257; stroke-width: 1.8; }
.also { font-size: 12px; fill: #5a6675; font-style: italic; }
"""


def packages() -> list[list[str]]:
    """The packages of each floor, from the top down; modules of one file are left to the ground."""
    folders = [[name for name in floor if is_folder(name)] for floor in test_imports.FLOORS]
    return [floor for floor in reversed(folders) if floor]


def ground() -> list[str]:
    """Single modules of the lowest floor, which everything may import."""
    return [name for name in test_imports.FLOORS[0] if not is_folder(name)]


def is_folder(name: str) -> bool:
    """Whether a name below facedebias is a package rather than a module."""
    return test_imports.MODULES[f"facedebias.{name}"].name == "__init__.py"


def imports() -> dict[str, set[str]]:
    """Package -> the packages that its modules import."""
    names = {name for floor in packages() for name in floor}
    found: dict[str, set[str]] = {name: set() for name in names}
    for module, path in test_imports.MODULES.items():
        own = _part(module)
        if own in names:
            found[own] |= {_part(other) for other in test_imports.imported_modules(path)} & names - {own}
    return found


def _part(module: str) -> str:
    return f"{module}.".split(".")[1]


def direct(needs: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """The arrows that follow from no others: without a way from one end to the other by a third."""

    def reach(name: str) -> set[str]:
        return needs[name].union(*(reach(other) for other in needs[name]))

    return {
        (name, other)
        for name in needs
        for other in needs[name]
        if not any(other in reach(third) for third in needs[name] - {other})
    }


def side(name: str) -> str:
    """The column of a package."""
    if f"facedebias.{name}" in test_imports.MAKING_MODELS:
        return "making"
    return "measuring" if f"facedebias.{name}" in test_imports.MEASURING else "shared"


def drawing() -> str:
    """The picture as SVG."""
    floors, needs = packages(), imports()
    places = {name: (CENTRES[side(name)], TOP + STEP * i) for i, floor in enumerate(floors) for name in floor}
    height = TOP + STEP * len(floors) + 104
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="Packages of facedebias and their imports">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#2f4257"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#ffffff"/>',
        *(f'<text class="title" x="{x}" y="40">{TITLES[name]}</text>' for name, x in CENTRES.items()),
    ]
    arrows = direct(needs)
    for name, other in sorted(arrows):
        start, end = places[name], places[other]
        is_below = [x == start[0] and start[1] < y < end[1] for x, y in places.values()]
        parts.append(_arrow(start, end, not any(is_below)))
    for name in places:
        others = [other for other in places if other in needs[name] and (name, other) not in arrows]
        parts.append(_box(name, places[name], others))
    parts += [_ground(height - 104), "</svg>"]
    return "\n".join(parts) + "\n"


def _arrow(start: tuple[int, int], end: tuple[int, int], is_free: bool) -> str:
    """From the lower edge of a box to the upper edge of another; from its side if a box lies below it."""
    (x, y), (to_x, to_y) = start, end
    if is_free:
        y, to_y = y + HEIGHT, to_y - 2
        bend = (to_y - y) * 9 // 10
        path = f"M{x} {y} C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}"
    elif x != to_x:
        edge, y, to_y = x + (BOX // 2 if to_x > x else -BOX // 2), y + HEIGHT // 2, to_y - 2
        path = f"M{edge} {y} C{to_x} {y} {to_x} {y} {to_x} {to_y}"
    else:
        outer = -1 if x <= WIDTH / 2 else 1
        edge, bend = x + outer * BOX // 2, x + outer * (BOX // 2 + 24)
        y, to_y = y + HEIGHT // 2, to_y + HEIGHT // 2
        path = f"M{edge} {y} C{bend} {y + 30} {bend} {to_y - 30} {edge} {to_y}"
    return f'<path class="arrow" d="{path}" marker-end="url(#head)"/>'


def _box(name: str, place: tuple[int, int], others: Sequence[str]) -> str:
    """A package: its name, its subject, and what it imports besides what its arrows lead to."""
    left, top = place[0] - BOX // 2, place[1]
    lines = textwrap.wrap(_subject(name), 32)[:3]
    texts = [
        f'<text class="subject" x="{left + 12}" y="{top + 44 + 17 * i}">{html.escape(line)}</text>'
        for i, line in enumerate(lines)
    ]
    also = textwrap.wrap(f"+ {', '.join(others)}", 36) if others else []
    for i, line in enumerate(reversed(also)):
        y = top + HEIGHT - 11 - 15 * i
        texts.append(f'<text class="also" x="{left + 12}" y="{y}">{line}</text>')
    return (
        f'<rect class="box" x="{left}" y="{top}" width="{BOX}" height="{HEIGHT}" rx="7" '
        f'fill="{COLORS[side(name)]}"/><text class="name" x="{left + 12}" y="{top + 25}">{name}</text>'
        + "".join(texts)
    )


def _subject(name: str) -> str:
    """The first clause of a package's docstring."""
    text = ast.get_docstring(ast.parse(test_imports.MODULES[f"facedebias.{name}"].read_text())) or ""
    return text.splitlines()[0].split(";")[0].rstrip(".")


def _ground(top: int) -> str:
    lines = textwrap.wrap(", ".join(ground()), 74)
    names = "".join(
        f'<text class="name" x="29" y="{top + 24 + 21 * i}">{line}</text>' for i, line in enumerate(lines)
    )
    y = top + 24 + 21 * len(lines)
    return (
        f'<rect class="box" x="17" y="{top}" width="{WIDTH - 34}" height="{y + 12 - top}" rx="7" '
        f'fill="#f6f7f9"/>{names}'
        f'<text class="subject" x="29" y="{y}">single modules, which every package may import</text>'
    )


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if not PICTURE.exists() or PICTURE.read_text() != drawing():
            sys.exit(f"{PICTURE.name} is not that of the code; run python -m docs.pictures.architecture")
    else:
        PICTURE.write_text(drawing())
