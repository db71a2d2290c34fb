"""JSON that Python reads and nobody should: a name twice, and halves of characters."""

import pytest

from facedebias.reading.json_text import RefusedJsonError, parsed


def test_values_are_those_of_python():
    assert parsed('[{"a": 1.50, "b": [1, {"c": null}]}, "x"]') == [{"a": 1.5, "b": [1, {"c": None}]}, "x"]
    assert parsed('{"a": 1.50, "b": 10000000000000000000001}', numbers_as_text=True) == {
        "a": "1.50",
        "b": "10000000000000000000001",
    }
    assert parsed('{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize("text", ['{"a": 1, "b": 2, "a": 3}', '[{"x": {"a": 1, "a": 1}}]'])
def test_a_name_that_comes_twice(text):
    with pytest.raises(RefusedJsonError, match="^a occurs twice; name each value once$"):
        parsed(text)


@pytest.mark.parametrize("text", ['{"g": "\\ud800"}', '[{"g\\udc00": 1}]', '{"a": {"g": "x\\uD8FF"}}'])
def test_half_of_a_character(text):
    with pytest.raises(RefusedJsonError, match=r"\\ud.* holds half of a character; expected text. Write the"):
        parsed(text)


def test_what_is_no_json():
    with pytest.raises(ValueError, match="Expecting"):
        parsed("{")
    with pytest.raises(RecursionError):
        parsed("[" * 100_000)
