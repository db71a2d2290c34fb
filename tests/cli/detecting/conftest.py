"""A model that measures brightness, and a photograph with one face."""

import pytest

from tests.cli.detecting.face_searches import FACE
from tests.portraits import draw_face
from tests.scoring.saved_models import save_own


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    # The logit is the level minus 100, over 10: 0.999 is 6.9, so a window fires from 169 on.
    return save_own(tmp_path_factory.mktemp("models") / "run" / "export").removesuffix("/export")


@pytest.fixture
def photo(tmp_path):
    draw_face((200, 160), FACE, 255).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")
