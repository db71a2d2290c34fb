"""Rows of several files meet by a column that names them, or as they stand, or not at all."""

import numpy as np
import pytest

from facedebias.errors import InputError
from tests.auditing.inputs.predictions.small_files import notes, read

SIZE = 40


def rows(order, header="path,score,label,race", name=lambda i: f"val/{i}.jpg", offset=0.0):
    """Rows whose score says which one they are; label and race repeat."""
    lines = [f"{name(i)},{i / 100 + offset:.4f},{i % 2},{'ab'[i // 2 % 2]}" for i in order]
    return "\n".join([header, *lines]) + "\n"


def shuffled(seed=0):
    return np.random.default_rng(seed).permutation(SIZE).tolist()


def test_rows_are_paired_by_their_path(tmp_path):
    sample, (a, b), _ = read(tmp_path, rows(range(SIZE)), rows(shuffled(), offset=0.5), groups=("race",))
    assert b.scores == pytest.approx(a.scores + 0.5)
    moved = sum(i != row for row, i in enumerate(shuffled()))
    assert f"were paired by their column path, {moved} rows of which it has elsewhere." in notes(sample)
    sample, (a, b), _ = read(tmp_path, rows(range(SIZE)), rows(range(SIZE)))
    assert "paired by their column path, in the same order" in notes(sample)


def test_keys_compare_as_numbers_and_may_be_told(tmp_path):
    texts = (
        rows(range(SIZE), "id,score,label,race", str),
        rows(shuffled(), "id,score,label,race", lambda i: f"{i}.0", 0.5),
    )
    for key in ("", "id"):
        _, (a, b), names = read(tmp_path, *texts, key=key)
        assert names == ("race",)
        assert b.scores == pytest.approx(a.scores + 0.5)


def test_a_third_file_in_another_order(tmp_path):
    texts = (rows(shuffled(seed), offset=seed / 10) for seed in range(3))
    _, (a, b, c), _ = read(tmp_path, *texts)
    assert b.scores == pytest.approx(a.scores + 0.1)
    assert c.scores == pytest.approx(a.scores + 0.2)


def test_rows_of_one_file_only(tmp_path):
    everything = rows(range(SIZE))
    with pytest.raises(
        InputError, match=r"a\.csv: 2 of 40 rows are not in .*b\.csv, by their path: val/38.jpg, "
    ):
        read(tmp_path, everything, rows(range(SIZE - 2)))
    other = rows([*range(1, SIZE), 77])
    with pytest.raises(InputError, match=r"a\.csv: 1 of 40 rows are not in .*val/0.jpg"):
        read(tmp_path, everything, other)
    with pytest.raises(
        InputError, match=r"b\.csv: 1 of 41 rows are not in .*a\.csv, by their path: val/77.jpg"
    ):
        read(tmp_path, everything, rows([*range(SIZE), 77]))


def test_names_that_repeat(tmp_path):
    # Two faces of one picture: in the same order they are the same rows.
    repeated = rows(range(SIZE), name=lambda i: f"{i // 2 if i > 35 else i}.jpg")
    read(tmp_path, repeated, repeated)
    with pytest.raises(InputError, match=r"a\.csv, line 38: path '18.jpg' names line 20 too.*--key"):
        read(tmp_path, repeated, rows(shuffled(), name=lambda i: f"{i // 2 if i > 35 else i}.jpg"))
    with pytest.raises(
        InputError, match=r"names line 20 too, so that it pairs no rows; choose another --key"
    ):
        read(tmp_path, repeated, repeated, key="path")


def test_two_keys_that_disagree(tmp_path):
    first = "path,id,score,label\n" + "".join(f"{i}.jpg,{i},.5,1\n" for i in range(20))
    second = "path,id,score,label\n" + "".join(f"{i}.jpg,{19 - i},.{i:02},1\n" for i in range(20))
    with pytest.raises(InputError, match=r"columns path and id pair its rows .* in two ways; say with --key"):
        read(tmp_path, first, second)
    _, (_, b), _ = read(tmp_path, first, second, key="id")
    assert b.scores.tolist() == [(19 - i) / 100 for i in range(20)]


