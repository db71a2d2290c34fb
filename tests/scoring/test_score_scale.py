import numpy as np
import pytest

from facedebias.errors import InputError
from facedebias.scoring.model_scores import as_scores
from facedebias.scoring.score_scale import RANKED, as_compared, check_threshold


def scores(values, kind=None, dtype=float):
    return as_scores("m", "p.csv", np.array(values, dtype), kind, lambda row: f"line {row + 2}")


def test_rounding_around_0_and_1_is_clipped_and_said():
    found = scores([0.25, 1.0000001, -1e-7, 1.0])
    assert found.scores.tolist() == [0.25, 1, 0, 1]
    assert (found.kind, found.is_declared) == ("probability", False)
    assert found.note == "scores of m: 2 scores were outside 0 to 1 by rounding (at most 1e-07) and clipped."
    assert scores([0, 1.000001], "probability").scores.tolist() == [0, 1]
    # The sum of a softmax in float32, and its next number above 1.
    found = scores([0.5, np.nextafter(np.float32(1), np.float32(2))], dtype=np.float32)
    assert (found.scores.tolist(), found.scores.dtype) == ([0.5, 1], np.float32)
    assert "1 score was outside" in found.note


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([*np.linspace(0, 1, 99), 1.001], r"1 of 100 scores lies outside 0 to 1.*first 1.001, line 101"),
        ([*np.linspace(0, 1, 98), 1.5, -1.5], r"2 of 100 scores lie outside.*first 1.5, line 100"),
        (np.linspace(0.1, 99.9, 50), r"run from 0.1 to 99.9; are they percent\?.*--output_kind"),
        ([1, 2, 10, 7], r"run from 1 to 10, which does not show"),
        (np.linspace(300, 850, 50), r"run from 300 to 850, which does not show.*percent.*logit.*score"),
        ([-1, 1, 1, -1], r"run from -1 to 1, which does not show"),
        (np.linspace(-0.9, 0.95, 50), r"run from -0.9 to 0.95"),
        (np.linspace(-9, -0.1, 50), r"run from -9 to -0.1"),
        ([*np.linspace(0, 100, 50), -999, -999], r"run from -999 to 100"),
        ([-5000, 4000, 3, -2], r"run from -5000 to 4000"),
    ],
)
def test_scores_that_are_not_plain_are_asked_about(values, message):
    with pytest.raises(InputError, match=message):
        scores(values)
    assert scores(values, "score").scores.tolist() == list(values)
    assert scores(values, "logit").kind == "logit"


def test_logits_and_decisions_are_plain():
    values = np.random.default_rng(0).normal(0, 3, 500)
    assert scores(values).kind == "logit"
    assert scores(values).probabilities == pytest.approx(1 / (1 + np.exp(-values)))
    assert scores([0, 1, 1]).kind == "probability"


def test_percentages_become_probabilities():
    found = scores([0, 12.5, 100.00000001], "percent")
    assert (found.kind, found.is_declared) == ("probability", True)
    assert found.scores.tolist() == [0, 0.125, 1]
    assert found.note.startswith(
        "scores of m: percentages were divided by 100, and 1 score was outside 0 to 1"
    )
    with pytest.raises(InputError, match=r"gives 101 for line 3; a percentage lies from 0 to 100"):
        scores([5, 101], "percent")


def test_thresholds_are_in_the_units_of_the_scores():
    check_threshold(50, "percent")
    assert (as_compared(50, "percent"), as_compared(0.5, None)) == (0.5, 0.5)
    check_threshold(-3, "score")
    for value, kind, message in (
        (0.5, "percent", r"--threshold=0.5: is in percent.*Give 50,"),
        (101, "percent", r"--threshold=101: expected a percentage from 0 to 100"),
        (50, None, r"--threshold=50: expected a probability.*--output_kind=percent"),
        (-3, "logit", r"--threshold=-3: expected a probability"),
        (float("inf"), "score", r"--threshold=inf: expected a finite score"),
    ):
        with pytest.raises(InputError, match=message):
            check_threshold(value, kind)


def test_at_a_rate_models_may_give_any_numbers():
    # Where only their order counts, numbers of no plain kind mislead nobody; plain ones stay what they are.
    found = scores([-0.5, 0.25, 1.04], RANKED)
    assert (found.kind, found.is_declared, found.probabilities) == ("score", False, None)
    assert "only their order was used" in found.note
    assert scores([0.1, 0.9], RANKED).kind == "probability"
    assert scores([-3.0, 4.0], RANKED).kind == "logit"
    with pytest.raises(InputError, match="--output_kind"):
        scores([-0.5, 0.25, 1.04])
