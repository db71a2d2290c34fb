r"""Auditing whole portraits: minutes for a set as large as PPB, by `facedebias evaluate --windows`.

    python -m benchmarks.commands.portraits_speed --model=checkpoints/dbvae --faces=DIR/fairface/val \
        --nonfaces=DIR/imagenet/val --output=benchmarks/results/portraits_speed.json

PPB-2017 has 1,270 portraits of whole upper bodies, of about 100 to 1,000 pixels. Here they are collages:
a face in the upper half of a picture without people. The command is timed from its start to its end, report
included.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from absl import app, flags
from PIL import Image

from benchmarks import measure
from facedebias.data.portraits import METADATA, PICTURES
from facedebias.detection.photographs import fit, load, pictures_in
from facedebias.detection.photographs import measure as size_of

_MODEL = flags.DEFINE_multi_string("model", [], "A training run, or its export; give it again for more.")
_FACES = flags.DEFINE_string("faces", None, "Folder of pictures cropped to a face.", required=True)
_NONFACES = flags.DEFINE_string("nonfaces", None, "Folder of pictures without faces.", required=True)
_NUM_PORTRAITS = flags.DEFINE_integer("num_portraits", 1270, "Portraits, and as many pictures without faces.")
_ROUNDS = flags.DEFINE_integer("rounds", 3, "Times that the command runs.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_SHORTEST, _LONGEST = 100, 800  # the shorter side; the longer is up to 1.5 times that
_MIN_BACKGROUND = 100


def main(argv: Sequence[str]) -> None:
    """Makes the pictures, times the command and writes."""
    with tempfile.TemporaryDirectory() as folder:
        data, nonfaces = make(Path(folder))
        command = [sys.executable, "-m", "facedebias", "evaluate", "--windows", f"--data={data}"]
        command += [f"--nonfaces={nonfaces}", "--fpr=0.01", f"--output={folder}/report", "--overwrite"]
        command += [f"--model={model}" for model in _MODEL.value]
        minutes = []
        for _ in range(_ROUNDS.value):
            start = time.perf_counter()
            subprocess.run(command, check=True, cwd=measure.ROOT)
            minutes.append((time.perf_counter() - start) / 60)
    figures = {"ppb_minutes": measure.figure(minutes, "minutes")}
    details = {"num_portraits": _NUM_PORTRAITS.value, "num_nonfaces": _NUM_PORTRAITS.value}
    measure.write(_OUTPUT.value, figures, models=_MODEL.value, **details)


def make(folder: Path) -> tuple[Path, Path]:
    """Writes portraits in the layout of PPB-2017, and pictures without faces beside them."""
    rng = random.Random(0)
    faces = pictures_in(Path(_FACES.value), "--faces", with_people=True)
    grounds = pictures_in(Path(_NONFACES.value), "--nonfaces", with_people=False)
    grounds = [path for path in grounds if min(size_of(path)) >= _MIN_BACKGROUND]
    data, nonfaces = folder / "portraits", folder / "nonfaces"
    (data / PICTURES).mkdir(parents=True)
    nonfaces.mkdir()
    lines = ["image_id,filename,gender,bi.fitz"]
    for number in range(_NUM_PORTRAITS.value):
        size = _size(rng)
        name = f"{number:04d}.jpg"
        fit(load(rng.choice(grounds)), size).image.save(nonfaces / name, quality=92)
        image = fit(load(rng.choice(grounds)), size).image
        side = round(rng.uniform(0.25, 0.5) * min(size))
        face = load(rng.choice(faces)).image.resize((side, side), Image.Resampling.BILINEAR)
        image.paste(face, ((size[0] - side) // 2, size[1] // 10))
        image.save(data / PICTURES / name, quality=92)
        lines.append(
            f"{number},{name},{('Female', 'Male')[number % 2]},{('darker', 'lighter')[number // 2 % 2]}"
        )
    (data / METADATA).write_text("\r".join(lines) + "\r")
    return data, nonfaces


def _size(rng: random.Random) -> tuple[int, int]:
    width = rng.randint(_SHORTEST, _LONGEST)
    return width, round(width * rng.uniform(1.0, 1.5))


if __name__ == "__main__":
    app.run(main)
