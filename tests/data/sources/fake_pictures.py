"""Pictures with one known red box, and the records that a source makes of them."""

from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source

RED = (255, 0, 0)


def picture(width, height, red=None):
    """A black picture, with the box `red` painted red."""
    image = Image.new("RGB", (width, height))
    if red:
        image.paste(RED, red)
    return image


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=95)
    return path


def is_red(pixel):
    """Red, give or take what JPEG changes."""
    return pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60


def records(spec, options=None, **kwargs):
    source = open_source(spec, options or ImportOptions(**kwargs))
    found = list(source.records())
    assert len(found) == source.num_records
    assert [record.path for record in found] == [record.path for record in source.records()]
    return source, found
