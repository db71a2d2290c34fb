"""Face files as sources: the MIT lab's and ours."""

import h5py
import numpy as np

from facedebias.data.records import ImportOptions
from tests.data.sources.fake_pictures import is_red, records


def test_lab(tmp_path):
    images = np.zeros((6, 32, 32, 3), np.uint8)
    images[4, 8:16, 16:24, 2] = 255  # red in the lab's BGR order
    with h5py.File(tmp_path / "lab.h5", "w") as file:
        file["images"], file["labels"] = images, np.array([[1], [0], [1], [0], [1], [0]], np.float32)
    _, faces = records(f"lab:{tmp_path / 'lab.h5'}")
    assert [record.path for record in faces] == ["row 0", "row 2", "row 4"]
    image = faces[2].load()
    # (16..24, 8..16) of 32 pixels are (32..48, 16..32) of 64.
    assert image.shape == (64, 64, 3) and is_red(image[24, 40]) and not is_red(image[24, 52])
    assert (
        records(f"lab:{tmp_path / 'lab.h5'}", ImportOptions(kind="nonface", split="val"))[0].num_records == 3
    )


def test_lab_reads_our_own_files(tiny_file):
    source, found = records(f"lab:{tiny_file}")
    assert source.num_records == 24 and source.attributes == {"group": ("light", "dark")}
    assert [record.attributes["group"] for record in found[:4]] == [0, 0, 0, 1]
    assert found[5].path == "1/5.png" and found[0].load().shape == (64, 64, 3)
