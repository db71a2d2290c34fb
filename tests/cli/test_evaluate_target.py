"""evaluate.py --target: classifiers of an attribute, on models that only measure brightness."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from facedebias.report import card, summary, verdict
from facedebias.report.plots import figures
from facedebias.scoring.threshold_rule import FIXED, Rule
from tests.cli.test_evaluate import run_main
from tests.scoring.saved_models import SIZE, pictures, save_own

VALUES = {"Attractive": ("no", "yes"), "Male": ("no", "yes"), "age": ("young", "old", "older", "oldest")}
NUM_FACES, NUM_NONFACES = 240, 20


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_own(tmp_path_factory.mktemp("model") / "brightness")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """240 faces, the attractive ones brighter, men less so; of some an attribute is unknown."""
    rng = np.random.default_rng(0)
    attractive, male = rng.integers(-1, 2, NUM_FACES), rng.integers(-1, 2, NUM_FACES)
    levels = rng.normal(90 + 25 * (attractive == 1) - 8 * (male == 1), 15).clip(0, 255).round()
    faces = {"Attractive": attractive, "Male": male, "age": rng.integers(0, 4, NUM_FACES)}
    split = np.repeat([0, 2], NUM_FACES // 2)
    path = tmp_path_factory.mktemp("data") / "faces.h5"
    size = NUM_FACES + NUM_NONFACES
    with FaceFileWriter(path, size, SIZE, VALUES, ["drawn"]) as writer:
        for label, grey, codes, parts in (
            (1, levels, faces, split),
            (0, np.full(NUM_NONFACES, 250), {}, np.full(NUM_NONFACES, 2)),
        ):
            names = [f"{label}/{i}.png" for i in range(len(grey))]
            labels, identity = np.full(len(grey), label), np.full(len(grey), -1)
            writer.append(pictures(grey), labels, codes, 0, names, parts, identity)
    return str(path)


def audit(model, data, **fields):
    fields = {"target": "Attractive", "num_draws": 100} | fields
    return evaluate(AuditConfig(models=(model,), data=str(data), **fields))


def test_what_was_trained_for_something_else_is_not_audited(model, data, tmp_path):
    shutil.copytree(model, tmp_path / "run" / "export")
    run = str(tmp_path / "run")
    audit(run, data)  # nobody says what it was trained for
    record = tmp_path / "run" / "run.json"
    for somebody_elses in ("[]", '{"config": null}', "no json", '{"config": {"seed": 1}}'):
        record.write_text(somebody_elses)
        audit(run, data)
    record.write_text(json.dumps({"config": {"target": ""}}))
    with pytest.raises(InputError, match=r"trained to tell faces against non-faces .*Leave --target out"):
        audit(run, data)
    for learned, is_fine in (("Attractive", True), ("Attractive=yes", True), ("Male", False)):
        record.write_text(json.dumps({"config": {"target": learned}}))
        if is_fine:
            audit(run, data)
            continue
        with pytest.raises(InputError, match=r"export: was trained to tell Male .*Give --target Male"):
            audit(run, data)
        with pytest.raises(InputError, match=r"is asked for faces against non-faces. Give --target Male"):
            audit(run, data, target="")


@pytest.fixture(scope="module")
def rows(data):
    """Everything by its mask: level, and codes of the attributes, of the file's rows."""
    dataset = FaceDataset(data)
    levels = dataset.read(np.arange(len(dataset)))[:, 0, 0, 0].astype(float)
    columns = {name: dataset.attribute(name).codes for name in VALUES}
    return {"level": levels, "face": dataset.labels[:, 0] == 1, "test": dataset.split == 2, **columns}


def masked(selected, positive, where):
    """Figures of the rows in a mask."""
    negatives, positives = where & ~positive, where & positive
    return {
        "true_positive_rate": selected[positives].mean(),
        "false_positive_rate": selected[negatives].mean(),
        "positive_predictive_value": positive[where & selected].mean(),
        "selection_rate": selected[where].mean(),
        "accuracy": (selected == positive)[where].mean(),
    }


