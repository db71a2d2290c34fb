"""report.html as it opens in headless Chromium: silent, alone, safe and readable."""

import json
import re

import numpy as np
import pytest

from facedebias.report import page, suspects_list
from tests.report.audits import HOSTILE, make_audit, make_sample, make_scores
from tests.report.browsing import cells, wait_for_charts


def test_loads_without_a_word_in_the_console(browser):
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []
    assert browser.execute_script("return document.documentElement.dataset.ready") == "true"


def test_no_request_leaves_the_file(browser, html_file):
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert asked, "the log is empty, so it shows nothing"
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert [url for url in asked if url.startswith("file:")] == [html_file.as_uri()]


def test_nothing_in_the_file_points_elsewhere(html_file):
    text = html_file.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    text = re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", text, flags=re.DOTALL)
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?!data:)[^\"'> ]", text)


def test_suspects_are_shown_with_their_pictures(browser, audit):
    found = suspects_list.listed(audit)
    for shelf, is_positive in enumerate((False, True)):
        own = [suspect for suspect in found if suspect.is_positive == is_positive][:24]
        assert own, "no suspects, so the test shows nothing"
        seen = browser.execute_script(
            "return [...document.querySelectorAll('#suspects .shelf')[arguments[0]].querySelectorAll('img')]"
            ".map(i => [i.title, i.naturalWidth > 0, i.alt])",
            shelf,
        )
        assert seen == [[s.where, True, f"{s.where}, {s.why}"] for s in own]
    text = browser.find_element("id", "suspects").text
    assert suspects_list.summary(audit) in text
    assert "--exclude=suspects.csv" in text


def test_suspects_without_pictures_are_a_table(open_browser, tmp_path):
    audit = make_audit(sample=make_sample(with_pictures=False))
    path = tmp_path / "report.html"
    path.write_text(page.render(audit, "2026-01-01", []), encoding="utf-8")
    driver = open_browser()
    driver.get(path.as_uri())
    wait_for_charts(driver)
    assert driver.execute_script("return document.images.length") == 0
    rows = driver.execute_script(
        "return [...document.querySelectorAll('#suspects tbody tr')].map(r => r.innerText)"
    )
    assert f"row {suspects_list.listed(audit)[0].row} of faces.h5" in " ".join(rows)
    assert driver.execute_script("return document.querySelectorAll('#suspects details[open]').length") == 2


def test_a_hostile_name_stays_text(browser):
    names = [row[0] for row in cells(browser, "table-groups")]
    assert any(HOSTILE in name for name in names)
    assert browser.execute_script("return document.querySelectorAll('#main script').length") == 0
    options = browser.execute_script(
        "return [...document.querySelectorAll('#highlight option')].map(o => o.text)"
    )
    assert any(HOSTILE in option for option in options)
    assert browser.execute_script(
        "return [...document.querySelectorAll('#chart-groups svg text')].some(t => "
        "t.textContent.includes('script'))"
    )


def test_a_hostile_model_name_stays_text(open_browser, tmp_path):
    sample = make_sample(120, 40)
    name = "</script><img src=x onerror=alert(2)>"
    audit = make_audit(sample=sample, models=[make_scores(sample, name)], groups=())
    path = tmp_path / "report.html"
    path.write_text(page.render(audit, "2026-01-01", []), encoding="utf-8")
    driver = open_browser()
    driver.get(path.as_uri())
    wait_for_charts(driver)
    assert name in driver.find_element("tag name", "h1").text
    assert driver.execute_script("return document.querySelectorAll('img[src=x]').length") == 0
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_and_dark(open_browser, html_file, dark):
    driver = open_browser(360, dark)
    driver.get(html_file.as_uri())
    wait_for_charts(driver)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 360
    ink, paper = driver.execute_script(
        "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"
    )
    assert contrast(ink, paper) > 7
    assert (luminance(paper) < 0.1) is dark
    label = driver.execute_script("return getComputedStyle(document.querySelector('.chart svg text')).fill")
    assert contrast(label, paper) > 7


def luminance(colour):
    """Relative luminance of "rgb(r, g, b)" (WCAG 2.2)."""
    parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_reads_without_eyes_and_without_a_mouse(browser):
    labels = browser.execute_script(
        "return [...document.querySelectorAll('.chart')].map(c => [c.getAttribute('role'), "
        "c.getAttribute('aria-label')])"
    )
    assert [label for role, label in labels if role != "img" or len(label or "") < 10] == []
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('select, input')].filter(c => !c.labels.length).length"
    )
    assert unnamed == 0
    without_alt = browser.execute_script("return [...document.images].filter(i => !i.alt).length")
    assert without_alt == 0
    captions = browser.execute_script("return [...document.querySelectorAll('table')].map(t => !!t.caption)")
    assert all(captions)
    assert browser.execute_script("return document.querySelectorAll('h1').length") == 1
    without_table = browser.execute_script(
        "return [...document.querySelectorAll('.chart')].filter("
        "c => !c.closest('figure').querySelector('table tbody tr')).map(c => c.id)"
    )
    assert without_table == []


def test_colours_stand_out_in_both_modes():
    from facedebias.report.plots.vega import COLOURS

    for colour in COLOURS:
        rgb = "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))
        assert contrast(rgb, "rgb(255, 255, 255)") >= 3
        assert contrast(rgb, "rgb(20, 23, 26)") >= 3
