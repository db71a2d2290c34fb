"""The comparison of a whole study whose scores are made up: what they were made to show must be in it."""

import types

import h5py
import numpy as np
import pytest

from facedebias import provenance
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from studies.debiasing import outcome, tested_groups
from studies.debiasing.datasets import MAIN_TESTS
from studies.debiasing.design import METHODS, POORER, group_test
from studies.debiasing.judging import score_order
from studies.debiasing.judging.markdown_tables import tables
from studies.debiasing.judging.recall_metrics import DARK, Scores
from studies.debiasing.run_records import Record
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import runs_of

FACES, NONFACES = 400, 300
BETTER = 1.5  # added to what the DB-VAE says of Black faces
ATTRIBUTES = {
    "fairface": {"race": ("White", "Black"), "gender": ("Female", "Male")},
    "synthetic": {"skin": ("light", "medium", "dark")},
}


def write_test_file(path, attributes):
    """400 faces in equal groups, and 300 non-faces."""
    with FaceFileWriter(path, FACES + NONFACES, 64, attributes, ["drawn"]) as writer:
        for label, size in ((1, FACES), (0, NONFACES)):
            groups = np.arange(size) * 4 // size
            halves = {"race": groups // 2, "gender": groups % 2, "skin": groups % 3}
            codes = {name: halves[name] if label else np.full(size, -1) for name in attributes}
            unknown = np.full(size, -1)
            names = [f"{label}/{i}.png" for i in range(size)]
            writer.append(
                np.zeros((size, 64, 64, 3), np.uint8), np.full(size, label), codes, 0, names, unknown, unknown
            )


@pytest.fixture
def data(tmp_path):
    for name, values in ATTRIBUTES.items():
        write_test_file(tmp_path / f"{name}.h5", values)
    return types.SimpleNamespace(test=lambda name: tmp_path / f"{name}.h5")


@pytest.fixture
def records(data, tmp_path):
    file = RecordFile(tmp_path / "records.jsonl")
    tested_groups.describe(data, ATTRIBUTES, file)
    return file


def made_up(data, records, methods, num_seeds, tests_of):
    """Runs with a cost of 10 s and a score for every picture, better for dark faces by the DB-VAE."""
    made = []
    is_dark = np.arange(FACES) >= FACES // 2
    for run in runs_of(methods, range(num_seeds), records.path.parent, records):
        rng = np.random.default_rng(run.seed)
        gain = BETTER if "dbvae" in run.name else 0.0
        tests = {}
        for test in tests_of(run):
            faces = rng.normal(3.0, 1.0, FACES) + is_dark * (gain - 1.0) + rng.normal(0, 0.1)
            scores = Scores(faces.astype(np.float32), rng.normal(-1.0, 1.0, NONFACES).astype(np.float32))
            packed = score_order.pack(scores, tested_groups.FPR)
            tests[test] = {"sha256": provenance.sha256(data.test(test)), **packed}
        made.append(Record(run, 10.0, 0.5, None, "sha256", "a machine", tests))
    return made


def compare(main, poorer, records):
    sha256 = {line["name"]: line["sha256"] for line in records.of_kind("test")}
    return outcome.compare_all(main, poorer, tested_groups.load(records), sha256)


@pytest.fixture
def found(data, records):
    main = made_up(data, records, METHODS, 4, lambda run: MAIN_TESTS)
    poorer = made_up(data, records, POORER, 2, lambda run: [group_test(run.method)])
    return compare(main, poorer, records)


def test_what_the_scores_were_made_to_show_is_found(found):
    change = found["against"]["fairface"]["cnn-matched"]["dbvae-max-0.01"]["worst"]
    worst = {
        name: np.mean(found["methods"][name]["tests"]["fairface"]["worst"]["seeds"])
        for name in ("cnn-matched", "dbvae-max-0.01")
    }
    assert change["difference"] == pytest.approx(worst["dbvae-max-0.01"] - worst["cnn-matched"])
    assert change["difference"] > 0.1 and change["p_value"] < 0.05
    figures = outcome.headline(found, 4)
    assert figures["dbvae_minus_cnn_worst_group"]["median"] == change["difference"]
    assert figures["dbvae_minus_cnn_p_value"]["median"] == change["holm"]
    assert figures["num_seeds"]["median"] == 4 and figures["default_mean_recall"]["unit"] == "fraction"
    assert found["methods"]["cnn"]["seconds"] == [10.0] * 4


def test_families_are_those_that_were_written_down(found):
    # Methods that know groups or have other faces are bounds, and no part of the family.
    against = found["against"]["fairface"]
    assert [name for name, one in against["cnn"].items() if "holm" not in one["worst"]] == [
        "cnn-few",
        "cnn-fairface",
    ]
    # What drawing adds to the VAE is asked of VAEs only, what balanced faces add beside as few others.
    assert list(against["dbvae-uniform"]) == ["dbvae-max-0.01", "dbvae-product-0.01", "dbvae-loss"]
    assert list(against["cnn-few"]) == ["cnn-fairface"]
    # Each poorer set is a family: the smallest of three p-values is multiplied by 3.
    kinds = ("cnn-loss", "dbvae-uniform", "dbvae-latent")
    family = [found["poorer_against"]["cnn"][f"{kind}-synthetic"]["worst"] for kind in kinds]
    least = min(family, key=lambda one: one["p_value"])
    assert least["holm"] == pytest.approx(min(3 * least["p_value"], 1))


def test_dark_faces_are_all_of_the_dark_groups_together(found):
    test = found["poorer"]["cnn-celeba-dark-0.01"]["tests"]["fairface"]
    groups = test["groups"]
    assert test[DARK]["mean"] == pytest.approx(
        np.mean([groups["Black, Female"]["mean"], groups["Black, Male"]["mean"]])
    )
    assert list(found["poorer"]["cnn-synthetic"]["tests"]) == ["synthetic"]
    assert found["poorer_against"]["cnn"]["dbvae-latent-celeba-dark-0.01"][DARK]["difference"] > 0.1


def test_tables_have_a_line_for_each_method_and_few_columns(found):
    made = tables(found)
    recalls = made["Recall on fairface"].splitlines()
    assert [line.split(" | ")[0][2:] for line in recalls[2:]] == [m.title for m in METHODS.values()]
    gain = 100 * found["against"]["fairface"]["cnn"]["dbvae-max-0.01"]["worst"]["difference"]
    assert f"| {gain:+.1f} (" in recalls[2 + list(METHODS).index("dbvae-max-0.01")]
    assert len(made["Training sets with few dark faces"].splitlines()) == 2 + len(POORER)
    assert made["Cost"].splitlines()[2] == "| CNN | 50 | 10 |"


def test_poorer_sets_may_be_missing(data, records):
    main = made_up(data, records, METHODS, 2, lambda run: MAIN_TESTS)
    found = compare(main, [], records)
    assert found["poorer"] == {} and "Training sets with few dark faces" not in tables(found)


def test_tests_of_other_pictures_are_refused(data, records):
    before = records.path.read_text()
    tested_groups.describe(data, ["fairface"], records)
    assert records.path.read_text() == before
    test = tested_groups.load(records)["fairface"]
    assert test.names == ("White, Female", "White, Male", "Black, Female", "Black, Male")
    assert test.sizes.tolist() == [100] * 4 and dict(test.unions) == {DARK: (2, 3)}
    with h5py.File(data.test("fairface"), "r+") as file:
        file["images"][0] = 1
    with pytest.raises(InputError, match="fairface has other pictures than"):
        tested_groups.describe(data, ["fairface"], records)


def test_runs_tested_on_other_pictures_are_refused(data, records):
    made = made_up(data, records, {"cnn": METHODS["cnn"]}, 1, lambda run: ["fairface"])
    made[0].tests["fairface"]["sha256"] = "another"
    with pytest.raises(InputError, match="cnn, seed 0, was tested on other pictures of fairface"):
        compare(made, [], records)
