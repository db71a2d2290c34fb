"""Which WordNet ids are people, and the list that replaces them."""

import pytest

from facedebias.data.wordnet import is_excluded, read_ids
from facedebias.errors import InputError


def test_person_classes():
    people = ["n09835506", "n10148035", "n10565667", "n00007846", "n09483738", "n11408414"]
    others = ["n01440764", "n09472597", "n11879895", "n09483519", "n11408559", "texture_dotted", "n1"]
    assert all(is_excluded(name, None) for name in people)
    assert not any(is_excluded(name, None) for name in others)
    assert not is_excluded("n10148035", frozenset()) and is_excluded("n01440764", frozenset({"n01440764"}))


def test_reading_the_exclusion(tmp_path):
    assert read_ids("n09835506, n10148035") == {"n09835506", "n10148035"}
    assert read_ids("") == frozenset()
    (tmp_path / "ids.txt").write_text("n09835506\nn10565667\n")
    assert read_ids(f"@{tmp_path / 'ids.txt'}") == {"n09835506", "n10565667"}
    with pytest.raises(InputError, match="'groom' is not a WordNet id; expected one like n09835506"):
        read_ids("n09835506,groom")
    with pytest.raises(InputError, match="--exclude=@none.txt: no such file"):
        read_ids("@none.txt")
