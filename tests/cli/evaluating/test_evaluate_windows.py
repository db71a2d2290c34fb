"""Whole portraits through evaluate.py, on a model that only measures brightness."""

import json

import numpy as np
import pytest
import tensorflow as tf

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.inputs.window_facts import WindowFacts
from facedebias.auditing.settings import AuditConfig
from facedebias.detection.geometry import WindowOptions
from facedebias.errors import InputError
from facedebias.report import verdict, writer
from facedebias.scoring.foreign import ForeignModels
from tests.cli.evaluating.face_audits import ROOT, run_main
from tests.portraits import write_backgrounds, write_portraits
from tests.scoring.saved_models import level, save, save_own

# Twenty backgrounds, so that at 10% two may fire: those of 200 and 190.
LEVELS = [10, 30, 50, 190, 200] + [60] * 15
OPTIONS = WindowOptions((0.3, 0.5), 0.2)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("windows")
    return {
        "model": save_own(root / "model"),
        "data": str(write_portraits(root / "ppb")),
        "nonfaces": str(write_backgrounds(root / "backgrounds", LEVELS)),
    }


def audit(places, **fields):
    fields = {"fpr": 0.1, "num_draws": 100, "windows": OPTIONS, **fields}
    return evaluate(AuditConfig((places["model"],), places["data"], nonfaces=places["nonfaces"], **fields))


def test_a_portrait_is_found_if_any_window_fires(places):
    found = audit(places)
    result = found.models[0]
    # The third highest background has the level 60: the logit -4 must not pass, everything above may.
    assert result.threshold_score == pytest.approx(-4, abs=1e-4)
    assert result.overall["false_positive_rate"].value == 0.1
    assert found.groups.attributes == ("gender", "bi.fitz")
    assert found.groups.names == ("Female darker", "Female lighter", "Male darker", "Male lighter")
    assert [group.num_rows for group in result.groups] == [3, 3, 3, 3]
    assert result.overall["true_positive_rate"].value == 1.0
    # At 5% one may fire, so 190 must not: of the faces only those of the level 120 fail with it.
    strict = audit(places, fpr=0.05).models[0]
    recalls = {group.name: group.metrics["true_positive_rate"].value for group in strict.groups}
    assert recalls == {"Female darker": 1, "Female lighter": 1, "Male darker": 0, "Male lighter": 1}


def test_the_score_of_a_picture_is_its_highest_window(places):
    found = audit(places)
    scores = found.scores[0].scores
    # A window of 0.3 of the shorter side fits into the ovals, all of one level.
    expected = [(face - 100) / 10 for face in [250, 240, 230, 120] * 3] + [(x - 100) / 10 for x in LEVELS]
    np.testing.assert_allclose(scores, expected, atol=0.25)


@pytest.mark.parametrize("fpr", [0.05, 0.1, 0.3, 0.5])
def test_no_more_backgrounds_fire_than_allowed(places, fpr):
    found = audit(places, fpr=fpr)
    fires = found.scores[0].scores[~found.sample.labels] >= found.models[0].threshold_score
    assert fires.mean() <= fpr
    assert fires.sum() == np.sum(np.array(LEVELS) > sorted(LEVELS)[-1 - int(fpr * 20)])


def test_backgrounds_have_as_many_windows_as_portraits(places):
    found = audit(places)
    assert found.sample.windows.positives == found.sample.windows.negatives
    assert found.sample.windows.positives[0] > 10
    # 90x90 covers 80x100 and 100x120 enlarged 1.11 and 1.33 times.
    assert found.sample.windows.enlarged == pytest.approx((100 / 90 + 120 / 90) / 2)


def test_batch_size_changes_nothing(places):
    first, second = audit(places, batch_size=7), audit(places, batch_size=500)
    np.testing.assert_allclose(first.scores[0].scores, second.scores[0].scores, rtol=1e-5)


def test_other_groups(places):
    found = audit(places, groups=("fitzpatrick", "country"))
    assert found.groups.attributes == ("fitzpatrick skin type category", "country")
    assert "fitzpatrick skin type category=1 Iceland" in found.groups.names
    with pytest.raises(InputError, match="no column 'race'; its attributes are gender"):
        audit(places, groups=("race",))


def test_models_of_others_need_a_square_size(places, tmp_path):
    anything = save(tmp_path / "any", lambda x: {"p": level(x) / 255}, (None, None, 3))
    with pytest.raises(InputError, match="takes pictures of any size; say how large .* --input_size"):
        audit({**places, "model": anything})
    found = audit({**places, "model": anything}, foreign=ForeignModels(input_size=(8, 8)))
    assert found.models[0].kind == "probability"
    assert found.models[0].overall["true_positive_rate"].value == 1.0
    oblong = save(tmp_path / "oblong", lambda x: {"p": level(x) / 255}, (8, 6, 3))
    with pytest.raises(InputError, match="takes pictures of 8x6, but windows are square"):
        audit({**places, "model": oblong})


