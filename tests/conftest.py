"""Fixtures that several tests share."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from facedebias.data.face_writer import FaceFileWriter

# The same cases in every run, however busy the machine is.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

# They begin first, so that none is left alone on a core when the rest has ended.
LONGEST = (
    "tests/cli/test_compare.py",
    "tests/data/test_real_pictures.py",
    "tests/training/distributed/",
    "tests/training/test_trainer.py",
    "tests/training/test_resume.py",
    "tests/cli/test_end_to_end.py",
    "tests/api/test_audit_numbers.py",
    "tests/chaos/kills/",
    "tests/test_tutorial.py",
    "tests/docs/",
)

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


def pytest_collection_modifyitems(items):
    """Has the longest modules begin; the rest stays as it is."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures named by FACEDEBIAS_DATA; without it the test is skipped."""
    folder = os.environ.get("FACEDEBIAS_DATA")
    if not folder:
        pytest.skip("FACEDEBIAS_DATA does not name a folder with celeba/, fairface/, imagenet/, ...")
    return Path(folder)


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


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory) -> Path:
    """A face file of 40 rows of 64x64: 24 ovals as faces, of group "light" or "dark", 16 boxes."""
    rng = np.random.default_rng(0)
    groups = np.array([0, 0, 0, 1] * 6)  # three light faces to a dark one
    faces = np.stack([_drawn(rng, (205, 160, 130), "ellipse") for _ in groups])
    faces[groups == 1] //= 3
    nonfaces = np.stack(
        [_drawn(rng, tuple(rng.integers(0, 256, 3).tolist()), "rectangle") for _ in range(16)]
    )
    path = tmp_path_factory.mktemp("tiny") / "tiny.h5"
    values = {"group": ("light", "dark")}
    with FaceFileWriter(path, 40, 64, values, ["drawn"]) as writer:
        for label, images, codes in ((1, faces, groups), (0, nonfaces, np.full(16, -1))):
            size = len(images)
            writer.append(
                images,
                np.full(size, label),
                {"group": codes},
                0,
                [f"{label}/{i}.png" for i in range(size)],
                np.full(size, -1),
                np.full(size, -1),
            )
    return path


def _drawn(rng: np.random.Generator, color: tuple[int, ...], shape: str) -> np.ndarray:
    """One shape, a little off the centre, on a background of noise."""
    image = Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8))
    left, top = rng.integers(4, 16, 2).tolist()
    getattr(ImageDraw.Draw(image), shape)((left, top, left + 40, top + 44), fill=color)
    return np.asarray(image)
