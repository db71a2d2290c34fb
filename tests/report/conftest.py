"""An audit to report on, and its page in a browser."""

import pytest

from facedebias.auditing.thresholds import operating_points
from facedebias.report import page, places
from tests.report.audits import make_audit
from tests.report.browsing import wait_for_charts


@pytest.fixture(scope="session")
def audit():
    return make_audit()


@pytest.fixture
def few_places(monkeypatch):
    """Files are written in a moment; tests/report/test_page_controls.py has the whole slider."""
    monkeypatch.setattr(operating_points, "NUM_PLACES", 3)


@pytest.fixture(scope="module")
def html_file(audit, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page.render(audit, "2026-01-01", ["How to read."]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def driver(open_browser):
    return open_browser()


@pytest.fixture
def browser(driver, html_file):
    """The page as it opens, whatever an earlier test did to it."""
    driver.get_log("browser"), driver.get_log("performance")
    driver.get(html_file.as_uri())
    wait_for_charts(driver)
    return driver


@pytest.fixture(scope="module")
def shown(audit):
    return places.compute(audit, False)
