"""What is read beside a model, whole, torn, of somebody else, or with other types inside."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.thresholds import fitted_model
from facedebias.errors import InputError
from facedebias.report import card
from facedebias.scoring.beside import run_beside, run_views
from facedebias.scoring.group_rule import PLACE, GroupRule, Mixture
from facedebias.text import visible
from tests.report.formats.parsed_markdown import structure, words
from tests.report.small_audits import make_audit
from tests.scoring.saved_models import save_own

RUN = {
    "config": {"model": "dbvae", "sampler": "latent", "width": 12, "data": "faces.h5", "protected": []},
    "seed": 3,
    "data_sha256": "abc",
    "date": "2026-01-02",
    "command": "python train.py",
    "versions": {"tensorflow": "2.21.0"},
    "git_revision": None,
    "epoch": 7,
    "num_rows": {"train_positives": 1234},
}


def write(folder, record):
    text = record if isinstance(record, bytes) else json.dumps(record).encode()
    (folder / "run.json").write_bytes(text)
    return folder / "export"


def card_of(model):
    audit = make_audit(num_models=1)
    pictures = replace(audit.sample, read=lambda rows: np.zeros((len(rows), 8, 8, 3), np.uint8))
    return card.as_markdown(
        replace(audit, sample=pictures, models=(replace(audit.models[0], path=str(model)),)), 0, "2026-01-03"
    )


def test_a_whole_record_needs_no_note(tmp_path):
    model = write(tmp_path, RUN)
    assert run_beside.notes(model) == []
    assert "dbvae, sampler latent, width 12" in card_of(model) and "protected none" in card_of(model)
    assert run_beside.notes(tmp_path / "elsewhere" / "export") == []


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (b'{"config": {"mod', "is not JSON"),
        (b"\xff\xfe\x00\xd8", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        ([1, 2], "is no record of facedebias train"),
        ({"runs": [], "name": "of another program"}, "is no record of facedebias train"),
        ({"config": None}, "is no record of facedebias train"),
        ({key: value for key, value in RUN.items() if key != "config"}, "lacks config, or"),
        (RUN | {"config": ["model"]}, "lacks config, or"),
        (RUN | {"config": RUN["config"] | {"model": {"a": 1}, "zoom": {}}}, "config.model, config.zoom, or"),
        (RUN | {"config": RUN["config"] | {"target": "=x"}}, "lacks config.target, or"),
        (RUN | {"versions": ["2.21"], "num_rows": {"train": "many"}}, "lacks versions, num_rows, or"),
        (RUN | {"epoch": "7", "seed": True}, "lacks seed, epoch, or"),
    ],
)
def test_other_records_are_told_of_and_the_card_has_what_is_known(tmp_path, record, said):
    model = write(tmp_path, record)
    (note,) = run_beside.notes(model)
    assert note.startswith(f"{tmp_path}/run.json: ") and said in note and note.count(". ") == 0
    assert run_beside.target_of(model) is None
    text = card_of(model)
    assert "## Training data" in text and "{" not in text and "[]" not in text


@pytest.mark.parametrize(
    "name", ["![x](http://e/x)", "`a` | <b>", "\n# b\x1b[1m", "[a]: http://e", "- * 1. x", "\ud800"]
)
def test_what_a_record_says_is_text_in_the_card(tmp_path, name):
    def card_with(text):
        config = {"model": text, "sampler": text, "data": text, "kinds": [text], text: text}
        record = RUN | {"config": config | {"width": 1}, "date": text, "command": text, "git_revision": text}
        return card_of(write(tmp_path, record | {"versions": {text: text}, "num_rows": {text: 3}}))

    hostile, plain = (
        [kind for kind in structure(card_with(text)) if kind[0] != "code_inline"] for text in (name, "x")
    )
    assert hostile == plain
    assert words(card_with(name)).count(visible(name).strip()) > 8


def test_thresholds_beside_a_model_made_elsewhere_are_no_run(tmp_path):
    model = write(tmp_path, {"group_thresholds": {}})
    assert run_beside.notes(model) == [] and "nothing was found beside the model" in card_of(model)


def test_a_torn_record_is_refused_before_thresholds_are_fitted(tmp_path):
    save_own(tmp_path / "run" / "export")
    write(tmp_path / "run", b'{"config":')
    config = AuditConfig(
        models=(str(tmp_path / "run"),), data="missing.h5", target="Male", groups=("Young",), split="val"
    )
    with pytest.raises(InputError, match=r"run.json: is not JSON as facedebias train writes it.*Delete it"):
        fitted_model.make(config, "equalized_odds", "accuracy", tmp_path / "out")


@pytest.fixture
def views(tmp_path):
    """The folder `inside/` of a run, and what its `inside.json` holds."""
    folder = tmp_path / "inside"
    folder.mkdir()
    Image.new("RGB", (4, 4)).save(folder / "raised.png")
    (folder / "sizes.csv").write_text("step,effective_sample_size\n20,100\n40,80.5\n")
    pictures = [{"file": "raised.png", "title": "Raised", "description": "Two faces"}]
    index = {"num_faces": 100, "effective_sample_size": "sizes.csv", "pictures": pictures}
    (folder / "inside.json").write_text(json.dumps(index))
    return folder, index


def test_what_a_run_left_is_read(views, tmp_path):
    found, note = run_views.read(tmp_path / "export")
    assert (found.num_faces, note) == (100, "")
    assert found.sizes == [{"step": 20.0, "size": 100.0}, {"step": 40.0, "size": 80.5}]
    assert found.pictures[0]["description"] == "Two faces"
    assert found.pictures[0]["data"].startswith("data:image/png;base64,")


def test_a_model_without_a_run_has_nothing_inside(tmp_path):
    assert run_views.read(tmp_path / "export") == (None, "")


@pytest.mark.parametrize(
    "change",
    [
        {"num_faces": None},
        {"pictures": 3},
        {"pictures": ["raised.png"]},
        {"pictures": [{"file": "absent.png", "title": "", "description": ""}]},
        {"pictures": [{"file": "../secret.png", "title": "", "description": ""}]},
        {"pictures": [{"file": "sizes.csv", "title": "", "description": ""}]},
        {"effective_sample_size": ["sizes.csv"]},
        {"effective_sample_size": "raised.png"},
    ],
)
def test_damaged_views_are_left_out_with_a_note(views, tmp_path, change):
    folder, index = views
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    (folder / "inside.json").write_text(json.dumps(index | change))
    found, note = run_views.read(tmp_path / "export")
    assert found is None and note == run_beside.notes(tmp_path / "export")[0]
    assert note.startswith(f"{folder}/inside.json: is damaged")


@pytest.mark.parametrize("text", ["[]", '{"num_f', "null", "\x00"])
def test_so_is_an_index_that_is_none(views, tmp_path, text):
    (views[0] / "inside.json").write_text(text)
    assert run_views.read(tmp_path / "export")[0] is None


def test_and_a_torn_table_or_picture(views, tmp_path):
    table = views[0] / "sizes.csv"
    table.write_text("step,effective_sample_size\n20,100\n40")
    assert run_views.read(tmp_path / "export")[0] is None
    table.unlink()
    assert run_views.read(tmp_path / "export")[0].sizes == []
    picture = views[0] / "raised.png"
    picture.write_bytes(picture.read_bytes()[:-40])
    assert run_views.read(tmp_path / "export")[0] is None


ENTRY = {"thresholds": [0.5, "inf"], "weights": [0.25, 0.75], "ignored": 0.0, "constant": 0.0}
RULE = {
    "constraint": "equalized_odds", "tolerance": 0.0, "needs_groups_at_prediction": ["Male"],
    "fitted_on": "faces", "groups": {"Male=yes": ENTRY},
}  # fmt: skip


def load_rule(model, record):
    (model / PLACE).parent.mkdir(parents=True, exist_ok=True)
    (model / PLACE).write_text(json.dumps(record))
    return GroupRule.load(model)


def test_a_whole_rule_is_read(tmp_path):
    assert load_rule(tmp_path, RULE).groups == {"Male=yes": Mixture((0.5, np.inf), (0.25, 0.75))}


@pytest.mark.parametrize(
    "record",
    [
        [],
        None,
        RULE | {"groups": []},
        RULE | {"groups": {}},
        RULE | {"groups": {"Male=yes": [0.5]}},
        RULE | {"groups": {"Male=yes": ENTRY | {"ignored": "half"}}},
        RULE | {"groups": {"Male=yes": ENTRY | {"weights": [1.0]}}},
        RULE | {"groups": {"Male=yes": ENTRY | {"weights": [0.9, 0.9]}}},
        RULE | {"groups": {"Male=yes": ENTRY | {"thresholds": ["nan", 0.5]}}},
        RULE | {"groups": {"Male=yes": ENTRY | {"constant": 2}}},
        RULE | {"needs_groups_at_prediction": "Male"},
        RULE | {"constraint": {"a": 1}},
        RULE | {"tolerance": "some"},
    ],
)
def test_other_rules_are_refused_before_anything_is_scored(tmp_path, record):
    with pytest.raises(InputError, match=r"json: is damaged, or not .*facedebias thresholds") as told:
        load_rule(tmp_path, record)
    assert "Error" not in str(told.value)
