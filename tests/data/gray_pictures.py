"""Pictures of one gray value each."""

from PIL import Image


def gray_pictures(folder, values):
    """Pictures of one gray value each, by name."""
    for name, value in values.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (value, value, value)).save(folder / name)
    return folder
