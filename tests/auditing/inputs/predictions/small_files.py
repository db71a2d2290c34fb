"""Small files of predictions, read as an audit reads them."""

from facedebias.auditing.inputs.predictions import reading
from facedebias.auditing.inputs.predictions.options import Columns


def read(tmp_path, *texts, groups=(), kind=None, **columns):
    """Sample, models and names of groups of files a.csv, b.csv and so on."""
    files = []
    for name, text in zip("abcd", texts, strict=False):
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        files.append((name, path))
    return reading.read(files, groups, kind, Columns(**columns))


def column(name, cells, labels=None):
    """A file with a column of groups; its labels alternate unless they are given."""
    labels = labels or [i % 2 for i in range(len(cells))]
    rows = [f'0.{i % 10},{labels[i]},"{cell}"\n' for i, cell in enumerate(cells)]
    return f"score,label,{name}\n{''.join(rows)}"


def known(attribute):
    """The words that an attribute's codes stand for; "" for unknown."""
    return [attribute.values[code] if code >= 0 else "" for code in attribute.codes]


def notes(sample):
    """All notes as one text."""
    return "\n".join(sample.notes)
