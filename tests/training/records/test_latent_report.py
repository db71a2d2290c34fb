import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from facedebias.data.face_file import FaceDataset
from facedebias.data.splitting import split_rows
from facedebias.training.hooks import RunContext
from facedebias.training.records.latent_report import LatentReport, raised, traversals
from facedebias.training.records.metrics_table import MetricsTable

LATENT_DIM = 10
# Spreads in no order; latent 6 does not vary at all.
SCALES = np.array([0.5, 3.0, 0.2, 4.0, 1.0, 2.0, 0.0, 5.0, 0.3, 1.5])
# Those that vary least are the largest.
OFFSETS = 5.0 - SCALES


class KnownModel:
    """Latent j is SCALES[j] * (mean of a square) + OFFSETS[j]; decoding paints a column for each."""

    latent_dim = LATENT_DIM

    def encode(self, images):
        images = np.asarray(images) / 255.0
        means = [images[:, 6 * j : 6 * j + 6, :6].mean(axis=(1, 2, 3)) for j in range(LATENT_DIM)]
        z_mean = SCALES * np.stack(means, axis=1) + OFFSETS
        return z_mean.astype(np.float32), np.zeros_like(z_mean)

    def decode(self, latents):
        """Columns 6j to 6j + 5 have the grey 0.05 z_j + 0.25."""
        grey = np.repeat(0.05 * np.asarray(latents) + 0.25, 6, axis=1)
        return np.broadcast_to(grey[:, None, :, None], (len(grey), 64, grey.shape[1], 3))


@pytest.fixture(scope="module")
def data(tiny_file):
    dataset = FaceDataset(tiny_file)
    return dataset, split_rows(dataset, 0.25, 0)


def inside(folder, data, step=0, probabilities=None):
    """The hook of a run that is at a step, and draws its faces by these probabilities."""
    dataset, rows = data
    faces = rows.train_positives
    even = np.full(len(faces), 1.0 / len(faces))
    trainer = SimpleNamespace(
        model=KnownModel(),
        step=step,
        sampled_rows=faces,
        probabilities=lambda: even if probabilities is None else probabilities,
    )
    task = SimpleNamespace(validation_faces=rows.validation_positives)
    hook = LatentReport()
    hook.on_start(RunContext(trainer, dataset, task, folder))
    return hook


def written(folder):
    return json.loads((folder / "inside.json").read_text())


def tile(path, row, column, height=128, width=128):
    """One picture of a sheet: under a title of 18 pixels, right of a margin of 6."""
    top, left = row * (height + 18) + 18, 6 + column * width
    with Image.open(path) as sheet:
        return np.asarray(sheet)[top : top + height, left : left + width]


class TestTraversals:
    def test_rows_are_the_latents_that_vary_most_around_the_mean_face(self, data, tmp_path):
        dataset, rows = data
        inside(tmp_path, data).on_end()
        z_mean = KnownModel().encode(dataset.read(rows.validation_positives))[0].astype(np.float64)
        mean = z_mean.sum(axis=0) / len(z_mean)
        spread = np.sqrt(((z_mean - mean) ** 2).sum(axis=0) / len(z_mean))
        widest = sorted(range(LATENT_DIM), key=lambda j: -spread[j])[:8]
        for row, j in enumerate(widest):
            for column in range(7):
                z = mean.copy()
                z[j] += (column - 3) * spread[j]
                picture = tile(tmp_path / "inside" / "traversals.png", row, column, width=120)
                # Column 6k + 2 of the picture, twice as wide on the sheet; 1 for rounding.
                greys = picture[64, 4::12, 0].astype(float)
                np.testing.assert_allclose(greys, 255 * (0.05 * z + 0.25), atol=1)

    def test_titles_and_description_name_them_with_their_spreads(self):
        # Standard deviations 1, 0, 3 and 2: the values are their means plus and minus that.
        latents = np.array([[-1.0, 5.0, 0.0, 2.0], [1.0, 5.0, 6.0, -2.0]])
        sheet = traversals(KnownModel(), latents)
        assert list(sheet.rows) == [
            "latent 2: -3 to +3 standard deviations of 3",
            "latent 3: -3 to +3 standard deviations of 2",
            "latent 0: -3 to +3 standard deviations of 1",
        ]
        assert "3 of 4 latents" in sheet.description
        assert "over 2 validation faces" in sheet.description
        assert sheet.description.endswith("2 (3), 3 (2), 0 (1).")

    def test_a_single_face_shows_nothing(self):
        assert not traversals(KnownModel(), np.ones((1, LATENT_DIM))).rows


