"""docs/examples/browser: a page that runs an exported model in the browser answers as the model here does."""

import functools
import http.server
import json
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.exporting.tiny_runs import SHAPE, exported, pictures

PAGE = Path(__file__).parents[2] / "docs" / "examples" / "browser"
RUNTIME = PAGE / "node_modules"
NUM_PICTURES = 3


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder with the page alone, and the address that it is served at."""
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copy(PAGE / "index.html", folder)
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def runtime():
    if not RUNTIME.is_dir():
        pytest.skip("ONNX Runtime for browsers is not installed: npm ci --prefix docs/examples/browser")
    return RUNTIME


@pytest.fixture(scope="module")
def driver(open_browser):
    return open_browser()


def status(driver):
    return driver.execute_script("return document.getElementById('status').textContent")


def wait_for(driver, text):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 20).until(lambda _: text in status(driver), f"the page says {status(driver)!r}")


def give(driver, paths):
    driver.find_element("id", "files").send_keys("\n".join(map(str, paths)))
    wait_for(driver, f"{len(paths)} picture")
    wait_for(driver, "asked about")


def answers(driver):
    """Texts of the list, and probabilities, None where there is none."""
    return driver.execute_script(
        "return [...document.querySelectorAll('#answers li')].map(li => "
        "[li.innerText, li.dataset.probability === undefined ? null : Number(li.dataset.probability)])"
    )


def drawn(folder, images):
    paths = [folder / f"picture {number}.png" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    return paths


def test_it_answers_as_the_model_here_and_asks_nobody_else(classifier_run, runtime, served, driver, tmp_path):
    run, model = classifier_run
    folder, address = served
    (folder / "node_modules").symlink_to(runtime)
    shutil.copy(exported(run, "onnx", tmp_path / "out").path, folder)
    images = pictures(NUM_PICTURES, seed=1)
    driver.get_log("performance")
    driver.get(address)
    wait_for(driver, f"pictures of {SHAPE[1]} x {SHAPE[0]} pixels")
    give(driver, drawn(tmp_path, images))
    found = np.array([probability for _, probability in answers(driver)])
    expected = 1 / (1 + np.exp(-model.answer(images).numpy().astype(float)))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected) > 0.01

    # A wide picture is asked about as its middle square, and the threshold decides.
    side = SHAPE[0]
    wide = np.concatenate([np.full_like(images[0], 255), images[0], np.zeros_like(images[0])], axis=1)
    assert wide.shape == (side, 3 * side, 3)
    give(driver, drawn(tmp_path, [wide]))
    ((text, probability),) = answers(driver)
    assert probability == pytest.approx(expected[0], abs=1e-4)
    for threshold, verdict in ((probability - 1e-3, "face"), (probability + 1e-3, "no face")):
        driver.execute_script(
            "const t = document.getElementById('threshold'); t.value = arguments[0];"
            "t.dispatchEvent(new Event('input'))", threshold,
        )  # fmt: skip
        assert driver.find_element("css selector", "#answers strong").text == verdict
    assert "picture 0.png" in text

    messages = [json.loads(line["message"])["message"] for line in driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_what_is_no_picture_is_said_and_the_rest_answered(classifier_run, runtime, served, driver, tmp_path):
    folder, address = served
    (folder / "node_modules").symlink_to(runtime)
    shutil.copy(exported(classifier_run[0], "onnx", tmp_path / "out").path, folder)
    (tmp_path / "notes.png").write_text("no picture")
    driver.get(address)
    wait_for(driver, "is loaded")
    give(driver, [tmp_path / "notes.png", *drawn(tmp_path, pictures(1))])
    (first, nothing), (_, probability) = answers(driver)
    assert "notes.png" in first and "Not a picture" in first and nothing is None
    assert 0 <= probability <= 1


def test_without_runtime_or_model_it_says_how_to_get_them(served, driver):
    folder, address = served
    driver.get(address)
    wait_for(driver, "npm ci")
    dist = folder / "node_modules" / "onnxruntime-web" / "dist"
    dist.mkdir(parents=True)
    (dist / "ort.wasm.min.mjs").write_text("export const env = {wasm: {}};")
    driver.get(address)
    wait_for(driver, "facedebias export RUN --to onnx")
    assert not driver.find_element("id", "files").is_enabled()


def test_the_page_stays_short():
    assert len((PAGE / "index.html").read_text().splitlines()) < 200
