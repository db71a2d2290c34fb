"""Markdown as a reader meets it: sentences without code, tables by their size."""

import re
from dataclasses import dataclass
from itertools import pairwise

CODE = "CODE"  # stands for a span of code, which counts as one word

_ABBREVIATIONS = ("e.g.", "i.e.", "et al.", "vs.", "cf.", "approx.")
_ITEM = re.compile(r"\s{0,3}([-*+]|\d+\.)\s+")
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,.]*")
_YEAR = re.compile(r"\b(19|20)\d\d\b")


@dataclass(frozen=True)
class Table:
    """A table of a page: the cells of its header and its rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sentences(markdown: str) -> list[str]:
    """Sentences of paragraphs and lists; code, tables, headings and addresses of links are left out."""
    return [sentence for block in _blocks(markdown) for sentence in _split(_plain(block))]


def num_words(sentence: str) -> int:
    """Number of words; a span of code is one."""
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


def num_numbers(sentence: str) -> int:
    """Numbers that a reader must hold at once: years, confidence levels and parentheses are left out."""
    text = re.sub(r"\([^)]*\)", "", sentence).replace("95% interval", "").replace("95% confidence", "")
    return len(_NUMBER.findall(_YEAR.sub("", text)))


def tables(markdown: str) -> list[Table]:
    """Tables of a page, from the top."""
    found: list[list[tuple[str, ...]]] = []
    before = ""
    for line in _without_fences(markdown):
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            found[-1].append(_cells(line))
        before = line
    return [Table(lines[0], tuple(lines[2:])) for lines in found]


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", inner))


def _without_fences(markdown: str) -> list[str]:
    lines, fence = [], ""
    for line in markdown.splitlines():
        mark = line.strip()[:3]
        if fence:
            fence = "" if mark == fence else fence
        elif mark in ("```", "~~~"):
            fence = mark
        else:
            lines.append(line)
    return lines


def _blocks(markdown: str) -> list[str]:
    """Paragraphs and items of lists, each as one line."""
    blocks: list[str] = []
    is_open = False
    for line in _without_fences(re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)):
        is_code = line.startswith(("    ", "\t"))
        if not line.strip() or is_code or line.startswith(("|", "#", ":::", "---")):
            is_open = False
        elif item := _ITEM.match(line):
            blocks.append(line[item.end() :])
            is_open = True
        elif is_open:
            blocks[-1] += f" {line.strip()}"
        else:
            blocks.append(line.strip())
            is_open = True
    return blocks


def _plain(block: str) -> str:
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", block)
    text = re.sub(r"`+[^`]+`+", CODE, text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\*+|(?<!\w)_|_(?!\w)", "", text).strip()


def _split(text: str) -> list[str]:
    ends = [0]
    for match in re.finditer(r"(?<!\.\.)[.!?][\"')\]]*\s+(?=[\"'(\[]*\w)", text):
        head = text[: match.start() + 1]
        is_initial = re.search(r"(^|[\s(])[A-Z]\.$", head)
        if not head.endswith(_ABBREVIATIONS) and not is_initial:
            ends.append(match.end())
    parts = [text[start:end].strip() for start, end in pairwise([*ends, len(text)])]
    return [part for part in parts if part]
