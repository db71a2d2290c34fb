import numpy as np
import pytest

from facedebias.audit.groups import intersect, single_group
from facedebias.data.face_file import Attribute
from facedebias.errors import InputError


def attribute(codes, *values):
    return Attribute(np.array(codes, np.int8), values)


def test_one_attribute_in_the_order_of_its_codes():
    groups = intersect({"race": attribute([1, 0, 1], "White", "Black")})
    assert groups.names == ("White", "Black")
    assert groups.codes.tolist() == [1, 0, 1]
    assert groups.notes == ()


def test_intersection_leaves_out_unknown_rows_and_absent_groups():
    race = attribute([1, 0, 1, -1, 1], "White", "Black")
    gender = attribute([0, 0, 1, 0, -1], "Male", "Female")
    groups = intersect({"race": race, "gender": gender})
    assert groups.names == ("White Male", "Black Male", "Black Female")
    assert groups.codes.tolist() == [1, 0, 2, -1, -1]
    assert groups.notes == ("no rows: White Female.", "left out: 2 faces of unknown race or gender.")


def test_values_that_do_not_speak_for_themselves_carry_their_attribute():
    groups = intersect({"Male": attribute([0, 1], "no", "yes"), "Young": attribute([1, 1], "no", "yes")})
    assert groups.names == ("Male=no Young=yes", "Male=yes Young=yes")
    assert intersect({"Male": attribute([0, 1], "no", "yes")}).names == ("Male=no", "Male=yes")


def test_many_codes_do_not_overflow_their_bytes():
    values = [f"v{i}" for i in range(100)]
    codes = np.arange(100, dtype=np.int8)
    groups = intersect({"a": Attribute(codes, tuple(values)), "b": Attribute(codes, tuple(values))})
    assert groups.names[-1] == "a=v99 b=v99"
    assert groups.notes[0].endswith("and 9892 more.")  # 10,000 - 100 - 8


def test_attribute_of_no_known_row():
    with pytest.raises(InputError, match="--groups=age: not known of any face"):
        intersect({"age": attribute([-1, -1], "young", "old")})
    with pytest.raises(InputError, match="--groups=a,b: no face has all of them"):
        intersect({"a": attribute([0, -1], "x"), "b": attribute([-1, 0], "y")})


def test_single_group():
    groups = single_group(3)
    assert groups.names == ("all",)
    assert groups.codes.tolist() == [0, 0, 0]
