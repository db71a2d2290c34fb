"""An audit to report on, and a browser to look at its page."""

import shutil

import pytest

from facedebias.auditing.thresholds import operating_points
from facedebias.report import page, places
from tests.report.audits import make_audit
from tests.report.browsing import wait_for_charts

BROWSER_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def audit():
    return make_audit()


@pytest.fixture(scope="session")
def open_browser():
    """Opens headless Chromium at a width; Debian's packages chromium and chromium-driver."""
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    opened = []

    def start(width=1280, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (*BROWSER_FLAGS, f"--window-size={width},900"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(chromedriver))
        opened.append(driver)
        # A window is never narrower than 500 pixels; a device is.
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        if dark:
            media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        return driver

    yield start
    for driver in opened:
        driver.quit()


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
