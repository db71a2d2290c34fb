"""Folders of pictures that tests of the preparation share."""

import pytest

from tests.data.gray_pictures import gray_pictures


@pytest.fixture
def groups(tmp_path):
    return gray_pictures(tmp_path / "groups", {f"{g}/{i}.png": 10 * i for i, g in enumerate("AABBBC")})


@pytest.fixture
def classes(tmp_path):
    return gray_pictures(tmp_path / "classes", {f"n0144076{i}/x.png": 100 + i for i in range(4)})