@pytest.mark.parametrize("split", [None, "test"])
def test_figures_are_those_of_masks(model, data, rows, split):
    found = audit(model, data, groups=("Male",), split=split, min_group=1).models[0]
    # Not detection's 1% of false positives: the probability 0.5 is the logit 0 and the level 100.
    selected, positive = rows["level"] >= 100, rows["Attractive"] == 1
    counted = rows["face"] & (rows["Attractive"] >= 0) & (rows["Male"] >= 0)
    if split:
        counted &= rows["test"]
    assert (found.num_rows, found.num_negatives) == (counted.sum(), (counted & ~positive).sum())
    expected = [masked(selected, positive, counted & (rows["Male"] == code)) for code in (0, 1)]
    assert [group.name for group in found.groups] == ["Male=no", "Male=yes"]
    for group, figures_of in zip(found.groups, expected, strict=True):
        for name, value in figures_of.items():
            assert group.metrics[name].value == pytest.approx(value), name
    for name, value in masked(selected, positive, counted).items():
        assert found.overall[name].value == pytest.approx(value), name
    gaps = {name: abs(expected[0][name] - expected[1][name]) for name in expected[0]}
    between = found.main.differences
    assert between["equal_opportunity_difference"].value == pytest.approx(gaps["true_positive_rate"])
    assert between["false_positive_rate_difference"].value == pytest.approx(gaps["false_positive_rate"])
    assert between["demographic_parity_difference"].value == pytest.approx(gaps["selection_rate"])
    odds = max(gaps["true_positive_rate"], gaps["false_positive_rate"])
    assert between["equalized_odds_difference"].value == pytest.approx(odds)
    assert gaps["true_positive_rate"] > 0 and gaps["false_positive_rate"] > 0, "shows nothing"


def test_all_rows_have_groups(model, data, rows):
    known = rows["face"] & (rows["Attractive"] >= 0)
    for groups in ((), ("Male",), ("Male", "age")):
        found = audit(model, data, groups=groups)
        assert not found.sample.is_shared.any()
        assert len(found.sample.labels) == known.sum()
        assert found.rule == Rule(FIXED, (0.5,))
    assert len(found.models[0].groups) == 8
    positives = rows["face"] & (rows["Attractive"] == 1)
    assert found.sample.labels.sum() == positives.sum()
    # A row is named by its number in the file.
    first = int(np.flatnonzero(positives)[0])
    assert found.sample.locate(0) == f"row {first} (1/{first}.png) of {data}"


