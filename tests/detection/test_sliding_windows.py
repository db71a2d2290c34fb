"""Batches that run on from size to size and picture to picture lose, double and swap nothing."""

import numpy as np
import pytest
from PIL import Image

from facedebias.data.records import to_square
from facedebias.detection.cutting import cut, scale, square_side
from facedebias.detection.geometry import WindowOptions, plan
from facedebias.detection.photographs import Picture
from facedebias.detection.sliding_windows import Detector
from facedebias.scoring.exported_model import ExportedModel
from facedebias.scoring.picture_scan import Scan
from tests.scoring.saved_models import save_own

SIDE = 8
OPTIONS = WindowOptions((0.25, 0.5, 1.0), 0.2)


class Fingerprints:
    """A model whose answer depends on every pixel and its place; keeps what it was asked."""

    def __init__(self):
        self.batches = []
        self._weights = np.random.default_rng(0).normal(size=SIDE * SIDE * 3)

    def answer(self, images):
        self.batches.append(len(images))
        answers = images.reshape(len(images), -1) @ self._weights
        return [answers.astype(np.float32), -answers.astype(np.float32)]


def drawn(seed, size):
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
    return Picture(image, size)


PICTURES = [drawn(0, (64, 80)), drawn(1, (100, 64)), drawn(2, (64, 64))]


def one_by_one(model, picture):
    """Every window cut and asked about on its own."""
    answers = []
    for level in plan(picture.size, SIDE, OPTIONS):
        scaled = scale(picture.image, level)
        for top in level.rows:
            for left in level.columns:
                window = scaled[top : top + SIDE, left : left + SIDE]
                answers.append(model.answer(window[None])[0][0])
    return answers


@pytest.mark.parametrize("batch_size", [1, 7, 64, 5000])
def test_windows_in_batches_are_windows_on_their_own(batch_size):
    model = Fingerprints()
    found = list(Detector(model, SIDE, OPTIONS, batch_size).score(iter(PICTURES)))
    batches = list(model.batches)
    assert len(found) == len(PICTURES)
    for answers, picture in zip(found, PICTURES, strict=True):
        np.testing.assert_allclose(answers.columns[0], one_by_one(Fingerprints(), picture), rtol=1e-5)
        np.testing.assert_array_equal(answers.columns[1], -answers.columns[0])
        assert len(answers.boxes()) == answers.num_windows == len(answers.columns[0])
        assert answers.highest() == [max(answers.columns[0]), max(answers.columns[1])]
    # All batches are full but the last.
    assert set(batches[:-1]) <= {batch_size}
    assert sum(batches) == sum(answers.num_windows for answers in found)


def test_a_window_is_what_preparing_would_have_cut():
    # Scaled and then cut, or cut and then scaled: only the rim knows of pixels outside.
    smooth = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8))
    image = smooth.resize((640, 480), Image.Resampling.BICUBIC)
    level = plan(image.size, 64, WindowOptions((0.4,)))[0]
    windows = np.empty((level.num_windows, 64, 64, 3), np.uint8)
    numbers = np.arange(level.num_windows)
    cut(scale(image, level), level, numbers, windows)
    for window, box in zip(windows, level.boxes(), strict=True):
        expected = to_square(image, 64, tuple(map(float, box)))
        difference = np.abs(window.astype(int) - expected)
        assert difference.mean() < 1.5
        assert difference[4:-4, 4:-4].mean() < 1.5


def test_an_exported_model_answers_for_a_window_as_for_a_picture(tmp_path):
    model = ExportedModel("m", save_own(tmp_path / "m", SIDE))
    (answers,) = Detector(model, square_side(model.path, model.image_shape), OPTIONS, 16).score([PICTURES[0]])
    alone = one_by_one(model, PICTURES[0])
    np.testing.assert_allclose(answers.columns[0], alone, rtol=1e-5)


def test_pictures_are_loaded_as_they_are_needed():
    taken = []

    def source():
        for number in range(1000):
            taken.append(number)
            yield PICTURES[2]

    model = Fingerprints()
    answers = Detector(model, SIDE, OPTIONS, 64).score(source())
    next(answers)
    answers.close()
    # A few batches ahead, whatever is still to come: 9 batches of 64 hold fewer than 10 pictures.
    assert 1 <= len(taken) <= 10


def test_what_loading_raises_reaches_the_caller():
    def source():
        yield PICTURES[0]
        raise RuntimeError("disk gone")

    with pytest.raises(RuntimeError, match="disk gone"):
        list(Detector(Fingerprints(), SIDE, OPTIONS, 16).score(source()))


class Bright:
    """A model whose answer is the mean of a window's green, and that can scan."""

    def __init__(self):
        self.num_asked = 0

    def answer(self, images):
        self.num_asked += len(images)
        return [images[..., 1].mean((1, 2)).astype(np.float32)]

    def scan(self, picture):
        rows, columns = (-(-(length - 32) // 16) + 1 for length in picture.shape[:2])
        filled = np.pad(picture, ((0, 16), (0, 16), (0, 0)), mode="edge")
        windows = [
            [filled[i : i + 32, j : j + 32, 1].mean() for j in range(0, 16 * columns, 16)]
            for i in range(0, 16 * rows, 16)
        ]
        return Scan(np.array(windows, np.float32), 16)


def lit(*corners):
    """A dark picture with bright squares."""
    pixels = np.random.default_rng(0).integers(0, 60, (300, 400, 3), np.uint8)
    for left, top in corners:
        pixels[top : top + 80, left : left + 80] += 150
    return Picture(Image.fromarray(pixels), (400, 300))


def test_with_a_scan_windows_that_matter_are_found_and_the_rest_is_not_asked_about():
    options = WindowOptions((0.27, 0.5), 0.125)
    pictures = [lit((30, 40), (250, 200)), lit(), lit((310, 0))]
    model, whole = Bright(), Bright()
    fast = list(Detector(model, 32, options, 50, model.scan).score(iter(pictures), at_least=120.0))
    asked = list(Detector(whole, 32, options, 50).score(iter(pictures), at_least=120.0))
    assert [len(answers.columns[0]) for answers in fast] == [answers.num_asked for answers in fast]
    assert sum(answers.num_asked for answers in fast) < whole.num_asked / 5
    assert model.num_asked < whole.num_asked / 2  # with what fills its batches
    for few, every in zip(fast, asked, strict=True):
        assert few.num_windows == every.num_windows == every.num_asked
        # The answers belong to their boxes, which are windows among all.
        of_all = dict(zip(map(tuple, every.boxes()), every.columns[0], strict=True))
        of_few = dict(zip(map(tuple, few.boxes()), few.columns[0], strict=True))
        assert of_few.items() <= of_all.items()
        assert len(few.sides()) == few.num_asked
        if every.highest()[0] >= 120.0:
            assert few.highest() == every.highest()
        wide = np.ptp(few.boxes()[:, ::2], axis=1) / 300
        np.testing.assert_allclose(few.sides(), wide, atol=0.01)


def test_whoever_wants_every_window_asked_about_gets_no_first_pass():
    model = Bright()
    detector = Detector(model, 32, WindowOptions((0.5,), 0.25, exhaustive=True), 50, model.scan)
    (answers,) = detector.score([lit()])
    assert detector.is_exhaustive and answers.num_asked == answers.num_windows
