"""WordNet ids of people, to keep them out of the non-faces."""

import functools
import re

from facedebias.data.sources.formats.text_table import read_text
from facedebias.errors import InputError
from facedebias.reading.files import check_file, exists_as_file, expanded
from facedebias.text import visible

_WORDNET_ID = re.compile(r"n\d{8}")
# "n10148035", and "n10148035-groom" or "groom.n10148035" as some copies name their folders.
_ID_IN_NAME = re.compile(r"(?<![a-z0-9])n\d{8}(?![a-z0-9])")

# WordNet 3.0, whose ids ImageNet uses, numbers its nouns file by file: all people (and gods,
# fairies and the like) are the file noun.person, a range of ids. In it lie the three classes of
# people of ImageNet-1k (n09835506 ballplayer, n10148035 groom, n10565667 scuba diver) and the
# person subtree of ImageNet-21k.
_FIRST_PERSON, _LAST_PERSON = "n09483738", "n11408414"
# Classes outside that range that show people all the same.
_OTHER_PEOPLE = frozenset(
    {
        "n00007846",  # person
        "n02472293",  # homo, human being
        "n05538625",  # head
        "n05600637",  # human face
        "n07942152",  # people
    }
)
# Of folders named in words: ImageNet-1k's classes of people, and what other collections call theirs.
_PEOPLE_IN_WORDS = frozenset(
    {
        *("ballplayer", "baseball player", "groom", "bridegroom", "scuba diver"),
        *("person", "people", "human", "humans", "human being", "human face", "human head"),
        *("face", "faces", "faces easy", "head", "man", "men", "woman", "women"),
        *("boy", "boys", "girl", "girls", "baby", "child", "children"),
    }
)
_SPACES = re.compile(r"[\s_-]+")
# "982_groom", and "253.faces-easy-101" as in Caltech-256.
_NUMBERS_AROUND = re.compile(r"^\d+[\s._-]+|[\s._-]+\d+$")


@functools.cache  # asked of every picture, and there are far fewer classes
def is_excluded(class_name: str, exclude: frozenset[str] | None) -> bool:
    """Whether a class is to be left out.

    Args:
        class_name: a WordNet id, a name with one in it, or words.
        exclude: the ids to leave out; None means those of people, in words too.
    """
    found = id_in(class_name)
    if exclude is not None:
        return class_name in exclude or found in exclude
    if found is None:
        return any(_in_words(synonym) in _PEOPLE_IN_WORDS for synonym in class_name.split(","))
    return found in _OTHER_PEOPLE or _FIRST_PERSON <= found <= _LAST_PERSON


def id_in(name: str) -> str | None:
    """The WordNet id in a class's name, e.g. of "n10148035-groom"; None if there is none."""
    found = _ID_IN_NAME.search(name.lower())
    return found and found.group()


def _in_words(name: str) -> str:
    return _SPACES.sub(" ", _NUMBERS_AROUND.sub("", name)).strip().lower()


def is_wordnet_id(name: str) -> bool:
    """Whether a name is a noun's id, an n and eight digits."""
    return _WORDNET_ID.fullmatch(name) is not None


def read_ids(text: str) -> frozenset[str]:
    """Reads WordNet ids from "n09835506,n10148035" or "@FILE", a file with one a line.

    Raises:
        InputError: if the file is missing or a word is not an id.
    """
    listed = text
    if text.startswith("@"):
        path = expanded(text[1:])
        check_file(path, f"--exclude={text}")
        if not exists_as_file(path):
            raise InputError(f"--exclude={text}: no such file. Name a text file with one WordNet id a line.")
        listed = read_text(path, f"--exclude={text}")
    ids = frozenset(re.split(r"[\s,]+", listed.strip())) - {""}
    for word in sorted(ids):
        if not is_wordnet_id(word):
            shown = visible(word[:40])
            raise InputError(f"--exclude={text}: '{shown}' is not a WordNet id; expected one like n09835506.")
    return ids
