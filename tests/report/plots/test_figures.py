"""The figure of recall by group."""

import pytest
from matplotlib.image import imread

from facedebias.report.plots import figures
from tests.report.small_audits import make_audit

pytestmark = pytest.mark.usefixtures("few_places")


@pytest.mark.parametrize(("num_models", "num_groups"), [(1, 1), (3, 14), (9, 2)])
def test_figure_of_any_size(tmp_path, num_models, num_groups):
    sizes = tuple(range(100, 100 + num_groups))
    audit = make_audit(num_models, sizes, (tuple(range(90, 90 + num_groups)),))
    figures.save(figures.recall_figure(audit), tmp_path / "recall.png")
    assert imread(tmp_path / "recall.png").shape[1] == 9 * 150


def test_figure_says_where_its_axis_starts_and_shows_the_worst_on_top():
    figure = figures.recall_figure(make_audit())
    (axes,) = figure.axes
    assert "axis starts at 60%" in axes.get_xlabel()  # the lowest interval ends at 60.9
    assert [label.get_text() for label in axes.get_yticklabels()] == ["group 1  (n=25)", "group 0  (n=40)"]
    assert axes.get_ylim() == (1.5, -0.5)
