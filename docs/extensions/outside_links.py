"""Sphinx extension: links of pages that lead out of docs/, and pages that are files beside README.

Pages link scripts and records as they lie in the repository, so that they can be read there too. In the
site, a link to such a file downloads it, and a link to a folder is its path.
"""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Files beside README -> their pages.
PAGES = {"README.md": "index", "CONTRIBUTING.md": "project/contributing", "CHANGELOG.md": "project/changelog"}
_OWN_TEXT = {page: name for name, page in PAGES.items() if name != "README.md"}
# Not an image, and not the index of a call in code: x["a"](b).
LINK = re.compile(
    r"(?<![!\w\]])\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)"
)


def rewrite(text: str, folder: Path, page: Path) -> str:
    """The text of a page with links as the site needs them.

    Args:
        text: Markdown.
        folder: where its links start from.
        page: the file that the text becomes a page of, below docs/.
    """

    def link(match: re.Match[str]) -> str:
        words, anchor = match["text"], match["anchor"] or ""
        target = Path(os.path.normpath(folder / match["target"]))
        if (
            not match["target"] or not target.exists()
        ):  # of this page, elsewhere, or broken: Sphinx sees to it
            return match[0]
        if target.parent == ROOT and target.name in PAGES:
            target = DOCS / f"{PAGES[target.name]}.md"
        relative = os.path.relpath(target, page.parent)
        if target.is_relative_to(DOCS):
            return f"[{words}]({relative}{anchor})"
        if target.is_dir():
            return f"{words} (`{target.relative_to(ROOT)}/`)"
        return f"{{download}}`{words.replace('`', '')} <{relative}>`"

    return LINK.sub(link, text)


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    page, folder = Path(app.env.doc2path(docname)), None
    if docname in _OWN_TEXT:
        file = ROOT / _OWN_TEXT[docname]
        app.env.note_dependency(str(file))
        source[0], folder = file.read_text(), ROOT
    source[0] = rewrite(source[0], folder or page.parent, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrites pages as they are read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
