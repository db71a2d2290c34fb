"""Trees of black pictures, and what a source finds in them."""

from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source


def pictures(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(root / name, "PNG")
    return root


def opened(root, kind="face", spec="folder"):
    source = open_source(f"{spec}:{root}", ImportOptions(kind=kind))
    found = list(source.records())
    assert source.num_records == len(found)
    return source, found
