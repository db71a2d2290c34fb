"""Portraits in PPB-2017's layout that a model of brightness can tell from backgrounds."""

import numpy as np
from PIL import Image, ImageDraw

HEADER = "image_id,filename,gender,fitzpatrick skin type category,bi.fitz,country"
# Level of the face: gender, type, skin, country.
PEOPLE = [
    (250, "Female", "1", "lighter", "Iceland"),
    (240, "Male", "2", "lighter", "Finland"),
    (230, "Female", "6", "darker", "Rwanda"),
    (120, "Male", "5", "darker", "Senegal"),
] * 3


def draw_face(size, box, level):
    """An oval of one grey level on black."""
    image = Image.new("RGB", size)
    ImageDraw.Draw(image).ellipse((box[0], box[1], box[2] - 1, box[3] - 1), fill=(level,) * 3)
    return image


def write_portraits(folder, people=PEOPLE, end="\r", header=HEADER):
    """The tree; portraits of two sizes, a face of half the shorter side in each."""
    (folder / "imgs").mkdir(parents=True)
    lines = [header]
    for number, (level, *known) in enumerate(people):
        size = (80, 100) if number % 2 else (100, 120)
        face = size[0] // 2
        draw_face(size, (10, 20, 10 + face, 20 + face), level).save(folder / "imgs" / f"p{number}.png")
        lines.append(",".join([str(number), f"p{number}.png", *known]))
    (folder / "PPB-2017-metadata.csv").write_bytes(end.join(lines).encode())
    return folder


def write_backgrounds(folder, levels, size=(90, 90)):
    """Pictures of one grey level each."""
    folder.mkdir(parents=True)
    for number, level in enumerate(levels):
        Image.fromarray(np.full((size[1], size[0], 3), level, np.uint8)).save(folder / f"b{number:03d}.png")
    return folder
