"""Tables of pages hold what was measured: every cell is that of the record, in its row and column."""

import json
from pathlib import Path

import pytest

from tests import prose

ROOT = Path(__file__).parents[1]

# Page -> record -> the fewest tables of the page that must be parts of it.
PAGES = {
    "interval-coverage": {"interval_coverage.md": 6},
    "choosing-a-metric": {"base_rates.md": 1},
    "samplers": {"lab_rule.md": 1},
    "export": {"quantization.md": 1},
    "mitigation-results": {"attractive.md": 6, "attractive-val.md": 2, "blond_hair.md": 2},
}
LOGIT_0 = "false positives at logit 0, %"
DETECTION = {
    "classifier, first pass": ("classifier", False),
    "classifier, every window": ("classifier", True),
    "DB-VAE, first pass": ("dbvae", False),
    "DB-VAE, every window": ("dbvae", True),
}


def record(name):
    """Text of a record of a benchmark or a study, wherever these keep it."""
    (path,) = (path for top in ("benchmarks", "studies") for path in (ROOT / top).rglob(name))
    return path.read_text()


def page(name):
    return (ROOT / "docs" / f"{name}.md").read_text()


def is_part(table, whole):
    """Whether a table has some rows and columns of another, in their order, and no other cell."""
    rows = {row[0]: row for row in whole.rows}
    if len(rows) < len(whole.rows):  # first cells repeat: whole rows are compared
        return table.header == whole.header and set(table.rows) <= set(whole.rows)
    if not all(row[0] in rows for row in table.rows):
        return False
    lines = [(table.header, whole.header), *((row, rows[row[0]]) for row in table.rows)]
    column = 0
    for index in range(len(table.header)):
        while column < len(whole.header) and any(part[index] != full[column] for part, full in lines):
            column += 1
        if column == len(whole.header):
            return False
        column += 1
    return True


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_parts_of_the_records(name):
    tables = prose.tables(page(name))
    for source, fewest in PAGES[name].items():
        whole = prose.tables(record(source))
        found = [table for table in tables if any(is_part(table, other) for other in whole)]
        assert len(found) >= fewest, f"{source}: {len(found)} of {fewest} tables of {name} are parts of it"


def test_another_number_is_no_part():
    whole = prose.Table(("a", "b", "c"), (("x", "1", "2"), ("y", "3", "4")))
    assert is_part(prose.Table(("a", "c"), (("y", "4"),)), whole)
    for header, *rows in [
        (("a", "c"), ("y", "3")),  # of another column
        (("a", "b"), ("z", "1")),  # of no row
        (("a", "c", "b"), ("y", "4", "3")),  # in another order
        (("a", "d"), ("y", "4")),  # of no column
    ]:
        assert not is_part(prose.Table(header, tuple(rows)), whole)


def test_what_a_search_finds_is_what_the_study_wrote():
    document = json.loads(record("detect_quality.json"))
    found = {(Path(result["model"]).name, result["exhaustive"]): result for result in document["results"]}
    (table,) = (table for table in prose.tables(page("detection")) if table.header[0] == "search")
    assert [row[0] for row in table.rows] == list(DETECTION)
    for name, *cells in table.rows:
        result = found[DETECTION[name]]["thresholds"]["0.999"]
        assert result["num_faces"] == 76
        exact = [result["asked_per_picture"], 76 * result["found"]]
        exact += [result["false_boxes_per_picture"], 100 * result["nonfaces_that_fire"]]
        for cell, value, half in zip(cells, exact, (0.5, 1e-6, 0.005, 0.05), strict=True):
            assert float(cell) == pytest.approx(value, abs=half + 1e-9)
    assert {result["stride"] for result in document["results"]} == {0.125}
    (few, every) = (found["classifier", all_of]["thresholds"]["0.9999"]["found"] for all_of in (False, True))
    assert f"found {76 * few:.0f} faces instead of {76 * every:.0f}." in words_of("detection")


