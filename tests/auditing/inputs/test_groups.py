import numpy as np
import pytest

from facedebias.auditing.inputs.groups import LEFT_OUT, SHARED, divide, intersect
from facedebias.auditing.inputs.sample import Sample
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError


def attribute(codes, *values):
    return Attribute(np.array(codes, np.int8), values)


def cut(attributes, is_shared=None):
    size = len(next(iter(attributes.values())).codes)
    return intersect(attributes, np.zeros(size, bool) if is_shared is None else np.array(is_shared, bool))


def sample(attributes, is_shared):
    labels = ~np.array(is_shared, bool)
    return Sample(labels, attributes, ~labels, "test.h5", "test.h5", str)


def test_one_attribute_in_the_order_of_its_codes():
    groups = cut({"race": attribute([1, 0, 1], "White", "Black")})
    assert groups.attributes == ("race",)
    assert groups.names == ("White", "Black")
    assert groups.codes.tolist() == [1, 0, 1]
    assert groups.notes == ()


def test_intersection_leaves_out_unknown_rows_and_absent_groups():
    race = attribute([1, 0, 1, -1, 1], "White", "Black")
    gender = attribute([0, 0, 1, 0, -1], "Male", "Female")
    groups = cut({"race": race, "gender": gender})
    assert groups.names == ("White Male", "Black Male", "Black Female")
    assert groups.codes.tolist() == [1, 0, 2, LEFT_OUT, LEFT_OUT]
    assert groups.is_counted.tolist() == [True, True, True, False, False]
    assert groups.notes == ("no rows: White Female.", "left out: 2 rows of unknown race or gender.")


def test_shared_rows_are_in_no_group_but_count():
    # The last row is shared whatever is known about it.
    groups = cut({"race": attribute([0, -1, 0, 1], "White", "Black")}, [0, 1, 0, 1])
    assert groups.names == ("White",)
    assert groups.codes.tolist() == [0, SHARED, 0, SHARED]
    assert groups.is_counted.all()
    assert groups.notes == ("no rows: Black.",)


def test_values_that_do_not_speak_for_themselves_carry_their_attribute():
    groups = cut({"Male": attribute([0, 1], "no", "yes"), "Young": attribute([1, 1], "no", "yes")})
    assert groups.names == ("Male=no Young=yes", "Male=yes Young=yes")
    assert cut({"Male": attribute([0, 1], "no", "yes")}).names == ("Male=no", "Male=yes")
    for pair in (
        ("F", "T"),
        ("N", "Y"),
        ("non", "oui"),
        ("-", "+"),
        ("✗", "✓"),
        ("negative", "positive"),
        ("否", "是"),
    ):
        assert cut({"hat": attribute([0, 1], *pair)}).names == tuple(f"hat={value}" for value in pair)
    assert cut({"sex": attribute([0, 1], "F", "M")}).names == ("F", "M")


def test_many_codes_do_not_overflow_their_bytes():
    values = [f"v{i}" for i in range(100)]
    codes = np.arange(100, dtype=np.int8)
    groups = cut({"a": Attribute(codes, tuple(values)), "b": Attribute(codes, tuple(values))})
    assert groups.names[-1] == "a=v99 b=v99"
    assert groups.notes[0].endswith("and 9,892 more.")  # 10,000 - 100 - 8


def test_a_bare_number_or_yes_carries_its_column():
    for values in (("0", "1"), ("-1", "1"), ("False", "True"), ("N", "Y"), ("2", "10"), ("0.5", "1.5")):
        assert cut({"Male": attribute([0, 1], *values)}).names == tuple(f"Male={value}" for value in values)
    assert cut({"age": attribute([0, 1], "under 18", "18 to 29")}).names == ("under 18", "18 to 29")
    assert cut({"sex": attribute([0, 1], "F", "M")}).names == ("F", "M")


def test_no_two_groups_have_one_name():
    race = attribute([0, 1, 0], "Black", "Black African")
    origin = attribute([0, 1, 1], "African American", "American")
    assert cut({"race": race, "origin": origin}).names == (
        "race=Black origin=African American",
        "race=Black origin=American",
        "race=Black African origin=American",
    )
    # Values may even hold what a column's name looks like.
    first = attribute([0, 1], "x", "x b=y", "z")
    second = attribute([1, 0], "z", "y b=z")
    names = cut({"a": first, "b": second}).names
    assert sorted(names) == ["a=x b=y b=z (1)", "a=x b=y b=z (2)"]


def test_only_combinations_that_occur_cost_anything():
    # Forty columns of three values have 3^40 combinations, more than an int64 holds.
    rng = np.random.default_rng(0)
    columns = {f"c{i}": attribute(rng.integers(0, 3, 200), "a", "b", "c") for i in range(40)}
    groups = cut(columns)
    assert len(set(groups.names)) == 200
    assert groups.codes.tolist() != sorted(groups.codes.tolist())
    assert f"and {3**40 - 200 - 8:,} more." in groups.notes[0]
    for row in (0, 57, 199):
        expected = " ".join(f"c{i}={'abc'[column.codes[row]]}" for i, column in enumerate(columns.values()))
        assert groups.names[groups.codes[row]] == expected


def test_too_many_groups_are_refused():
    codes = np.arange(1001)
    values = tuple(f"v{i}" for i in codes)
    attributes = {"a": Attribute(codes, values), "b": Attribute(np.zeros(1001, int), ("x",))}
    with pytest.raises(
        InputError, match=r"--groups=a,b: 1,001 combinations have rows; expected at most 1,000"
    ):
        cut(attributes)


def test_attribute_of_no_known_row():
    with pytest.raises(InputError, match="--groups=age: not known of any row"):
        cut({"age": attribute([-1, -1], "young", "old")})
    with pytest.raises(InputError, match="--groups=a,b: no row has all of them"):
        cut({"a": attribute([0, -1], "x"), "b": attribute([-1, 0], "y")})
    with pytest.raises(InputError, match="--groups=a: no row has all of them"):
        cut({"a": attribute([0, -1], "x")}, [1, 0])


def test_without_attributes_there_is_one_group():
    groups = divide(sample({}, [0, 0, 1]), ())
    assert (groups.attributes, groups.names) == ((), ("all",))
    assert groups.codes.tolist() == [0, 0, SHARED]


def test_a_sample_is_divided_by_attributes_it_has():
    rows = sample({"race": attribute([0, 1, -1], "White", "Black")}, [0, 0, 1])
    assert divide(rows, ("race",)).codes.tolist() == [0, 1, SHARED]
    with pytest.raises(InputError, match="test.h5: no attribute 'age'; the file has race"):
        divide(rows, ("age",))
    with pytest.raises(InputError, match="the file has none at all"):
        divide(sample({}, [0]), ("age",))
