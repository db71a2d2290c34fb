"""Drawn faces and clutter: reproducible, labelled as drawn, skewed as asked for."""

import dataclasses

import numpy as np
import pytest

from facedebias.data.drawn import ATTRIBUTES, draw, sample_clutter, sample_face
from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.errors import InputError


def records(number, **options):
    return list(open_source(f"synthetic:{number}", ImportOptions(**options)).records())


def tones(number, **options):
    return np.array([record.attributes["monk"] for record in records(number, **options)])


@pytest.mark.parametrize("size", [64, 96])
@pytest.mark.parametrize("kind", ["face", "nonface"])
def test_pictures_have_the_size_asked_for(kind, size):
    picture = records(1, kind=kind, size=size)[0].load()
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 5


@pytest.mark.parametrize("kind", ["face", "nonface"])
def test_picture_i_is_the_same_whatever_the_number_and_the_order(kind):
    few, many = records(3, kind=kind), records(30, kind=kind)
    backwards = [record.load() for record in reversed(many)][::-1]
    for number, record in enumerate(few):
        np.testing.assert_array_equal(record.load(), backwards[number])
        assert record.attributes == many[number].attributes


def test_seeds_parts_and_numbers_all_differ():
    pictures = [record.load().tobytes() for record in records(5)]
    pictures += [record.load().tobytes() for record in records(5, seed=1)]
    for split in ("train", "val", "test"):
        # Without a split, the first pictures are those of the part "train".
        pictures += [record.load().tobytes() for record in records(5, seed=2, split=split)]
    assert len(set(pictures)) == 25


def test_parts_are_eight_one_and_one_of_ten_or_as_asked():
    assert np.bincount([record.split for record in records(100)]).tolist() == [80, 10, 10]
    assert {record.split for record in records(20, split="test")} == {2}


def test_faces_carry_every_attribute_and_clutter_none():
    for record in records(200):
        assert set(record.attributes) == set(ATTRIBUTES)
        for name, code in record.attributes.items():
            assert 0 <= code < len(ATTRIBUTES[name])
    assert all(record.attributes == {} for record in records(50, kind="nonface"))
    assert open_source("synthetic:5", ImportOptions(kind="nonface")).attributes == {}


def test_every_value_of_every_attribute_comes_up():
    found = records(500)
    for name, values in ATTRIBUTES.items():
        assert {record.attributes[name] for record in found} == set(range(len(values)))


def test_skin_groups_the_tones():
    assert {(r.attributes["monk"], r.attributes["skin"]) for r in records(300)} == {
        *((tone, 0) for tone in range(4)),
        *((tone, 1) for tone in range(4, 7)),
        *((tone, 2) for tone in range(7, 10)),
    }


class TestSkew:
    @pytest.mark.parametrize("split", ["train", "val"])
    def test_dark_skin_is_rare_in_training_and_validation(self, split):
        # 2% of 4,000: 80, with a standard deviation of 8.9; 4.5 of them each way.
        dark = np.sum(tones(4000, skew=True, split=split) >= 7)
        assert abs(dark - 80) < 4.5 * 8.9

    @pytest.mark.parametrize("options", [{"skew": True, "split": "test"}, {"split": "train"}])
    def test_all_tones_are_equally_likely_in_testing_and_without_skew(self, options):
        # A tenth of 4,000 each: 400, with a standard deviation of 19.
        counts = np.bincount(tones(4000, **options), minlength=10)
        assert np.all(np.abs(counts - 400) < 4.5 * 19)

    def test_the_clutter_of_a_skewed_set_is_that_of_an_even_one(self):
        skewed, even = (records(5, kind="nonface", skew=skew, split="train") for skew in (True, False))
        for a, b in zip(skewed, even, strict=True):
            np.testing.assert_array_equal(a.load(), b.load())


def test_darker_tones_are_drawn_darker():
    rng = np.random.default_rng(0)
    faces = [sample_face(rng) for _ in range(600)]
    # Between nose and ear, under even light, where nothing is drawn over the skin.
    plain = [
        dataclasses.replace(
            face, yaw=0.0, roll=0.0, half_height=0.4, center=(0.5, 0.5), brightness=1.0, has_beard=False,
            headwear=0, has_glasses=False, hair=0,
        )
        for face in faces
    ]  # fmt: skip
    cheek = [draw(face, 64)[34:38, 40:44].mean() for face in plain]
    means = [np.mean([c for c, face in zip(cheek, faces, strict=True) if face.tone == t]) for t in range(10)]
    # Tones 1 to 3 of the scale are about equally light.
    assert np.all(np.diff(means[2:]) < 0)
    assert means[0] > 200
    assert means[9] < 60


def test_faces_are_upright_and_clutter_never_is_one():
    rng = np.random.default_rng(1)
    assert max(abs(sample_face(rng).roll) for _ in range(200)) <= 20
    clutter = [sample_clutter(rng) for _ in range(400)]
    assert {scene.kind for scene in clutter} == {"scrambled", "upside down", "pattern"}
    assert all(160 <= scene.roll <= 200 for scene in clutter if scene.kind == "upside down")
    tones_of_clutter = np.bincount([scene.tone for scene in clutter], minlength=10)
    assert np.all(np.abs(tones_of_clutter - 40) < 4.5 * 6)


def test_upside_down_is_the_face_turned_around():
    scene = dataclasses.replace(
        sample_face(np.random.default_rng(3)), roll=0.0, center=(0.5, 0.5), yaw=0.0, brightness=1.0,
        light_direction=(0.0, 0.0), skin_color=(220, 180, 150),
    )  # fmt: skip
    upright, turned = draw(scene, 64), draw(dataclasses.replace(scene, roll=180.0), 64)
    head = np.s_[16:48, 20:44]
    difference = np.abs(upright[head].astype(int) - turned[::-1, ::-1][head]).mean()
    assert difference < 0.3 * np.abs(upright[head].astype(int) - turned[head]).mean()


@pytest.mark.parametrize("location", ["abc", "0", "-3", "1.5", ""])
def test_a_number_that_is_none_is_refused(location):
    with pytest.raises(InputError, match=f"synthetic:{location}: expected a number of pictures, as in"):
        open_source(f"synthetic:{location}", ImportOptions())
