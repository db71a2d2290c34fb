"""Sphinx extension: a Jupyter notebook as a page, its cells as they are written, none executed.

A full notebook extension would bring some forty packages, to run cells that a test runs already.
"""

import json
import re

from sphinx.application import Sphinx


def as_markdown(notebook: str) -> str:
    """The cells of a notebook one after another, code between fences, outputs left out.

    Args:
        notebook: JSON text in nbformat 4.
    """
    cells = [_cell(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(notebook)["cells"]]
    return "\n\n".join(cell for cell in cells if cell) + "\n"


def _cell(kind: str, text: str) -> str:
    """One cell; raw cells speak to other converters."""
    text = text.strip("\n")
    if kind == "markdown" or not text:
        return text
    if kind != "code":
        return ""
    # Longer than any fence in the code.
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`{3,}", text))])
    return f"{fence}python\n{text}\n{fence}"


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        source[0] = as_markdown(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Lets Sphinx take `.ipynb` files for pages."""
    app.add_source_suffix(".ipynb", "markdown")
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
