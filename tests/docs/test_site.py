"""The site builds without a warning, and no link of a page or of the README leads nowhere."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.extensions.command_help import help_of, parse
from docs.extensions.notebook_page import as_markdown
from docs.extensions.outside_links import LINK, rewrite
from docs.extensions.plain_docstrings import convert

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NO_PAGES = {"_build", "node_modules"}
MARKDOWN = [path for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if NO_PAGES.isdisjoint(path.parts)]
COMMANDS = ("prepare", "describe", "train", "evaluate", "export", "compare", "detect", "thresholds")


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The folder of the built site, and what Sphinx said."""
    pytest.importorskip("sphinx", reason="the docs extra is not installed: make install")
    folder = tmp_path_factory.mktemp("site")
    words = ["-W", "-q", "-b", "html", "-d", str(folder / "doctrees"), str(DOCS), str(folder / "html")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    return folder / "html", run


@pytest.fixture
def site(build):
    """The folder of the built site."""
    return build[0]


def test_the_site_builds_without_a_warning(build):
    _, run = build
    assert run.returncode == 0, run.stderr


class Page(HTMLParser):
    """Addresses and anchors of an HTML page."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.targets = set(), set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        self.targets |= {values[name] for name in ("href", "src") if values.get(name)}


def test_links_of_the_site_lead_somewhere(site):
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    assert len(pages) > len(list(DOCS.glob("*.md")))
    broken = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            other = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not other.is_file():
                broken.append(f"{path.name}: {target}")
            elif other in pages and anchor and anchor not in pages[other].anchors:
                broken.append(f"{path.name}: {target}: no such anchor")
    assert not broken


def test_a_page_loads_nothing_from_elsewhere(site):
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', (site / "index.html").read_text())
    assert loaded
    assert not [address for address in loaded if urlsplit(address).netloc]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_flags_in_the_reference(site, name):
    text = (site / "reference" / "commands.html").read_text()
    section = text.split(f'id="facedebias-{name}"')[1].split('<section id="facedebias-')[0]
    assert ("--output</span>" in section) == (name != "describe")


def test_the_reference_has_classes_with_their_arguments(site):
    text = (site / "reference" / "sampling.html").read_text()
    section = text.split('id="facedebias.sampling.uniform.UniformSampler"')[1].split('<dt class="sig')[0]
    assert "<strong>num_rows</strong>" in section


def headings(text):
    """Anchors that a forge makes of the headings of a Markdown text."""
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    found = []
    for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        found.append(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return {f"{slug}-{i}" if i else slug for slug in found for i in range(found.count(slug))}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_the_pages_lead_somewhere_in_the_repository(page):
    text = page.read_text()
    targets = [match["target"] + (match["anchor"] or "") for match in LINK.finditer(text)]
    targets += re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text) + re.findall(r'<img src="([^"]+)"', text)
    for target in targets:
        parts = urlsplit(target)
        if parts.scheme:
            continue
        other = page.parent / parts.path if parts.path else page
        assert other.exists(), target
        if parts.fragment and other.suffix == ".md":
            assert parts.fragment in headings(other.read_text()), target


def test_anchors_of_headings():
    assert headings("# A `b` c\n## What's in it?\n## A b c\n```\n# no\n```\n") == {
        "a-b-c", "a-b-c-1", "whats-in-it"
    }  # fmt: skip


def test_a_notebook_is_the_page_of_its_cells():
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "Text."]},
        {"cell_type": "code", "source": ["x = 1\n"], "outputs": [{"text": ["no"]}]},
        {"cell_type": "code", "source": ["'''\n", "```\n", "'''"], "outputs": []},
        {"cell_type": "code", "source": [], "outputs": []},
        {"cell_type": "raw", "source": ["no"]},
    ]
    page = as_markdown(json.dumps({"cells": cells}))
    assert page == "# Title\n\nText.\n\n```python\nx = 1\n```\n\n````python\n'''\n```\n'''\n````\n"


def test_a_help_page_is_read_by_its_parts():
    text = """Makes x
of y.

  python -m facedebias make --size 3

usage: python -m facedebias make [--flag=value ...]

flags:
  --size=N
      Side of it,
      in pixels. (default: 64)
  --[no]fast
      Hurry. (default: false)
"""
    paragraphs, (section,) = parse(text)
    assert paragraphs == [
        "Makes x of y.",
        "facedebias make --size 3",
        "Usage: `facedebias make [--flag=value ...]`",
    ]
    assert section.title == "flags"
    assert section.flags == [
        ("--size=N", "Side of it, in pixels. (default: 64)"),
        ("--[no]fast", "Hurry. (default: false)"),
    ]


def test_a_docstring_needs_no_markup():
    lines = ["With |c| and `|d|`, latents_ and 2 * 3:", "", "    f(x) = |x| * 2", "", "Args:", "    x: |x|."]
    assert convert(lines) == [
        r"With \|c\| and `|d|`, latents\_ and 2 \* 3:", "", "::", "", "    f(x) = |x| * 2", "",
        "Args:", r"    x: \|x\|.",
    ]  # fmt: skip


def test_code_and_flags_of_a_docstring_are_code():
    lines = ["Trains, see --epochs.", "", "import a as b", "", "x = 1", "y = 2", "", "The end."]
    assert convert(lines) == [
        "Trains, see `--epochs`.", "", "::", "", "    import a as b", "",
        "    x = 1", "    y = 2", "", "The end.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Audit](docs/evaluation.md#gate)", "[Audit](evaluation.md#gate)"),
        ("[changes](CHANGELOG.md)", "[changes](project/changelog.md)"),
        ("[how](Makefile)", "{download}`how <../Makefile>`"),
        ("[the tests](tests)", "the tests (`tests/`)"),
        ("![chart](docs/report.png)", "![chart](docs/report.png)"),
        ("[far](https://example.org/a#b)", "[far](https://example.org/a#b)"),
        ("[none](no/such.md)", "[none](no/such.md)"),
    ],
)
def test_links_out_of_the_pages(text, expected):
    assert rewrite(text, ROOT, DOCS / "contributing.md") == expected


# Of absl and TensorFlow, whose commands the pages show as well.
OTHERS = {"help", "check", "flagfile", "logdir", "dir", "prefix", "tag_set", "signature_def"}


@pytest.fixture(scope="module")
def flags():
    """Names of all flags: of the commands, and of the scripts of benchmarks and studies."""
    sections = [section for name in COMMANDS for section in parse(help_of(name))[1]]
    forms = [form for section in sections for form, _ in section.flags]
    scripts = [
        path.read_text() for name in ("benchmarks", "docs", "studies") for path in (ROOT / name).rglob("*.py")
    ]
    found = {re.match(r"--(?:\[no\])?(\w+)", form).group(1) for form in forms}
    return found | {flag for text in scripts for flag in re.findall(r'DEFINE_\w+\(\s*"(\w+)"', text)}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_flags_named_in_the_pages_exist(page, flags):
    text = page.read_text()
    if page.name == "CHANGELOG.md":  # the first cells of its tables are what flags were called before
        text = re.sub(r"^\| [^|]* \|", "", text, flags=re.MULTILINE)
    assert set(re.findall(r"(?<![\w-])--([a-z_]+)", text)) - OTHERS <= flags
