import pytest

from facedebias.auditing.conditions import MAX_GAP, MIN_WORST, parse
from facedebias.auditing.findings import Division, ModelResult, Worst
from facedebias.auditing.gate import judge
from facedebias.auditing.statistics.between import Between

GAP = Between(0.04, interval=(0.01, 0.09), p_value=0.2, highest="a", lowest="b")
RECALL, FALSE_POSITIVES = Worst("b", 0.9, (0.85, 0.93)), Worst("a", 0.08, (0.05, 0.12))


def model(differences=None, worst=None, name="cnn"):
    worst = worst or {}
    compared = {"true_positive_rate": ("a", "b")}
    division = Division(("race",), (), {}, worst, differences or {}, compared, {})
    return ModelResult(name, "runs/cnn", "logit", (0.0,), 100, 50, {}, division)


def verdict(flag, text, result, confident=False):
    (found,) = judge([parse(flag, text)], [result], confident)
    assert found.model == "cnn"
    return found.passed, found.sentence


@pytest.mark.parametrize(
    ("limit", "confident", "passed", "ending"),
    [
        ("0.05", False, True, "; meets at most 0.05."),
        ("0.04", False, True, "; meets at most 0.04."),  # the limit itself is allowed
        ("0.03", False, False, "; fails at most 0.03."),
        ("0.05", True, False, "; its end 0.09 fails at most 0.05."),  # the gap could well be .09
        ("0.1", True, True, "; its end 0.09 meets at most 0.1."),
    ],
)
def test_gaps(limit, confident, passed, ending):
    result = model({"equal_opportunity_difference": GAP})
    sentence = f"cnn: Equal opportunity: difference is 0.04, 95% interval 0.01 to 0.09{ending}"
    assert verdict(MAX_GAP, f"equal_opportunity={limit}", result, confident) == (passed, sentence)


@pytest.mark.parametrize(
    ("limit", "confident", "passed", "ending"),
    [
        ("0.9", False, True, "; meets at least 0.9."),
        ("0.95", False, False, "; fails at least 0.95."),
        ("0.9", True, False, "; its end 0.85 fails at least 0.9."),  # recall could well be .85
        ("0.85", True, True, "; its end 0.85 meets at least 0.85."),
    ],
)
def test_worst_groups(limit, confident, passed, ending):
    result = model(worst={"true_positive_rate": RECALL})
    sentence = f"cnn: worst group's Recall (TPR) (b) is 0.9, 95% interval 0.85 to 0.93{ending}"
    assert verdict(MIN_WORST, f"recall={limit}", result, confident) == (passed, sentence)


@pytest.mark.parametrize(
    ("limit", "confident", "passed", "ending"),
    [
        ("0.1", False, True, "; meets at most 0.1."),
        ("0.05", False, False, "; fails at most 0.05."),
        ("0.1", True, False, "; its end 0.12 fails at most 0.1."),  # errors could well be .12
        ("0.12", True, True, "; its end 0.12 meets at most 0.12."),
    ],
)
def test_worst_groups_of_errors_must_not_have_more(limit, confident, passed, ending):
    result = model(worst={"false_positive_rate": FALSE_POSITIVES})
    sentence = f"cnn: worst group's False positive rate (a) is 0.08, 95% interval 0.05 to 0.12{ending}"
    assert verdict(MIN_WORST, f"fpr={limit}", result, confident) == (passed, sentence)


@pytest.mark.parametrize("differences", [{}, {"equalized_odds_difference": Between(None, left_out=("a",))}])
def test_what_cannot_be_computed_fails(differences):
    passed, sentence = verdict(MAX_GAP, "equalized_odds=1", model(differences))
    assert not passed
    assert sentence.endswith(
        "cannot be computed here, so --max_gap equalized_odds_difference=1 cannot be met."
    )
    passed, sentence = verdict(MIN_WORST, "ppv=0", model())
    assert not passed
    condition = "--min_worst positive_predictive_value=0"
    assert sentence == f"cnn: Precision (PPV) cannot be computed here, so {condition} cannot be met."


def test_what_has_no_interval_fails_only_if_one_is_asked_for():
    result = model(worst={"auc": Worst("a", 0.97, None)})
    assert verdict(MIN_WORST, "auc=0.9", result) == (
        True,
        "cnn: worst group's AUC (a) is 0.97; meets at least 0.9.",
    )
    passed, sentence = verdict(MIN_WORST, "auc=0.9", result, confident=True)
    assert not passed
    assert sentence == "cnn: AUC has no interval here, so --min_worst auc=0.9 cannot be met."


def test_every_model_is_held_to_every_condition():
    conditions = [parse(MAX_GAP, "equal_opportunity=0.05"), parse(MIN_WORST, "recall=0.95")]
    figures = {"equal_opportunity_difference": GAP}, {"true_positive_rate": RECALL}
    found = judge(conditions, [model(*figures, name="cnn"), model(*figures, name="dbvae")], False)
    assert [(v.model, v.condition.flag, v.passed) for v in found] == [
        ("cnn", MAX_GAP, True),
        ("cnn", MIN_WORST, False),
        ("dbvae", MAX_GAP, True),
        ("dbvae", MIN_WORST, False),
    ]
    assert judge([], [model()], False) == ()