def test_the_summary_of_mitigations_is_that_of_the_record():
    whole, groups, *_ = prose.tables(record("attractive.md"))
    rows = {row[0]: row for row in whole.rows}
    gap = rows["group_dro_positive"][3]  # e.g. "7.1 (0.0 to 15.0)"
    rounded = " ".join(f"{float(word.strip('()')):.0f}" if word != "to" else word for word in gap.split())
    first, low, _, high = rounded.split()
    text = " ".join(page("mitigation-results").split())
    assert (
        f"cut this gap of {float(rows['plain'][3].split()[0]):.0f} points to {first} ({low} to {high})"
        in text
    )
    plain = dict(zip(groups.header, groups.rows[0], strict=True))
    women, men = (f"{float(plain[f'Male={value}: TPR']):.0f}%" for value in ("no", "yes"))
    assert f"finds {women} of the women who are labelled attractive, and {men} of the men" in text


def words_of(name):
    """A page's text on one line."""
    return " ".join(page(name).split())


def test_the_summary_of_coverage_is_that_of_the_record():
    tables = prose.tables(record("interval_coverage.md"))
    unequal = next(table for table in tables if table.header[0] == "gap in recall")  # of unequal groups first
    held = [float(row[1]) for row in unequal.rows]
    assert f"in {min(held)} to {max(held)}% of samples with unequal groups" in words_of("interval-coverage")
    for name, _, _, rejected, _, fisher, squared in unequal.rows:
        if "equal" in name.split(", ")[1]:
            continue  # no gap to find
        loss = max(float(fisher), float(squared)) - float(rejected)
        assert loss <= (2 if name.endswith("small one low") or name.endswith("smallest low") else 0), name


def test_what_the_labs_rule_does_is_what_was_measured():
    (table,) = prose.tables(record("lab_rule.md"))
    rows = {row[0]: row for row in table.rows}
    text = words_of("samplers")
    assert f"rare faces get {rows['10'][1]}% of the draws by the lab's rule, and {rows['10'][4]}%" in text
    ranks = sorted(float(row[6]) for row in table.rows)
    assert f"by a rank correlation of {ranks[0]:.2f} to {ranks[-1]:.2f}" in text


def test_how_many_nonfaces_pass_is_what_the_study_recorded():
    (evenness, *_) = (table for table in prose.tables(record("study.md")) if LOGIT_0 in table.header)
    shares = {row[0]: row[evenness.header.index(LOGIT_0)] for row in evenness.rows}
    hard, even = (shares[f"CNN of equal cost{name}"] for name in (", hard faces", ""))
    passed = f"lets {hard}% of non-faces pass, instead of {even}%"
    assert passed in words_of("samplers")


def test_the_share_of_attractive_people_is_what_was_counted():
    (table,) = prose.tables(record("base_rates.md"))
    rows = {row[0]: [float(cell.replace(",", "")) for cell in row[1:]] for row in table.rows}
    women, men = rows["Male: no"], rows["Male: yes"]
    text = words_of("choosing-a-metric")
    assert f"{women[1]:.0f}% of the women are labelled attractive, and {men[1]:.0f}% of the men" in text
    assert (
        f"{women[2]:.0f}% of the women who are not labelled attractive are called so, but {men[2]:.0f}%"
        in text
    )
    assert f"selects {women[1]:.0f}% of the women and {men[1]:.0f}% of the men" in text
    assert f"{women[1] / 100:.2f} for women and {men[1] / 100:.2f} for men" in text


def test_what_blond_men_gain_and_others_lose_is_what_was_measured():
    (table,) = prose.tables(record("blond_hair.md"))
    rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    plain, robust = rows["plain"], rows["group_dro"]
    text = words_of("mitigation-results")
    assert f"(p = {robust['p (Holm)']})" in text
    assert f"costs {float(plain['all']) - float(robust['all']):.1f} points of the overall accuracy" in text
    assert 30 < float(plain["worst"]) < 36  # a third
    assert float(robust["worst"]) > 2 * float(plain["worst"])
