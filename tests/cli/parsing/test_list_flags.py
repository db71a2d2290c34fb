"""Lists are given with commas, by repeating the flag, or both, and names that hold commas stay whole."""

import subprocess
import sys

import pytest
from absl import flags

from facedebias.cli.parsing import list_flags

KINDS = {
    "groups": (flags.ListParser().parse, flags.ArgumentParser()),
    "threshold": (flags.ListParser().parse, flags.FloatParser()),
    "model": (list_flags.places, flags.ArgumentParser()),
    "bins": (list_flags.assignments, flags.ArgumentParser()),
}


@pytest.fixture
def parsed():
    """Parses a command line with a flag of each kind; returns the values of one."""

    def parse(name, *words):
        values = flags.FlagValues()
        for flag, (split, parser) in KINDS.items():
            values[flag] = list_flags.ListFlag(split, parser, flag, [], "Some.")
        values(["program", *words])
        return values[name].value

    return parse


@pytest.mark.parametrize(
    "words",
    [
        ["--groups=race,gender"],
        ["--groups", "race,gender"],
        ["--groups=race", "--groups=gender"],
        ["--groups=race, gender"],
    ],
)
def test_both_forms_give_the_same(parsed, words):
    assert parsed("groups", *words) == ["race", "gender"]


def test_the_forms_add_up(parsed):
    assert parsed("groups", "--groups=a,b", "--groups", "c") == ["a", "b", "c"]
    assert parsed("threshold", "--threshold=0.5,0.25", "--threshold=1") == [0.5, 0.25, 1.0]


def test_a_name_with_a_comma_stands_in_quotes(parsed):
    assert parsed("groups", '--groups="a, b",c') == ["a, b", "c"]


def test_a_list_may_be_empty(parsed):
    assert parsed("groups", "--groups=") == []
    assert parsed("groups") == []


def test_a_number_that_is_none_is_named_alone(parsed):
    with pytest.raises(flags.IllegalFlagValueError, match="--threshold=low: "):
        parsed("threshold", "--threshold=0.5,low")


def test_places_divide_at_commas_but_not_inside_a_name_that_exists(parsed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a,b", "c", "s,1-x", "s,1-y"):
        (tmp_path / name).mkdir()
    assert parsed("model", "--model=c,d") == ["c", "d"]
    assert parsed("model", "--model=a,b") == ["a,b"]
    assert parsed("model", "--model=c,a,b,d") == ["c", "a,b", "d"]
    assert parsed("model", "--model=old=a,b,new=c") == ["old=a,b", "new=c"]
    assert parsed("model", "--model=old=s,1-*,c") == ["old=s,1-*", "c"]
    assert parsed("model", "--model=folder:a,b,folder:c") == ["folder:a,b", "folder:c"]
    assert parsed("model", "--model=@a,b,n00007846") == ["@a,b", "n00007846"]
    assert parsed("model", "--model=a,b", "--model=c") == ["a,b", "c"]


def test_places_that_do_not_exist_are_as_they_were_typed():
    assert list_flags.places("synthetic:40") == ["synthetic:40"]
    assert list_flags.places("one, two") == ["one", "two"]
    assert list_flags.places("") == [""]


def test_ranges_keep_their_commas(parsed):
    assert parsed("bins", "--bins=age=18,30,income=1000,2000") == ["age=18,30", "income=1000,2000"]
    assert parsed("bins", "--bins=age=18", "--bins=a,b=1,2") == ["age=18", "a,b=1,2"]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("evaluate", "model predictions groups threshold max_gap min_worst sizes bins"),
        ("train", "groups"),
        ("compare", "groups mitigation max_gap"),
        ("thresholds", "groups"),
        ("detect", "sizes"),
        ("prepare", "faces nonfaces exclude"),
    ],
)
def test_every_flag_that_takes_several_values_takes_them_in_the_same_forms(command, names):
    program = (
        f"from facedebias.cli import {command} as command\n"
        "from facedebias.cli.parsing.list_flags import ListFlag\n"
        "from absl import flags\n"
        "own = flags.FLAGS.get_key_flags_for_module(command)\n"
        "assert set(getattr(command, 'SECTIONS', {})) <= {flag.name for flag in own}\n"
        "print(*sorted(flag.name for flag in own if isinstance(flag, ListFlag)))\n"
        "print(*[f.name for f in own if 'list' in f.flag_type() or 'multi' in f.flag_type()"
        " if not isinstance(f, ListFlag)])"
    )
    # In a process of its own, as the flags of two commands have the same names.
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [" ".join(sorted(names.split())), ""]
