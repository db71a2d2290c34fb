"""The slider and choices of report.html, driven in headless Chromium as a reader would."""

import numpy as np
import pytest

from facedebias.report import tables, verdict
from facedebias.report.shown import shown as shown_as_seen
from tests.report.browsing import cells, choose, move_slider


def masked_rates(audit, model, place):
    """Recall of each group and the false positive rate, from the rows themselves, in %."""
    sample, scores = audit.sample, audit.scores[model].scores
    negatives = np.sort(scores[~sample.labels])
    # At most floor(value n) negatives may pass; those that tie with the next one fail with it.
    allowed = int(np.floor(place.value * len(negatives) + 1e-9))
    selected = scores > negatives[-1 - allowed]
    groups = range(len(audit.groups.names))
    masks = [(audit.groups.codes == group) & sample.labels for group in groups]
    return [100 * selected[mask].mean() for mask in masks], 100 * selected[~sample.labels].mean()


@pytest.mark.parametrize("share", [0.2, 0.7, 1.0])
def test_slider_changes_the_numbers_to_those_of_the_rows(browser, audit, shown, share):
    shown, _ = shown
    number = round(share * (len(shown) - 1))
    move_slider(browser, number)
    choose(browser, "model", 1)
    recalls, rate = masked_rates(audit, 1, shown[number])
    table = cells(browser, "table-groups")
    header = browser.execute_script(
        "return [...document.querySelectorAll('#table-groups thead th')].map(c => c.textContent)"
    )
    column = header.index("Recall (TPR)")
    assert [row[column] for row in table] == [f"{recall:.1f}" for recall in recalls]
    cards = browser.find_element("id", "cards").text
    assert f"False positive rate\n{rate:.1f}%" in cards
    compared = [
        i for i, group in enumerate(audit.models[1].groups) if "true_positive_rate" not in group.small_for
    ]
    kept = [recalls[i] for i in compared]
    assert f"Gap in recall, points\n{max(kept) - min(kept):.1f}" in cards
    assert f"{np.var(kept):.1f}" in cards
    assert browser.find_element("id", "place-label").text == shown[number].label


def test_slider_moves_by_keyboard_and_resets(browser, shown):
    from selenium.webdriver.common.keys import Keys

    _, own = shown
    slider = browser.find_element("id", "place")
    move_slider(browser, own)
    before = browser.find_element("id", "cards").text
    verdict = browser.find_element("id", "verdict").text
    for _ in range(6):
        slider.send_keys(Keys.ARROW_RIGHT)
    assert slider.get_attribute("value") == str(own + 6)
    assert browser.find_element("id", "cards").text != before
    assert browser.find_element("id", "verdict").text != verdict
    browser.find_element("id", "reset").click()
    assert browser.find_element("id", "cards").text == before
    assert browser.find_element("id", "verdict").text == verdict


def test_figures_between_groups_follow(browser, shown):
    shown, own = shown
    choose(browser, "model", 0)
    for number in (own, len(shown) - 1):
        move_slider(browser, number)
        figure = shown[number].divisions[0][0].differences["equal_opportunity_difference"]
        row = next(r for r in cells(browser, "table-between") if r[0] == "Equal opportunity: difference")
        low, high = figure.interval
        above = ">" if 0 < 100 * low < 0.05 else ""
        assert row[1:3] == [f"{100 * figure.value:.1f}", f"{above}{100 * low:.1f} to {100 * high:.1f}"]


def test_divisions_by_one_attribute_are_shown(browser):
    choose(browser, "division", 2)
    assert [row[0] for row in cells(browser, "table-groups")] == ["female (few positives)", "male"]
    choose(browser, "division", 0)
    assert len(cells(browser, "table-groups")) == 4


def test_errors_are_those_of_the_threshold(browser, audit, shown):
    shown, own = shown
    choose(browser, "model", 0)
    for number in (own, 0):
        move_slider(browser, number)
        threshold = shown[number].thresholds[0][0]
        labels, scores = audit.sample.labels, audit.scores[0].scores
        expected = []
        for group in [*range(4), -1]:
            for is_positive in (True, False):
                rows = np.flatnonzero((audit.groups.codes == group) & (labels == is_positive))
                worst = rows[np.argsort(scores[rows] if is_positive else -scores[rows], kind="stable")]
                most = 12 if group == -1 else 6
                wrong = [r for r in worst[:most] if (scores[r] < threshold) == is_positive]
                expected += [f"row {r} of faces.h5" for r in wrong]
        found = browser.execute_script(
            "return [...document.querySelectorAll('#errors img')].map(i => i.title)"
        )
        assert found == expected
        assert found, "no errors, so the test shows nothing"


def test_the_low_point_stands_still_beside_the_audits_own(browser, audit):
    move_slider(browser, 0)
    text = browser.find_element("id", "low").text
    assert text.startswith("At 0.667% false positives\n")
    for sentence in verdict.low_sentences(shown_as_seen(audit)):
        assert sentence in text
    rows = browser.execute_script(
        "return [...document.querySelectorAll('#low tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    assert rows == tables.beside_low(audit)


def test_the_widest_gap_is_named_for_each_division(browser, audit, shown):
    shown, _ = shown
    for number in (0, 1):
        choose(browser, "division", number)
        gaps = [place.divisions[0][number].differences["equal_opportunity_difference"] for place in shown]
        widest = int(np.argmax([gap.value for gap in gaps]))
        first, second = (node.text for node in browser.find_elements("css selector", "#widest p"))
        rate = f"a false positive rate of {100 * shown[widest].value:.3g}%"
        assert first.startswith(f"The gap of cnn is widest at {rate}")
        assert f"{100 * gaps[widest].value:.1f} points" in first
        assert second.startswith("The gap of dbvae is widest at a false positive rate of ")
    choose(browser, "division", 0)
