"""WordNet ids of people, to keep them out of the non-faces."""

import re
from pathlib import Path

from facedebias.errors import InputError

_WORDNET_ID = re.compile(r"n\d{8}")

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


def is_excluded(class_name: str, exclude: frozenset[str] | None) -> bool:
    """Whether a class is to be left out.

    Args:
        class_name: a WordNet id, or any other name, which is never a person.
        exclude: the ids to leave out; None means those of people.
    """
    if exclude is not None:
        return class_name in exclude
    if class_name in _OTHER_PEOPLE:
        return True
    return is_wordnet_id(class_name) and _FIRST_PERSON <= class_name <= _LAST_PERSON


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
        path = Path(text[1:]).expanduser()
        if not path.is_file():
            raise InputError(f"--exclude={text}: no such file. Name a text file with one WordNet id a line.")
        listed = path.read_text()
    ids = frozenset(re.split(r"[\s,]+", listed.strip())) - {""}
    for word in sorted(ids):
        if not is_wordnet_id(word):
            raise InputError(f"--exclude={text}: {word!r} is not a WordNet id; expected one like n09835506.")
    return ids
