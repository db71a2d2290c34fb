"""Skin tones, and the training sets that lack some."""

import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from studies.debiasing import datasets, skin_tone


class TestSkinTone:
    def test_known_colours(self):
        # (198, 134, 66) has X, Y, Z = 0.345, 0.294, 0.084 of white: L* = 61.2, b* = 45.6, atan(11.2 / 45.6).
        pictures = np.empty((2, 64, 64, 3), np.uint8)
        pictures[0], pictures[1] = (198, 134, 66), (60, 40, 30)
        angles = skin_tone.ita(pictures)
        assert angles[0] == pytest.approx(13.8, abs=0.1)
        assert angles[1] < -60
        assert [skin_tone.CLASSES[code] for code in skin_tone.classes(angles)] == ["tan", "dark"]

    def test_only_the_middle_of_the_face_counts(self):
        pictures = np.zeros((1, 64, 64, 3), np.uint8)
        pictures[:, 25:39, 17:47] = (198, 134, 66)
        assert skin_tone.ita(pictures)[0] == pytest.approx(13.8, abs=0.1)

    def test_ends_of_the_classes(self):
        angles = np.array([60.0, 55.0, 54.9, 28.0, 27.9, 10.0, 9.9, -30.0, -30.1])
        names = [skin_tone.CLASSES[code] for code in skin_tone.classes(angles)]
        assert names == [
            "very light", "very light", "light", "intermediate", "tan", "tan", "brown", "brown", "dark"
        ]  # fmt: skip


class TestPoorerSets:
    @pytest.fixture
    def original(self, tmp_path):
        """100 training faces, 40 of them dark, 10 to validate with, 10 to test, 20 non-faces."""
        path = tmp_path / "celeba.h5"
        codes = np.array([5] * 20 + [4] * 20 + [1] * 60 + [5] * 5 + [0] * 5 + [5] * 10)
        splits = np.array([0] * 100 + [1] * 10 + [2] * 10)
        with FaceFileWriter(path, 140, 64, {"skin_tone": skin_tone.CLASSES}, ["drawn"]) as writer:
            for label, codes_, splits_ in ((1, codes, splits), (0, np.full(20, -1), np.zeros(20))):
                size = len(codes_)
                names, unknown = [f"{label}/{i}.png" for i in range(size)], np.full(size, -1)
                writer.append(
                    np.zeros((size, 64, 64, 3), np.uint8),
                    np.full(size, label),
                    {"skin_tone": codes_},
                    0,
                    names,
                    splits_,
                    unknown,
                )
        return path

    def test_so_many_of_the_training_faces_are_dark_and_nothing_else_changes(self, original, tmp_path):
        data = datasets.StudyData(tmp_path, tmp_path)
        poorer = FaceDataset(data.train("celeba-dark-0.1"))
        whole = FaceDataset(original)
        used = (poorer.labels[:, 0] == 1) & (poorer.split == 0)
        is_dark = poorer.attribute("skin_tone").codes[used] >= 4
        # 60 light faces to train with: 7 dark ones are 10.4%, the nearest to 10%.
        assert (is_dark.sum(), (~is_dark).sum()) == (7, 60)
        changed = poorer.split != whole.split
        assert set(poorer.split[changed]) == {2} and changed.sum() == 40 - 7
        assert np.all(whole.split[changed] == 0)
        assert np.all(whole.attribute("skin_tone").codes[changed] >= 4)

    def test_other_seeds_leave_out_others(self, original, tmp_path):
        data = datasets.StudyData(tmp_path, tmp_path)
        splits = [FaceDataset(data.train("celeba-dark-0.1", seed)).split for seed in (0, 1)]
        assert not np.array_equal(*splits)
        assert data.train("celeba", 0) == data.train("celeba", 1)

    def test_as_few_as_a_run_on_fairface_has(self, original, tmp_path, monkeypatch):
        # 20 faces, of which a tenth are held out.
        codes = np.zeros(20)
        with FaceFileWriter(tmp_path / "fairface.h5", 40, 64, {"race": ("Black",)}, ["drawn"]) as writer:
            for label, race in ((1, codes), (0, codes - 1)):
                names = [f"{label}/{i}.png" for i in range(20)]
                pictures, unknown = np.zeros((20, 64, 64, 3), np.uint8), np.full(20, -1)
                writer.append(pictures, np.full(20, label), {"race": race}, 0, names, codes, unknown)
        data = datasets.StudyData(tmp_path, tmp_path)
        few = FaceDataset(data.train("celeba-few", 3))
        assert np.sum((few.labels[:, 0] == 1) & (few.split == 0)) == 18

    def test_a_file_is_made_once(self, original, tmp_path):
        data = datasets.StudyData(tmp_path, tmp_path)
        path = data.train("celeba-dark-0.1")
        before = path.stat().st_mtime_ns
        assert data.train("celeba-dark-0.1").stat().st_mtime_ns == before
        with h5py.File(path) as file:
            assert "skin_tone" in file["attributes"]
