"""The report on a whole study whose scores are made up: what they were made to show must be in it."""

import dataclasses
import json
import types

import h5py
import numpy as np
import pytest

from benchmarks import study_methods, study_order, study_report, study_runs, study_tables, study_tests
from benchmarks.study_data import TESTS
from benchmarks.study_figures import DARK, Scores
from benchmarks.study_methods import SHOWN
from benchmarks.study_records import Record
from facedebias import provenance
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError

RACES, GENDERS = ("White", "Black"), ("Female", "Male")
FACES, NONFACES = 400, 300
BETTER = 1.5  # added to what the DB-VAE says of Black faces


def write_test_file(path, attributes):
    """400 faces in equal groups, and 300 non-faces."""
    with FaceFileWriter(path, FACES + NONFACES, 64, attributes, ["drawn"]) as writer:
        for label, size in ((1, FACES), (0, NONFACES)):
            groups = np.arange(size) * 4 // size
            halves = {"race": groups // 2, "gender": groups % 2, "group": groups, "skin": groups % 3}
            codes = {name: halves[name] if label else np.full(size, -1) for name in attributes}
            unknown = np.full(size, -1)
            names = [f"{label}/{i}.png" for i in range(size)]
            writer.append(
                np.zeros((size, 64, 64, 3), np.uint8), np.full(size, label), codes, 0, names, unknown, unknown
            )


@pytest.fixture
def data(tmp_path):
    both = {"race": RACES, "gender": GENDERS}
    attributes = {
        "fairface": both,
        "utkface": both,
        "lab": {"group": ("DF", "DM", "LF", "LM")},
        "synthetic": {"skin": ("light", "medium", "dark")},
    }
    for name, values in attributes.items():
        write_test_file(tmp_path / f"{name}.h5", values)
    return types.SimpleNamespace(test=lambda name: tmp_path / f"{name}.h5")


def made_up_records(data, methods, num_seeds, folder, tests_of):
    """Runs with a cost of 10 s and a score for every picture, better for dark faces by the DB-VAE."""
    records = []
    is_dark = np.arange(FACES) >= FACES // 2
    for run in study_runs.runs_of(methods, range(num_seeds), folder, folder):
        rng = np.random.default_rng(run.seed)
        gain = BETTER if "dbvae" in run.name else 0.0
        tests = {}
        for test in tests_of(run):
            faces = rng.normal(3.0, 1.0, FACES) + is_dark * (gain - 1.0) + rng.normal(0, 0.1)
            scores = Scores(faces.astype(np.float32), rng.normal(-1.0, 1.0, NONFACES).astype(np.float32))
            tests[test] = {
                "sha256": provenance.sha256(data.test(test)), **study_order.pack(scores, study_tests.FPR)
            }  # fmt: skip
        records.append(Record(run, 10.0, 0.5, None, "sha256", "a machine", tests))
    return records


def test_what_the_scores_were_made_to_show_is_in_the_report(data, tmp_path, monkeypatch):
    names = (
        "cnn", "cnn-matched", "cnn-loss", "cnn-matched-loss", "dbvae-uniform", "dbvae-max-0.01",
        "dbvae-max-0.01-epoch", "dbvae-loss", "cnn-skin", "cnn-fairface", "cnn-few",
    )  # fmt: skip
    methods = {name: study_methods.METHODS[name] for name in names}
    main = made_up_records(data, methods, 4, tmp_path, lambda run: study_report.MAIN_TESTS)
    poorer = made_up_records(data, study_methods.POORER, 2, tmp_path, lambda run: [run.method.group_test])
    monkeypatch.setattr(study_report, "_RESULTS", tmp_path / "results")
    monkeypatch.setattr(study_report, "_PICTURES", tmp_path / "docs")
    study_tests.describe(data, TESTS, tmp_path / "tests.json")
    # Before the poorer sets are there.
    study_report.write(main, [], tmp_path / "tests.json")
    assert not list(tmp_path.glob("*/study-poorer*"))
    some = [record for record in poorer if record.run.method.data == "celeba-dark-0.1"]
    study_report.write(main, some, tmp_path / "tests.json")
    assert [path.name for path in tmp_path.glob("*/study-poorer*.md")] == ["study-poorer.md"]
    study_report.write(main, poorer, tmp_path / "tests.json")

    record = json.loads((tmp_path / "results/study.json").read_text())
    assert record["seeds"] == [0, 1, 2, 3] and record["figures"]["num_seeds"]["median"] == 4
    change = record["against"]["fairface"]["cnn-matched"]["dbvae-max-0.01"]
    worst = {
        name: np.mean(record["methods"][name]["tests"]["fairface"]["worst"]["seeds"])
        for name in ("cnn-matched", "dbvae-max-0.01")
    }
    assert change["worst"]["difference"] == pytest.approx(worst["dbvae-max-0.01"] - worst["cnn-matched"])
    assert change["worst"]["difference"] > 0.1 and change["worst"]["p_value"] < 0.05
    figures = record["figures"]
    assert figures["dbvae_minus_cnn_worst_group"]["median"] == pytest.approx(change["worst"]["difference"])
    assert figures["dbvae_minus_cnn_p_value"]["median"] == change["worst"]["holm"]
    assert figures["default_mean_recall"]["unit"] == "fraction"
    # Methods that know groups or have other faces are bounds, and no part of the family.
    against = record["against"]["fairface"]["cnn"]
    assert [name for name in names[1:] if "holm" not in against[name]["worst"]] == list(names[-3:])
    # What drawing adds to the VAE is asked of VAEs only, and once an epoch against in each batch.
    families = {name: list(found) for name, found in record["against"]["fairface"].items()}
    assert families["dbvae-uniform"] == ["dbvae-max-0.01", "dbvae-max-0.01-epoch", "dbvae-loss"]
    assert families["dbvae-max-0.01"] == ["dbvae-max-0.01-epoch"]
    # Holm's first step of a family of three.
    family = [one[DARK] for one in record["against"]["fairface"]["dbvae-uniform"].values()]
    least = min(family, key=lambda one: one["p_value"])
    assert least["holm"] == pytest.approx(min(3 * least["p_value"], 1))
    # All faces of the dark groups together.
    dark = record["poorer"]["cnn-celeba-dark-0.01"]["tests"]["fairface"]
    groups = dark["groups"]
    both = np.mean([groups["Black, Female"]["mean"], groups["Black, Male"]["mean"]])
    assert dark[DARK]["mean"] == pytest.approx(both)
    assert list(record["poorer"]["cnn-synthetic"]["tests"]) == ["synthetic"]
    assert record["poorer_against"]["cnn"]["dbvae-latent-fairface-dark-0.1"][DARK]["difference"] > 0.1
    assert set(record["poorer_against"]["dbvae-uniform"]) == {
        name for name in study_methods.POORER if name.startswith("dbvae-latent")
    }
    # All sets but the drawn one have the main test.
    together = record["poorer_together"]["cnn"]["dbvae-latent"]["worst"]
    each = [
        one["worst"]["difference"]
        for name, one in record["poorer_against"]["cnn"].items()
        if name.startswith("dbvae-latent") and "synthetic" not in name
    ]
    assert len(each) == 6 and together["difference"] == pytest.approx(np.mean(each))
    lines = (tmp_path / "results/study-poorer-together.md").read_text().splitlines()
    assert len(lines) == 2 + 4
    # The whole configuration, so that later defaults do not rewrite what was done.
    settings = record["methods"]["cnn-matched"]["settings"]
    assert settings == dataclasses.asdict(main[1].run.config()) | {"protected": []}
    assert record["methods"]["cnn"]["seconds"] == {"a machine": [10.0] * 4}
    # Balanced faces beside as few others.
    assert list(record["against"]["fairface"]["cnn-few"]) == ["cnn-fairface"]
    # Each poorer set is a family: the smallest of three p-values is multiplied by 3.
    family = [
        record["poorer_against"]["cnn"][f"{kind}-synthetic"]["worst"]
        for kind in ("cnn-loss", "dbvae-uniform", "dbvae-latent")
    ]
    least = min(family, key=lambda one: one["p_value"])
    assert least["holm"] == pytest.approx(min(3 * least["p_value"], 1))

    table = (tmp_path / "results/study-methods-fairface.md").read_text().splitlines()
    assert len(table) == 2 + len(names) and all(line.endswith("| 50 | 10 |") for line in table[2:])
    short = (tmp_path / "results/study-short.md").read_text().splitlines()
    assert [line.split(" | ")[0][2:] for line in short[2:]] == [methods[name].title for name in SHOWN]
    gain = 100 * record["against"]["fairface"]["cnn"]["dbvae-max-0.01"]["worst"]["difference"]
    assert f"| {gain:+.1f} (" in short[2 + SHOWN.index("dbvae-max-0.01")]
    poorer_table = (tmp_path / "results/study-poorer.md").read_text().splitlines()
    assert len(poorer_table) == 2 + len(study_methods.POORER)
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == [
        "study-differences.png", "study-groups.png", "study-poorer.png", "study-recall.png"
    ]  # fmt: skip


def test_tests_of_other_pictures_are_refused(data, tmp_path):
    path = tmp_path / "tests.json"
    study_tests.describe(data, ["fairface"], path)
    before = path.read_text()
    study_tests.describe(data, ["fairface"], path)
    assert path.read_text() == before
    test = study_tests.load(path)["fairface"]
    assert test.names == ("White, Female", "White, Male", "Black, Female", "Black, Male")
    assert test.sizes.tolist() == [100] * 4 and dict(test.unions) == {DARK: (2, 3)}
    with h5py.File(data.test("fairface"), "r+") as file:
        file["images"][0] = 1
    with pytest.raises(InputError, match="fairface has other pictures than"):
        study_tests.describe(data, ["fairface"], path)


def test_records_of_other_pictures_are_refused(data, tmp_path):
    study_tests.describe(data, TESTS, tmp_path / "tests.json")
    methods = {"cnn": study_methods.METHODS["cnn"]}
    records = made_up_records(data, methods, 1, tmp_path, lambda run: ["fairface"])
    records[0].tests["fairface"]["sha256"] = "another"
    with pytest.raises(InputError, match="was tested on other pictures of fairface"):
        study_report.write(records, [], tmp_path / "tests.json")


def test_few_faces_are_counted_and_their_interval_is_exact():
    sizes, groups = {"a": 5, "b": 5}, {"a": {"mean": 1.0}, "b": {"mean": 0.9}}
    # 9.5 of 10 rounds to 10: Clopper and Pearson's lower end is 0.025 ** (1 / 10).
    assert study_tables._found(sizes, groups) == f"9.5 of 10 ({100 * 0.025**0.1:.0f} to 100%)"


@pytest.mark.parametrize(("ends", "text"), [((-0.1, 0.1), "a"), ((0.1, 0.1), "none"), ((-0.1, -0.2), "all")])
def test_groups_that_are_surely_lower_are_named(ends, text):
    found = {name: {"interval": [-1.0, end]} for name, end in zip("ab", ends, strict=True)}
    assert study_tables._lower_groups(found, ["a", "b"]) == text
