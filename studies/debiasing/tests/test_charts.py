"""What is far from the rest in the study's pictures."""

import pytest
from matplotlib.figure import Figure

from studies.debiasing.judging import charts


@pytest.mark.parametrize(
    ("mean", "text", "side"), [(-9.0, " ◂ -9.0 (-10.0 to -8.0)", 0), (9.0, "9.0 (8.0 to 10.0) ▸ ", 1)]
)
def test_it_is_told_in_numbers_on_its_own_side_however_wide_the_rest_is(mean, text, side):
    """One of the rest has an interval that reaches beyond it."""
    means = [0.0, 0.1, 0.2, 0.3, 0.4]
    rows = [charts._Row.of(1.0, value, [value - 0.2, value + 0.2], "black") for value in means]
    rows[0] = charts._Row.of(1.0, 0.0, [-12.0, 12.0], "black")
    rows.append(charts._Row.of(1.0, mean, [mean - 1, mean + 1], "black"))
    axes = Figure().subplots()
    charts._draw_rows(axes, rows)
    (found,) = axes.texts
    assert found.get_text() == text and found.get_position() == (axes.get_xlim()[side], 5)
    # Five intervals, their seeds and their means.
    assert len(axes.lines) == 15
