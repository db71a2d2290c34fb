"""What the documents say is what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r'(?<!")\]\(([^)#]+)[^)]*\)', document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_flags_named_in_the_documents_exist():
    folders = ("facedebias/cli", "benchmarks", "studies", "docs")
    sources = [path for folder in folders for path in ROOT.joinpath(folder).rglob("*.py")]
    defined = {flag for path in sources for flag in re.findall(r'DEFINE_\w+\(\s*"(\w+)"', path.read_text())}
    for document in DOCUMENTS:
        text = document.read_text()
        if document.name == "CHANGELOG.md":  # tables say what flags were called before
            text = re.sub(r"^\| [^|]* \|", "", text, flags=re.MULTILINE)
        named = set(re.findall(r"(?<![\w-])--([a-z_]+)", text)) - {"help", "logdir"}
        assert named <= defined, f"{document.name}: {named - defined}"
