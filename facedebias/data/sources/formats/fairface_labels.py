"""What FairFace's labels may look like after spreadsheets and other hands."""

import datetime
import re

AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
GENDERS = ("Male", "Female")
RACES = ("White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern")
ATTRIBUTES = {"race": RACES, "gender": GENDERS, "age": AGES}

# Of the age groups only these two can be taken for days of a year: "3-9" is the 3rd of September or
# the 9th of March, and "10-19" the 19th of October or October 2019.
_CHILD, _TEEN = AGES.index("3-9"), AGES.index("10-19")
# First letters of March, September and October in languages that spreadsheets speak.
_MONTHS = {
    3: ("mar", "mär", "mae", "mrz", "mrt", "maa", "bře", "мар", "бер"),
    9: ("sep", "set", "wrz", "zář", "eyl", "сен", "вер"),
    10: ("oct", "okt", "ott", "out", "paź", "paz", "říj", "eki", "окт", "жов"),
}
_WORDS_OR_NUMBERS = re.compile(r"[^\W\d_]+|\d+")
_FIRST_DAY = datetime.date(1899, 12, 30)  # number 0 of Excel and LibreOffice
_SERIAL = re.compile(r"\d{5}(?:\.0+)?")
_LONGEST_DATE = 60  # characters
_IDEOGRAPHS = re.compile("[年月日]")
_OLD = ("70+", "more than 69", "over 70", ">70", "> 70", "70 and above", "70 and older", "70 or more")
_ALIKE = {
    **dict.fromkeys(_OLD, "more than 70"),
    **dict.fromkeys(("latino", "hispanic", "hispaniclatino"), "latinohispanic"),
    "m": "male",
    "f": "female",
}
_TIME = re.compile(r"[T ]\d{1,2}:\d\d.*")
_DASHES = re.compile(r"\s*(?:[‐‑‒–—−-]|\bto\b)\s*")  # noqa: RUF001


def code_of(name: str, text: str) -> tuple[int, bool] | None:
    """The code of an attribute's value, and whether it is written otherwise than FairFace does.

    Args:
        name: "race", "gender" or "age".
        text: the cell.

    Returns:
        None if it is no value of that attribute.
    """
    values = ATTRIBUTES[name]
    if text in values:
        return values.index(text), False
    spelling = _spelling_of_age if name == "age" else _letters
    spelled = spelling(text)
    for code, value in enumerate(values):
        if spelled == spelling(value):
            return code, True
    age = _age_of_date(text) if name == "age" else None
    return None if age is None else (age, True)


def _spelling_of_age(text: str) -> str:
    plain = _DASHES.sub("-", " ".join(text.replace("_", " ").lower().split()))
    return _ALIKE.get(plain, plain)


def _letters(text: str) -> str:
    plain = "".join(letter for letter in text.lower() if letter.isalpha())
    return _ALIKE.get(plain, plain)


def _age_of_date(text: str) -> int | None:
    """The age group that a spreadsheet has turned into a date, e.g. of "9-Mar" or "2025-03-09"."""
    if len(text) > _LONGEST_DATE:
        return None
    text = _IDEOGRAPHS.sub(" ", text)
    if _SERIAL.fullmatch(text):
        day = _FIRST_DAY + datetime.timedelta(days=int(float(text)))
        text = day.isoformat()
    parts = _WORDS_OR_NUMBERS.findall(_TIME.sub("", text))
    words = [part for part in parts if not part.isdecimal()]
    months = [month for word in words if (month := _month(word)) is not None]
    if len(words) != len(months) or len(months) > 1 or not 2 <= len(parts) <= 3:
        return None
    numbers = {int(part) for part in parts if part.isdecimal()}
    day_and_month = {*months, *(number for number in numbers if number <= 31)}
    if day_and_month >= {3, 9}:
        return _CHILD
    return _TEEN if 10 in day_and_month and (19 in day_and_month or 2019 in numbers) else None


def _month(word: str) -> int | None:
    return next((month for month, begins in _MONTHS.items() if word.lower().startswith(begins)), None)
