"""What is far from the rest in the study's pictures."""

import pytest
from matplotlib.figure import Figure

from benchmarks import study_pictures
from benchmarks.study_figures import DARK


@pytest.mark.parametrize(
    ("mean", "text", "side"), [(-9.0, " ◂ -9.0 (-10.0 to -8.0)", 0), (9.0, "9.0 (8.0 to 10.0) ▸ ", 1)]
)
def test_it_is_told_in_numbers_on_its_own_side_however_wide_the_rest_is(mean, text, side):
    """One of the rest has an interval that reaches beyond it."""
    means = [0.0, 0.1, 0.2, 0.3, 0.4]
    rows = [study_pictures._Row.of(1.0, value, [value - 0.2, value + 0.2], "black") for value in means]
    rows[0] = study_pictures._Row.of(1.0, 0.0, [-12.0, 12.0], "black")
    rows.append(study_pictures._Row.of(1.0, mean, [mean - 1, mean + 1], "black", is_filled=False))
    axes = Figure().subplots()
    study_pictures._draw_rows(axes, rows)
    (found,) = axes.texts
    assert found.get_text() == text and found.get_position() == (axes.get_xlim()[side], 5)
    # Five intervals, their seeds and their means.
    assert len(axes.lines) == 15


def test_all_of_every_training_set_is_within_its_panel():
    """Photographs share a scale, whichever of them reaches further; drawn faces have their own."""

    def entry(data, mean):
        return {"data": data, "tests": {"a": {DARK: {"mean": mean, "interval": [mean - 0.02, mean + 0.02]}}}}

    means = {"celeba-dark-0.01": 0.9, "fairface-dark-0.01": 0.99, "synthetic": 0.3}
    kinds = ("cnn", "cnn-loss", "dbvae-uniform", "dbvae-latent")
    poorer = {f"{kind}-{data}": entry(data, mean) for data, mean in means.items() for kind in kinds}
    figure = Figure()
    study_pictures._poorer(figure, {"poorer": poorer})
    limits = [panel.get_ylim() for panel in figure.axes]
    assert limits[0] == limits[1] and limits[0][0] < 88 and limits[0][1] > 101
    assert limits[2][0] < 28 and limits[2][1] < 40