class TestRaised:
    def test_the_most_raised_faces_are_those_of_highest_probability(self, data, tmp_path):
        dataset, rows = data
        weights = np.random.default_rng(1).permutation(len(rows.train_positives)) + 1.0
        inside(tmp_path, data, probabilities=weights / weights.sum()).on_end()
        by_weight = sorted(zip(weights, rows.train_positives, strict=True))
        for row, chosen in enumerate((by_weight[::-1], by_weight)):
            for column in range(8):
                face = dataset.read([chosen[column][1]])[0]
                expected = face.repeat(2, axis=0).repeat(2, axis=1)
                np.testing.assert_array_equal(tile(tmp_path / "inside" / "raised.png", row, column), expected)

    def test_the_description_says_how_often(self, data):
        # Eight faces with p = 7/16, 3/16 and six times 1/16: 3.5, 1.5 and 0.5 times the even 1/8.
        sheet = raised(data[0], np.arange(8), np.array([1, 1, 7, 1, 1, 3, 1, 1]) / 16)
        assert "Two rows of 8 of the 8 training faces" in sheet.description
        assert "Above, drawn most: 3.50 to 0.50 times as often as evenly." in sheet.description
        assert "Below, drawn least: 0.50 to 3.50 times as often as evenly." in sheet.description


class TestFolder:
    @pytest.mark.parametrize("is_uniform", [False, True])
    def test_exactly_the_pictures_written_are_listed(self, data, tmp_path, is_uniform):
        dataset, rows = data
        num_faces = len(rows.train_positives)
        weights = np.ones(num_faces) if is_uniform else np.arange(1.0, 1 + num_faces)
        inside(tmp_path, data, probabilities=weights / weights.sum()).on_end()
        content = written(tmp_path / "inside")
        assert content["num_faces"] == num_faces == 18
        assert content["effective_sample_size"] == "effective_sample_size.csv"
        listed = [picture["file"] for picture in content["pictures"]]
        assert listed == (["traversals.png"] if is_uniform else ["raised.png", "traversals.png"])
        assert sorted(path.name for path in (tmp_path / "inside").glob("*.png")) == listed
        assert all(picture["title"] and picture["description"] for picture in content["pictures"])

    def test_an_epoch_done_again_is_in_the_table_once(self, data, tmp_path):
        first = inside(tmp_path, data)
        for step in (3, 4, 7):
            first.on_steps(step, {"effective_sample_size": 18 / step})
        second = inside(tmp_path, data, step=4)
        for step in (7, 8):
            second.on_steps(step, {"effective_sample_size": 18 / step})
        expected = "step,effective_sample_size\n3,6.0\n4,4.5\n7,2.5714285714285716\n8,2.25\n"
        assert (tmp_path / "inside" / "effective_sample_size.csv").read_text() == expected


class TestTable:
    @pytest.mark.parametrize("torn", ["", "1,12\n2,2", "1,12\n2", "1,1"])
    def test_a_row_half_written_is_cut_off(self, tmp_path, torn):
        # Cut short, step 12 or 20 would pass for the 1 or 2 of a row before step 11.
        path = tmp_path / "table.csv"
        path.write_text("epoch,step\n0,11\n" + torn)
        MetricsTable(path, 11).write({"epoch": 1, "step": 12})
        assert path.read_text() == "epoch,step\n0,11\n1,12\n"

    def test_a_header_half_written_is_written_again(self, tmp_path):
        path = tmp_path / "table.csv"
        path.write_text("epoch,st")
        MetricsTable(path, 11).write({"epoch": 1, "step": 12})
        assert path.read_text() == "epoch,step\n1,12\n"
