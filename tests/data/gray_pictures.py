"""Pictures of one gray value each."""

from PIL import Image


def gray_pictures(folder, values):
    """Pictures of one gray value each, by name."""
    for name, value in values.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (value, value, value)).save(folder / name)
    return folder


def group_folders(folder):
    """Six pictures in the folders A, B and C."""
    return gray_pictures(folder, {f"{g}/{i}.png": 10 * i for i, g in enumerate("AABBBC")})


def class_folders(folder):
    """A picture in each of four folders, named as classes of ImageNet."""
    return gray_pictures(folder, {f"n0144076{i}/x.png": 100 + i for i in range(4)})
