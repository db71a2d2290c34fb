"""What TensorFlow Serving needs: the signature, and JSON in both forms as docs/export.md shows them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.exporting.tiny_runs import SHAPE, exported, pictures

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
RECORDED = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
OUTPUTS = {"logits", "probabilities"}


@pytest.fixture(scope="module")
def saved_model(dbvae_run, tmp_path_factory):
    return exported(dbvae_run[0], "savedmodel", tmp_path_factory.mktemp("serving") / "out").path


def test_the_signature_is_as_the_page_shows_it(saved_model, capsys, monkeypatch):
    from tensorflow.python.tools import saved_model_cli

    saved_model_cli._show_inputs_outputs(str(saved_model), "serve", "serving_default")
    shown = capsys.readouterr().out
    documented = re.search(r"```text\n(.*?)\n```", PAGE, re.DOTALL)[1].replace("64, 64", "32, 32")
    # The names of tensors are TensorFlow's own.
    lines = [line.rstrip() for line in shown.splitlines() if "name:" not in line or "Method" in line]
    assert [line for line in lines if line] == documented.splitlines()


def served(saved_model, request):
    """Answers a request as the REST API of TensorFlow Serving does.

    https://www.tensorflow.org/tfx/serving/api_rest: with "instances", rows are values of the one input, or
    objects by its name, and answers are objects if there are several outputs. With "inputs", columns are one
    array, or arrays by name, and so are answers.
    """
    function = tf.saved_model.load(str(saved_model)).signatures[
        request.get("signature_name", "serving_default")
    ]
    ((name, spec),) = function.structured_input_signature[1].items()
    is_by_rows = "instances" in request
    given = request["instances"] if is_by_rows else request["inputs"]
    if is_by_rows:
        values = [row[name] if isinstance(row, dict) else row for row in given]
    else:
        values = given[name] if isinstance(given, dict) else given
    answers = function(**{name: tf.constant(np.array(values), spec.dtype)})
    columns = {output: value.numpy().tolist() for output, value in answers.items()}
    if not is_by_rows:
        return {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {"predictions": rows if len(columns) > 1 else [next(iter(row.values())) for row in rows]}


def kinds(value):
    """The shape of an answer: numbers become their kind."""
    if isinstance(value, dict):
        return {name: kinds(part) for name, part in value.items()}
    return [kinds(part) for part in value] if isinstance(value, list) else type(value)


def test_the_page_records_requests_and_answers_of_two_forms():
    by_rows, rows, by_columns, columns = RECORDED
    assert set(by_rows) == {"signature_name", "instances"} and set(by_columns) == {"inputs"}
    assert by_columns["inputs"]["images"] == by_rows["instances"]
    for output in OUTPUTS:
        assert [row[output] for row in rows["predictions"]] == columns["outputs"][output]
    # Its numbers agree: a probability is the sigmoid of its logit.
    logits, probabilities = (np.array(columns["outputs"][name]) for name in ("logits", "probabilities"))
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-logits)), atol=5e-4)


@pytest.mark.parametrize("form", ["values", "objects", "columns", "named columns"])
def test_an_export_answers_requests_of_every_form(saved_model, dbvae_run, form):
    images = pictures(2, seed=5)
    values = images.tolist()
    request = {
        "values": {"signature_name": "serving_default", "instances": values},
        "objects": {"instances": [{"images": picture} for picture in values]},
        "columns": {"inputs": values},
        "named columns": {"inputs": {"images": values}},
    }[form]
    answer = json.loads(json.dumps(served(saved_model, json.loads(json.dumps(request)))))
    recorded = RECORDED[1] if "instances" in request else RECORDED[3]
    assert kinds(answer) == kinds(recorded)
    logits = (
        [row["logits"] for row in answer["predictions"]]
        if "instances" in request
        else answer["outputs"]["logits"]
    )
    np.testing.assert_allclose(logits, dbvae_run[1].answer(images).numpy(), atol=1e-5)
    assert np.array(values).shape[1:] == SHAPE