def test_a_column_is_picked_in_every_window(places, tmp_path):
    one = save(tmp_path / "one", lambda x: {"p": level(x) - 100})
    two = save(tmp_path / "two", lambda x: {"p": tf.stack([0 * level(x) + 100, level(x)], 1)})
    found = audit({**places, "model": two}, foreign=ForeignModels(positive_output=1))
    assert found.models[0].kind == "logit"
    np.testing.assert_array_equal(found.scores[0].scores, audit({**places, "model": one}).scores[0].scores)


def test_a_model_of_an_attribute_is_not_searched_with(places, tmp_path):
    model = save_own(tmp_path / "run" / "export")
    (tmp_path / "run" / "run.json").write_text(json.dumps({"config": {"target": "Male"}}))
    with pytest.raises(InputError, match=r"export: was trained to tell Male .*without --target"):
        audit({**places, "model": model})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"split": "test"}, "--windows: searches whole portraits of --data; leave --split out"),
        ({"windows": WindowOptions((2.0,))}, "--sizes=2: expected shares"),
        ({"windows": WindowOptions((0.1,))}, "p0.png: 100x120 pixels, .*largest window has 10; expected"),
        ({"fpr": 0.01}, "20 non-faces are too few for --fpr=0.01.*give more with --nonfaces"),
        ({"per_group": True}, "--per_group: the negatives of .* belong to no group"),
    ],
)
def test_what_does_not_fit_is_refused(places, fields, message):
    with pytest.raises(InputError, match=message):
        audit(places, **fields)


def test_without_backgrounds_a_threshold_must_be_given(places):
    with pytest.raises(InputError, match="no non-faces, which setting a threshold .* --nonfaces"):
        audit({**places, "nonfaces": None})
    fixed = audit({**places, "nonfaces": None}, fpr=None, thresholds=(0.9,))
    # log 9 = 2.2, so the level must be 122: the faces of 120 miss it.
    assert fixed.models[0].overall["true_positive_rate"].value == 0.75
    assert fixed.sample.windows.negatives is None


def test_the_report_says_what_was_searched(places, tmp_path):
    found = audit(places)
    writer.write(found, tmp_path / "report")
    document = json.loads((tmp_path / "report" / "results.json").read_text())
    windows = document["windows"]
    assert (windows["sizes"], windows["stride"]) == ([0.3, 0.5], 0.2)
    assert set(windows["per_portrait"]) == {"min", "median", "max"}
    described = (ROOT / "docs" / "results-json.md").read_text()
    assert all(f"`{name}`" in described for name in windows)
    summary = (
        "whole portraits, by windows of 0.3, 0.5 of the shorter side in steps of at most 0.2 of a window"
    )
    for name in ("report.html", "report.md"):
        text = (tmp_path / "report" / name).read_text()
        assert summary in text
        assert "on 20 non-faces, each by its highest window" in text
    notes = " ".join(verdict.notes(found))
    assert "counts as found if any window fires" in notes
    assert "enlarged, 1.2 times at the median" in notes
    assert "data:image/jpeg;base64," in (tmp_path / "report" / "report.html").read_text()


def test_backgrounds_as_large_as_portraits_are_not_called_soft():
    facts = WindowFacts((0.5,), 0.2, (1, 2, 3), (1, 2, 3), enlarged=0.8)
    assert not any("soft" in sentence for sentence in facts.sentences())


def test_from_flags_to_table(places):
    done = run_main(
        "--windows", "--model", places["model"], "--data", places["data"], "--nonfaces", places["nonfaces"],
        "--sizes", "0.5,0.3", "--stride", 0.1, "--fpr", 0.1, "--num_draws", 100, "--min_group", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Female darker" in done.stdout
    assert "Rows are whole pictures" in done.stdout
    done = run_main("--model", places["model"], "--data", places["data"], "--stride", 0.1)
    assert done.stderr == "error: --stride: belongs to --windows; give it too, or leave this out.\n"


def test_portraits_and_backgrounds_may_be_left_out(places, tmp_path):
    whole = audit(places)
    rows = [3, 12 + LEVELS.index(200)]  # a portrait of the level 120 and the highest background
    listed = tmp_path / "rows.csv"
    listed.write_text("\n".join(["path", *(whole.sample.locate(row) for row in rows)]))
    found = audit(places, exclude=str(listed))
    np.testing.assert_array_equal(found.scores[0].scores, np.delete(whole.scores[0].scores, rows))
    assert (found.sample.excluded.num_positives, found.sample.excluded.num_negatives) == (1, 1)
    assert found.sample.excluded.groups == {"Male darker": (1, 3)}
    assert [group.num_rows for group in found.models[0].groups] == [3, 3, 2, 3]
