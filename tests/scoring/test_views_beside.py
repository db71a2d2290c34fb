"""Folders of models that want more of a report than their own pictures, or that are damaged."""

import base64
import io
import json
import os
import random
import zlib

import pytest
from PIL import Image, PngImagePlugin

from facedebias.scoring.beside import run_beside, run_views

TABLE = "step,effective_sample_size\n20,100\n40,80.5\n"


@pytest.fixture
def run(tmp_path):
    """A run with its views, beside a picture and a text that are not its own."""
    inside = tmp_path / "run" / "inside"
    inside.mkdir(parents=True)
    for place in (inside / "raised.png", tmp_path / "secret.png"):
        Image.new("RGB", (4, 4), "red").save(place)
    (inside / "sizes.csv").write_text(TABLE)
    (tmp_path / "secret.csv").write_text(TABLE)
    (inside / "inside.json").write_text(json.dumps(index()))
    return tmp_path / "run"


def index(file="raised.png", sizes="sizes.csv", **changes):
    picture = {"file": file, "title": "Raised", "description": "Two faces"}
    return {"num_faces": 100, "effective_sample_size": sizes, "pictures": [picture]} | changes


def read(run):
    found, note = run_views.read(run / "export")
    assert (found is None) == bool(note) and note in [*run_beside.notes(run / "export"), ""]
    return found


ELSEWHERE = [
    "../secret.{}",
    "../../secret.{}",
    "{{tmp}}/secret.{}",
    "/etc/hostname",
    "./x.{}",
    "",
    "..",
    None,
    3,
]


@pytest.mark.parametrize("name", [*ELSEWHERE, "", "..", None, 3])
def test_names_lead_nowhere_else(run, tmp_path, name):
    for kind, field in (("png", "file"), ("csv", "sizes")):
        given = name.format(kind).format(tmp=tmp_path) if isinstance(name, str) else name
        (run / "inside" / "inside.json").write_text(json.dumps(index(**{field: given})))
        assert read(run) is None


def test_nor_do_links(run, tmp_path):
    inside = run / "inside"
    (inside / "raised.png").unlink()
    (inside / "raised.png").symlink_to(tmp_path / "secret.png")
    assert read(run) is None
    (inside / "raised.png").unlink()
    Image.new("RGB", (4, 4)).save(inside / "raised.png")
    assert read(run).num_faces == 100
    (inside / "sizes.csv").unlink()
    (inside / "sizes.csv").symlink_to(tmp_path / "secret.csv")
    assert read(run) is None
    inside.rename(tmp_path / "moved")
    inside.symlink_to(tmp_path / "moved")
    assert read(run) is None


@pytest.mark.parametrize("name", ["inside.json", "raised.png", "sizes.csv"])
def test_a_pipe_is_not_waited_for(run, name):
    (run / "inside" / name).unlink()
    os.mkfifo(run / "inside" / name)
    assert read(run) is None


def test_a_record_of_a_run_that_is_a_link_or_a_pipe_is_told_of(run, tmp_path):
    (tmp_path / "other.json").write_text(json.dumps({"config": {"model": "of somebody else"}}))
    (run / "run.json").symlink_to("../other.json")
    assert (
        "is a link that leads out of its folder, so what the model was" in run_beside.notes(run / "export")[0]
    )
    assert not run_beside.read(run / "export").is_known
    (run / "run.json").unlink()
    os.mkfifo(run / "run.json")
    assert "is no ordinary file, so what" in run_beside.notes(run / "export")[0]


def test_a_page_gets_pixels_and_nothing_else_of_a_picture(run):
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>")
    path = run / "inside" / "raised.png"
    Image.new("RGBA", (4, 4), "red").save(path, pnginfo=told, icc_profile=b"profile" * 9)
    path.write_bytes(path.read_bytes() + b"<script>behind the picture</script>")
    data = base64.b64decode(read(run).pictures[0]["data"].removeprefix("data:image/png;base64,"))
    assert b"script" not in data and b"iCCP" not in data and b"Comment" not in data
    assert Image.open(io.BytesIO(data)).convert("RGB").getpixel((1, 1)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "TIFF"])
def test_a_picture_is_png_whatever_its_name(run, kind):
    Image.new("RGB", (4, 4)).save(run / "inside" / "raised.png", kind)
    assert read(run) is None


def test_a_huge_picture_is_refused_by_its_header(run):
    path = run / "inside" / "raised.png"
    data = path.read_bytes()
    path.write_bytes(data[:16] + (10**6).to_bytes(4, "big") * 2 + data[24:])
    assert read(run) is None


@pytest.mark.parametrize(
    "change",
    [
        {"num_faces": float("inf")},
        {"num_faces": float("nan")},
        {"num_faces": -1},
        {"num_faces": 10**300},
        {"pictures": [index()["pictures"][0]] * 1000},
        {"pictures": [{"file": "raised.png", "title": "x" * 10**5, "description": ""}]},
        {"pictures": {"file": "raised.png"}},
    ],
)
def test_numbers_and_texts_that_no_run_writes(run, change):
    (run / "inside" / "inside.json").write_text(json.dumps(index(**change)))
    assert read(run) is None


def test_what_a_run_says_of_its_pictures_hides_nothing(run):
    pictures = [{"file": "raised.png", "title": "\ud800\x1b[31m", "description": "\u202etxt\n"}]
    (run / "inside" / "inside.json").write_text(json.dumps(index(pictures=pictures)))
    assert read(run).pictures[0]["title"] == r"\ud800\x1b[31m"
    assert read(run).pictures[0]["description"] == r"\u202etxt\n"


@pytest.mark.parametrize("name", ["inside.json", "raised.png", "sizes.csv"])
def test_torn_and_flipped_files_are_read_or_left_out(run, name):
    path = run / "inside" / name
    whole, rng = path.read_bytes(), random.Random(0)
    for number in range(60):
        data = bytearray(whole[: rng.randrange(len(whole))] if number % 4 == 0 else whole)
        if number % 4 and data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        read(run)  # raises nothing


def test_so_are_those_of_the_record(run):
    record = {
        "config": {"model": "dbvae", "data": "f.h5", "target": "a=b"},
        "seed": 3,
        "num_rows": {"train": 9},
    }
    whole, rng = json.dumps(record).encode(), random.Random(1)
    for _ in range(100):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (run / "run.json").write_bytes(data)
        assert run_beside.notes(run / "export") is not None


def test_so_is_one_by_its_second_header(run):
    # Pillow decodes by the last header that stands before the pixels.
    path = run / "inside" / "raised.png"
    data = path.read_bytes()
    for side in (8_000, 12_000, 20_000):
        header = b"IHDR" + side.to_bytes(4, "big") * 2 + data[24:29]
        chunk = (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
        path.write_bytes(data[:33] + chunk + data[33:])
        assert read(run) is None
