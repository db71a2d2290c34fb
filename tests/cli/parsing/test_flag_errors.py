"""What absl says of wrong flags is said in plain words, with the likely flag or its new name."""

import pytest
from absl import flags

from facedebias.cli.parsing import flag_errors

KNOWN = ["groups", "output", "blur", "standardize", "num_draws", "max_gap"]


def explained(error):
    text = flag_errors.explained(error, KNOWN)
    sentence, _, help_flag = text.partition(" See ")
    assert help_flag.endswith(" --help.")
    return sentence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("protected", "groups"),
        ("soften", "blur"),
        ("standardized", "standardize"),
        ("workdir", "output"),
        ("gap", "max_gap"),
    ],
)
def test_an_old_name_leads_to_the_new_one(old, new):
    error = flags.UnrecognizedFlagError(old, "x")
    assert explained(error) == f"--{old}: is called --{new} now."


def test_the_negative_of_an_old_name_leads_to_the_new_negative():
    error = flags.UnrecognizedFlagError("nostandardized", "x")
    assert explained(error) == "--nostandardized: is called --nostandardize now."


def test_a_likely_flag_is_suggested_and_an_unlikely_one_is_not():
    assert explained(flags.UnrecognizedFlagError("num_draw")) == (
        "--num_draw: no such flag. Did you mean --num_draws?"
    )
    assert explained(flags.UnrecognizedFlagError("foo")) == "--foo: no such flag."


@pytest.mark.parametrize(
    ("options", "word", "sentence"),
    [
        ({"lower_bound": 2}, "--n=1", "--n=1: expected a number of at least 2."),
        ({"lower_bound": 1}, "--n=0", "--n=0: expected a positive integer."),
        ({"lower_bound": 0}, "--n=-1", "--n=-1: expected a non-negative integer."),
        ({"upper_bound": 3}, "--n=4", "--n=4: expected a number of at most 3."),
        ({"lower_bound": 1, "upper_bound": 3}, "--n=4", "--n=4: expected a number from 1 to 3."),
        ({}, "--n=1.5", "--n=1.5: expected a whole number."),
        ({}, "--n", "--n: expected a value, as --n=VALUE."),
    ],
)
def test_a_value_out_of_bounds_says_the_bounds(options, word, sentence):
    values = flags.FlagValues()
    flags.DEFINE_integer("n", 2, "A number.", flag_values=values, **options)
    with pytest.raises(flags.Error) as caught:
        values(["program", word])
    assert explained(caught.value) == sentence


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "--a is required."),
        (["a", "b"], "--a and --b are required."),
        (["a", "b", "c"], "--a, --b and --c are required."),
    ],
)
def test_missing_flags_are_named_together(names, sentence):
    values = flags.FlagValues()
    for name in names:
        flags.DEFINE_string(name, None, "A text.", flag_values=values, required=True)
    with pytest.raises(flags.Error) as caught:
        values(["program"])
    assert explained(caught.value) == sentence
