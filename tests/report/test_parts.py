"""What goes into the page: curves, pictures of errors, what a run left behind."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.report import places
from facedebias.report.plots import curves, thumbnails
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import PROBABILITY
from tests.report.audits import make_audit, make_sample, make_scores


def own_negatives():
    """Two groups with positives and negatives of their own."""
    codes = np.array([0] * 6 + [1] * 4)
    labels = np.array([1, 1, 0, 0, 1, 0, 1, 0, 1, 0], bool)
    scores = np.array([0.9, 0.4, 0.6, 0.1, 0.8, 0.2, 0.95, 0.05, 0.85, 0.15])
    sample = Sample(labels, {"g": Attribute(codes, ("a", "b"))}, np.zeros(10, bool), "d", "d", str)
    return sample, ModelScores("m", "m.csv", PROBABILITY, scores, scores)


def test_roc_points_by_hand():
    sample, scores = own_negatives()
    rows = curves.compute(scores, sample, divide(sample, ("g",)), 0.01).roc
    points = [(row["fpr"], row["tpr"]) for row in rows if row["group"] == "a"]
    # Group a: positives .9 .8 .4, negatives .6 .2 .1. Above .8 two of three positives, no
    # negative; .6 lets one of three negatives in; .4 the last positive; then the rest.
    assert points == [(0.01, 0.6667), (0.3333, 0.6667), (0.3333, 1.0), (1.0, 1.0)]


def test_reliability_by_hand():
    sample, scores = own_negatives()
    rows = curves.compute(scores, sample, divide(sample, ("g",)), 0.01).reliability
    found = [(row["predicted"], row["observed"], row["n"]) for row in rows if row["group"] == "b"]
    assert found == [(0.05, 0.0, 1), (0.15, 0.0, 1), (0.85, 1.0, 1), (0.95, 1.0, 1)]


def test_ridges_are_named_and_shared_rows_come_last():
    sample = make_sample()
    groups = divide(sample, ("skin", "sex"))
    found = curves.compute(make_scores(sample), sample, groups, 0.01)
    assert found.ridge_names == [*groups.names, "in no group"]
    assert found.ridge_group == [0, 1, 2, 3, None]
    assert {row["kind"] for row in found.ridges if row["base"] == 0} == {"negatives"}
    assert {row["kind"] for row in found.ridges if row["base"] == 4} == {"positives"}


def test_scores_all_alike_have_a_chart():
    sample, _ = own_negatives()
    scores = np.full(10, 0.5)
    alike = ModelScores("m", "m.csv", PROBABILITY, scores, scores)
    found = curves.compute(alike, sample, divide(sample, ("g",)), 0.01)
    assert found.span == (0.0, 1.0)
    assert np.isfinite([row["top"] for row in found.ridges]).all()


def test_pictures_are_held_once_and_are_those_of_the_rows():
    audit = make_audit()
    album, shelves = thumbnails.collect(audit)
    rows = {row for model in shelves for shelf in model for row, _ in shelf["rows"]}
    assert rows == set(album.data) == set(album.captions)
    row = next(iter(rows))
    picture = Image.open(io.BytesIO(base64.b64decode(album.data[row].split(",")[1])))
    assert picture.size == (16, 16)
    assert abs(int(np.asarray(picture).mean()) - int(row) % 256) <= 2  # JPEG
    first = shelves[0][0]
    assert first["positive"]
    assert [score for _, score in first["rows"]] == sorted(score for _, score in first["rows"])


def test_predictions_without_pictures_have_no_album():
    sample = make_sample(with_pictures=False)
    audit = make_audit(sample=sample)
    assert thumbnails.collect(audit) == (thumbnails.Album(), [[], []])


def test_large_pictures_are_made_small():
    data = thumbnails.embed(Image.new("RGB", (400, 200)))
    assert Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).size == (96, 48)


def test_the_slider_has_the_low_point_with_its_figures():
    audit = make_audit()
    shown, _ = places.compute(audit, False)
    (place,) = [place for place in shown if place.value == audit.low.rate]
    for index, model in enumerate(audit.low.models):
        assert place.overall[index] == model.overall
        assert tuple(place.thresholds[index]) == model.thresholds
        division = place.divisions[index][0]
        assert division.groups == model.groups
        for name, figure in model.main.differences.items():
            assert division.differences[name] == figure


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # 150 negatives, of which 7 may pass at 5%.
        ({"fpr": 0.05}, "a false positive rate of 5% (7 negatives may pass)"),
        ({"fpr": 0.1}, "a false positive rate of 10%"),
        ({"tpr": 0.9}, "a false positive rate of {} (true positive rate 0.9)"),
        ({"thresholds": (0.5,)}, "a false positive rate of {} (score 0.5)"),
    ],
)
def test_a_place_is_named_by_its_false_positive_rate(settings, expected):
    sample = make_sample()
    config = AuditConfig(models=("cnn",), data="d", num_draws=200, **settings)
    audit = make_audit(config, sample, [make_scores(sample, "cnn", 1.0)])
    shown, own = places.compute(audit, False)
    reached = shown[own].overall[0]["false_positive_rate"].value
    assert shown[own].where(audit, 0) == expected.format(f"{100 * reached:.3g}%")


@pytest.mark.parametrize("settings", [{"fpr": 0.05}, {"tpr": 0.9}, {"thresholds": (0.5,)}])
def test_the_audits_own_place_has_its_figures(settings):
    sample = make_sample()
    models = [make_scores(sample, "cnn", 1.0)]
    config = AuditConfig(models=("cnn",), data="d", num_draws=200, **settings)
    audit = make_audit(config, sample, models)
    shown, own = places.compute(audit, False)
    assert [place.value for place in shown] == sorted({place.value for place in shown})
    division, expected = shown[own].divisions[0][0], audit.models[0].main
    for name in places.SHOWN:
        figure = expected.differences[name]
        if name != "equal_opportunity_difference":  # the page names pairs of groups by recall alone
            figure = replace(figure, pairs=())
        assert division.differences[name] == figure
    assert division.worst["true_positive_rate"] == expected.worst["true_positive_rate"]