def test_row_numbers_and_measurements_name_no_row(tmp_path):
    first = ",score,label,ms,g\n" + "".join(f"{i},.5,1,{i}.5,a\n" for i in range(20))
    second = ",score,label,ms,g\n" + "".join(f"{i},.25,1,{i}.75,a\n" for i in range(20, 40))
    assert read(tmp_path, first, second)[1][1].scores.tolist() == [0.25] * 20
    unnamed = "Unnamed: 0" + first, "Unnamed: 0" + second
    assert read(tmp_path, *unnamed)[1][1].scores.tolist() == [0.25] * 20


@pytest.mark.parametrize("title", ["index", "Unnamed: 0", "row", ""])
def test_row_numbers_in_another_order_are_asked_about(tmp_path, title):
    # Sorted by label and group, so that rows agree in both but are others.
    order = sorted(range(SIZE), key=lambda i: (i % 2, i // 2 % 2))
    other = sorted(shuffled(), key=lambda i: (i % 2, i // 2 % 2))
    texts = [rows(order, f"{title},score,label,race", str), rows(other, f"{title},score,label,race", str)]
    with pytest.raises(InputError, match=r"b\.csv: its column .* in another order.*--key"):
        read(tmp_path, *texts)
    assert read(tmp_path, texts[0], texts[0])
    if title:
        _, (a, b), _ = read(tmp_path, *texts, key=title)
        assert a.scores.tolist() == b.scores.tolist()


def test_names_under_another_title_in_another_order(tmp_path):
    order = sorted(range(SIZE), key=lambda i: (i % 2, i // 2 % 2))
    other = sorted(shuffled(), key=lambda i: (i % 2, i // 2 % 2))
    renamed = "file,score,label,race"
    with pytest.raises(
        InputError, match=r"b\.csv: its column file has the values of a column of .*a\.csv in an"
    ):
        read(tmp_path, rows(order), rows(other, renamed))
    sample, _, _ = read(tmp_path, rows(order), rows(order, renamed))
    assert "were paired as they stand, as no column names them." in notes(sample)


def test_a_second_file_without_labels_or_groups(tmp_path):
    text = rows(range(SIZE))
    with pytest.raises(InputError, match=r"no column 'label'.*every file needs labels and groups"):
        read(tmp_path, text, "path,score\n" + "".join(f"val/{i}.jpg,.5\n" for i in range(SIZE)))
    bare = "path,score,label\n" + "".join(f"val/{i}.jpg,.5,{i % 2}\n" for i in range(SIZE))
    with pytest.raises(InputError, match=r"b\.csv: no column 'race', which .*a\.csv has; add it"):
        read(tmp_path, text, bare)


def test_keys_in_two_spellings_are_shown_side_by_side(tmp_path):
    first, second = (rows(range(SIZE), "id,score,label,race", name) for name in (str, "{:03}".format))
    with pytest.raises(InputError, match=r"by their id: 0, 1, 2 and 37 more \(.*b\.csv has 000\)"):
        read(tmp_path, first, second)


def test_labels_of_a_second_file_are_told_and_compared(tmp_path):
    text = rows(range(SIZE))
    words = text.replace(",1,", ",positive,").replace(",0,", ",negative,")
    assert "b.csv: column label: positive was read as positive" in notes(read(tmp_path, text, words)[0])
    wrong = words.replace("negative", "positive", 3)
    with pytest.raises(InputError, match=r"b\.csv, line 2: label is 'positive', but '0' in .* \(2 rows more"):
        read(tmp_path, text, wrong)


def test_labels_and_groups_agree_as_numbers(tmp_path):
    first = "score,label,g\n.5,0,1\n.5,1,2\n"
    second = "score,label,g\n.25,0.0,1.0\n.75,1.0,2.0\n"
    assert read(tmp_path, first, second)[1][1].scores.tolist() == [0.25, 0.75]


def test_paired_rows_must_agree_too(tmp_path):
    text = rows(shuffled())
    with pytest.raises(
        InputError, match=r"b\.csv, line \d+: race is 'c', but 'b' in .*; rows were paired by path"
    ):
        read(tmp_path, rows(range(SIZE)), text.replace(",b\n", ",c\n", 1))


def test_a_key_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"a\.csv: no column 'nope', which --key names; it has path, score"):
        read(tmp_path, rows(range(4)), key="nope")
    with pytest.raises(InputError, match=r"b\.csv: no column 'path', which --key names"):
        read(tmp_path, rows(range(4)), rows(range(4), "file,score,label,race"), key="path")