def test_each_group_has_its_own_threshold(model, data, rows):
    found = audit(model, data, groups=("Male",), fpr=0.2, per_group=True, min_group=1)
    for code, threshold in enumerate(found.models[0].thresholds):
        negatives = rows["face"] & (rows["Attractive"] == 0) & (rows["Male"] == code)
        levels = np.sort(rows["level"][negatives])
        # floor(n / 5) may pass: the level of the best refused is that many places from the end.
        refused = levels[-1 - len(levels) // 5]
        assert threshold == pytest.approx((refused - 100) / 10, abs=1e-5)
    size = (rows["face"] & (rows["Attractive"] == 0) & (rows["Male"] >= 0)).sum()
    expected = f"for each group of each model, false positive rate at most 0.2 on {size} negatives"
    assert found.threshold_rule == expected


def test_the_other_value_turns_the_labels_round(model, data):
    attractive, other = audit(model, data), audit(model, data, target="Attractive=no")
    assert other.models[0].num_negatives == attractive.sample.labels.sum()
    old = audit(model, data, target="age=old").sample
    assert len(old.labels) == NUM_FACES
    assert old.target.negatives == "age=young or older or oldest"


def test_a_folder_of_classes(tmp_path, model):
    for folder, levels in {"smiling": [200, 90, 130], "not": [80, 120]}.items():
        (tmp_path / folder).mkdir()
        for i, grey in enumerate(levels):
            Image.new("RGB", (SIZE, SIZE), (grey,) * 3).save(tmp_path / folder / f"{i}.png")
    found = audit(model, tmp_path, target="group=smiling")
    assert found.groups.names == ("all",)  # the folders are the labels
    # Of 200, 90 and 130 two reach 100, of 80 and 120 one.
    assert found.models[0].overall["true_positive_rate"].value == pytest.approx(2 / 3)
    assert found.models[0].overall["false_positive_rate"].value == 0.5


def test_wrong_targets(model, data):
    with pytest.raises(InputError, match="no attribute 'Smiling'; the file has Attractive, Male, age"):
        audit(model, data, target="Smiling")
    with pytest.raises(InputError, match="--target=age: the values of 'age' .* --target age=young"):
        audit(model, data, target="age")
    with pytest.raises(InputError, match="no faces of split 'val'. Choose other pictures or another --split"):
        audit(model, data, split="val")
    # About a third of the 240 faces are negative; a hundred would do.
    with pytest.raises(InputError, match=r"faces.h5: \d\d negatives are too few for --fpr=0.01; .* add rows"):
        audit(model, data, fpr=0.01)


def test_one_kind_of_face_is_no_audit(tmp_path, model):
    path = tmp_path / "yes.h5"
    with FaceFileWriter(path, 2, SIZE, {"Male": ("no", "yes")}, ["drawn"]) as writer:
        codes, unknown = {"Male": np.array([1, 1])}, np.full(2, -1)
        writer.append(pictures([90, 110]), np.ones(2), codes, 0, ["a", "b"], unknown, unknown)
    with pytest.raises(
        InputError, match="no faces with Male=no; --target=Male needs positives and negatives"
    ):
        audit(model, path, target="Male")


def test_words_are_about_the_target(model, data):
    found = audit(model, data, groups=("Male",), min_group=20)
    note = verdict.notes(found)[0]
    assert note.startswith(
        "Positives are faces with Attractive=yes, negatives faces with Attractive=no; left out: "
    )
    assert note.endswith(" faces of unknown Attractive and 20 pictures without a face.")
    assert " of the positives in Male=" in verdict.sentences(found)[0]
    assert summary.as_markdown(found).startswith("## Audit of Attractive=yes by Male\n")
    (axes,) = figures.recall_figure(found).axes
    assert "% of the group's positives found" in axes.get_xlabel()
    text = card.as_markdown(found, 0, "2026-01-01")
    assert "whether a face is labelled Attractive=yes rather than Attractive=no" in text
    assert "what those who labelled the pictures saw in them" in text
    assert "nor their gender" not in text


def test_from_flags_to_report(tmp_path, model, data):
    output = tmp_path / "report"
    done = run_main(
        "--model", model, "--data", data, "--target", "Attractive", "--groups", "Male", "--split", "test",
        "--num_draws", 100, "--output", output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Fixed, probability at least 0.5." in done.stdout
    said = "ositives are faces with Attractive=yes, negatives faces with Attractive=no"
    assert f"- P{said}" in done.stdout
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "<title>Audit of brightness for Attractive=yes by Male</title>" in page
    assert f"<dd>p{said}</dd>" in page
    for name in ("report.md", "summary.md", "model_card_brightness.md"):
        assert said in (output / name).read_text(encoding="utf-8")
    results = json.loads((output / "results.json").read_text())
    unknown = results["target"].pop("num_unknown")
    assert results["target"] == {"attribute": "Attractive", "positive": "yes", "negative": ["no"]}
    assert f"{unknown} faces of unknown Attractive" in results["notes"][0]
    # No word of the other task, but in what was left out and in the names of fields.
    for name in ("report.md", "summary.md"):
        text = (output / name).read_text(encoding="utf-8")
        assert "non-face" not in text


def test_faces_may_be_left_out(tmp_path, model, data, rows):
    whole = audit(model, data, groups=("Male",))
    man = np.flatnonzero(rows["face"] & (rows["Attractive"] == 1) & (rows["Male"] == 1))[0]
    listed = tmp_path / "rows.csv"
    listed.write_text(f"row,label\n{man},positive\n")
    found = audit(model, data, groups=("Male",), exclude=str(listed))
    assert found.models[0].num_rows == whole.models[0].num_rows - 1
    assert found.sample.excluded.groups == {"Male=yes": (1, whole.models[0].groups[1].num_rows)}
    nonface = np.flatnonzero(~rows["face"])[0]
    listed.write_text(f"row\n{nonface}\n")
    with pytest.raises(InputError, match="1 of its 1 rows are not among those audited"):
        audit(model, data, groups=("Male",), exclude=str(listed))


def test_a_target_does_not_go_with_predictions(tmp_path):
    done = run_main("--predictions", tmp_path / "a.csv", "--target", "Attractive")
    assert done.returncode == 1
    assert done.stderr == (
        "error: --target=Attractive: a file of predictions has labels of its own; leave out --predictions or "
        "--target.\n"
    )


def test_real_faces(real_data, model):
    """CelebA as it comes: -1 is "no", and the numbers of rows are those of its list."""
    folder = real_data / "celeba"
    found = audit(model, f"celeba:{folder}", groups=("Male",), split="test")
    names, *lines = (folder / "list_attr_celeba.txt").read_text().split("\n")[1:]
    part = dict(line.split() for line in (folder / "list_eval_partition.txt").read_text().splitlines())
    column = names.split().index("Attractive") + 1
    signs = [fields[column] for fields in map(str.split, lines) if fields and part[fields[0]] == "2"]
    assert found.sample.labels.sum() == signs.count("1")
    assert found.models[0].num_negatives == signs.count("-1")
    assert [group.name for group in found.models[0].groups] == ["Male=no", "Male=yes"]
