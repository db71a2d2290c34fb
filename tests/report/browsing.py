"""What a reader does on the page, as scripts in a browser."""


def wait_for_charts(driver):
    from selenium.webdriver.support.ui import WebDriverWait

    script = "return [...document.querySelectorAll('.chart')].every(c => c.querySelector('svg'))"
    WebDriverWait(driver, 20).until(lambda d: d.execute_script(script))


def move_slider(driver, place):
    """As a hand would: the value changes and the page is told."""
    driver.execute_script(
        "const s = document.getElementById('place'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input', {bubbles: true}))",
        place,
    )


def cells(driver, table):
    """Texts of a table's body, row by row, without the intervals in small print."""
    return driver.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].map(r => "
        "[...r.cells].map(c => c.childNodes[0]?.textContent ?? ''))",
        table,
    )


def choose(driver, control, value):
    driver.execute_script(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input', {bubbles: true}))",
        control,
        str(value),
    )
