"""Which files in a tree are pictures, and what is said of the others."""

import inspect
import os
import sys

from PIL import Image

from facedebias.data.sources.formats.tree import LINK, OTHER, PICTURE, Found, Tally, walk


def write(path, kind="PNG"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path, kind)
    return path


def paths(root, kind=PICTURE):
    return [found.path for found in walk(root) if found.kind == kind]


def test_every_suffix_that_pillow_opens(tmp_path):
    names = [
        "a.tif",
        "b.GIF",
        "c.jfif",
        "d.jpe",
        "e.JP2",
        "f.ppm",
        "g.tga",
        "h.avif",
        "i.heic",
        "j.JPEG",
        "k.bmp",
    ]
    for name in names:
        (tmp_path / name).touch()
    for name in ("film.mpg", "table.h5", "paper.pdf", "list.csv", "none"):
        (tmp_path / name).touch()
    assert paths(tmp_path) == names
    assert paths(tmp_path, OTHER) == ["film.mpg", "list.csv", "none", "paper.pdf", "table.h5"]


def test_other_suffixes_are_known_by_their_content(tmp_path):
    for name in ("55_0_0_20170116232725357jpg", "a.pg", "b.jpg.bak"):
        write(tmp_path / name, "JPEG")
    (tmp_path / "c.pg").write_text("text")
    assert paths(tmp_path) == ["55_0_0_20170116232725357jpg", "a.pg", "b.jpg.bak"]


def test_what_systems_leave_is_passed_over(tmp_path):
    for name in (
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/a.png",
        "._a.png",
        ".hidden/b.png",
        "a.png",
    ):
        write(tmp_path / name)
    assert list(walk(tmp_path)) == [Found("a.png", PICTURE)]


def test_files_come_before_folders_and_by_name(tmp_path):
    for name in ("b/2.png", "b/1.png", "a/x/1.png", "a/3.png", "c.png"):
        write(tmp_path / name)
    assert paths(tmp_path) == ["c.png", "a/3.png", "a/x/1.png", "b/1.png", "b/2.png"]


def test_loops_and_links_give_each_file_once(tmp_path):
    write(tmp_path / "tree/b/1.png")
    write(tmp_path / "pool/2.png")
    write(tmp_path / "pool/sub/3.png")
    tree = tmp_path / "tree"
    os.symlink(tree, tree / "b/loop")
    os.symlink(tmp_path, tree / "b/up")
    os.symlink(tree / "b/1.png", tree / "a.png")
    os.symlink(tmp_path / "pool/sub", tree / "c")
    os.symlink(tmp_path / "pool", tree / "d")
    os.symlink(tmp_path / "pool/2.png", tree / "e.png")
    found = list(walk(tree))
    pictures = [file.path for file in found if file.kind == PICTURE]
    real = [os.path.realpath(tree / path) for path in pictures]
    assert len(set(real)) == len(real) == 3
    assert {"a.png", "b/loop"} <= {file.path for file in found if file.kind == LINK}


def test_a_tree_of_links_to_a_pool_is_read(tmp_path):
    for number in range(3):
        write(tmp_path / f"pool/{number}.png")
    (tmp_path / "tree/g").mkdir(parents=True)
    for number in range(3):
        os.symlink(tmp_path / f"pool/{number}.png", tmp_path / f"tree/g/{number}.png")
    os.symlink(tmp_path / "pool/gone.png", tmp_path / "tree/g/gone.png")
    # A broken link is a picture that will be found bad, not one that is passed over.
    assert paths(tmp_path / "tree") == ["g/0.png", "g/1.png", "g/2.png", "g/gone.png"]


def test_pipes_are_no_pictures(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert paths(tmp_path, OTHER) == ["a.png"]


def test_notes_count_and_name(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt", "d\n.txt"):
        (tmp_path / name).touch()
    write(tmp_path / "e.png")
    os.symlink(tmp_path / "e.png", tmp_path / "f.png")
    tally = Tally()
    assert list(tally.pictures(walk(tmp_path))) == ["e.png"]
    assert tally.notes() == (
        "4 files are no pictures and were left out: a.txt, b.txt, c.txt and 1 more.",
        "1 link to what is read at another place left out: f.png.",
    )


def test_links_to_themselves_are_broken_ones(tmp_path):
    for name in ("a.png", "b.txt", "c"):
        os.symlink(tmp_path / name, tmp_path / name)
    os.symlink(tmp_path / "e", tmp_path / "d")
    os.symlink(tmp_path / "d", tmp_path / "e")
    assert paths(tmp_path) == ["a.png"]
    assert paths(tmp_path, OTHER) == ["b.txt", "c", "d", "e"]


def test_folders_in_folders_have_no_bottom(tmp_path):
    write(tmp_path / ("a/" * 200 + "1.png"))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        kinds = [found.kind for found in walk(tmp_path)]
    finally:
        sys.setrecursionlimit(limit)
    assert kinds == [PICTURE]
