r"""Pictures to search: faces pasted into pictures without faces, at random places and sizes.

    python -m studies.detection.collages --faces=DIR/fairface/val --nonfaces=DIR/imagenet/val \
        --size=1600x1200 --num_pictures=40 --output=data/collages

`truth.json` beside them says where the faces are: name -> list of left, top, right, bottom.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from absl import app, flags
from PIL import Image

from facedebias.detection.photographs import Size, fit, load, measure, pictures_in
from facedebias.scoring.foreign import parse_size

_FACES = flags.DEFINE_string("faces", None, "Folder of pictures cropped to a face.", required=True)
_NONFACES = flags.DEFINE_string("nonfaces", None, "Folder of pictures without faces.", required=True)
_SIZE = flags.DEFINE_string("size", "1200x1600", "Height and width of the collages.")
_NUM_PICTURES = flags.DEFINE_integer("num_pictures", 40, "How many to make.")
_MAX_FACES = flags.DEFINE_integer("max_faces", 4, "Faces in each: from none to this many.")
_OUTPUT = flags.DEFINE_string("output", None, "Folder to write.", required=True)

_SIDES = (0.15, 0.7)  # of a face, as a share of the shorter side
_MIN_BACKGROUND, _TRIALS, _QUALITY = 120, 30, 92
Box = tuple[int, int, int, int]


def main(argv: Sequence[str]) -> None:
    """Makes the collages."""
    height, width = parse_size(_SIZE.value)
    faces = pictures_in(Path(_FACES.value), "--faces", with_people=True)
    grounds = pictures_in(Path(_NONFACES.value), "--nonfaces", with_people=False)
    grounds = [path for path in grounds if min(measure(path)) >= _MIN_BACKGROUND]
    folder, truth = Path(_OUTPUT.value), {}
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_NUM_PICTURES.value):
        # Keyed by number: more pictures leave the first ones as they are.
        rng = random.Random(number)
        image, boxes = collage(rng, rng.choice(grounds), faces, (width, height))
        name = f"{number:04d}.jpg"
        image.save(folder / name, quality=_QUALITY)
        truth[name] = boxes
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


def collage(
    rng: random.Random, ground: Path, faces: Sequence[Path], size: Size
) -> tuple[Image.Image, list[Box]]:
    """A picture with faces that do not overlap, and their boxes."""
    image = fit(load(ground), size).image
    boxes: list[Box] = []
    for _ in range(rng.randint(0, _MAX_FACES.value)):
        box = _free_place(rng, boxes, size)
        if box:
            side = box[2] - box[0]
            face = load(rng.choice(faces)).image.resize((side, side), Image.Resampling.BILINEAR)
            image.paste(face, box[:2])
            boxes.append(box)
    return image, boxes


def _free_place(rng: random.Random, taken: Sequence[Box], size: Size) -> Box | None:
    for _ in range(_TRIALS):
        side = round(rng.uniform(*_SIDES) * min(size))
        left, top = rng.randint(0, size[0] - side), rng.randint(0, size[1] - side)
        box = (left, top, left + side, top + side)
        if all(box[0] >= t[2] or box[2] <= t[0] or box[1] >= t[3] or box[3] <= t[1] for t in taken):
            return box
    return None


if __name__ == "__main__":
    app.run(main)
