"""Folders of pictures that tests of the preparation share."""

import pytest

from tests.data.gray_pictures import class_folders, group_folders


@pytest.fixture
def groups(tmp_path):
    return group_folders(tmp_path / "groups")


@pytest.fixture
def classes(tmp_path):
    return class_folders(tmp_path / "classes")
