"""Suspects of an audit: `suspects.csv`, and what the page shows of them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from facedebias import spreadsheet
from facedebias.auditing.audit import Audit
from facedebias.auditing.inputs.sample import FILE_COLUMN
from facedebias.auditing.suspects import COLUMNS, MOST_LISTED
from facedebias.report.plots.thumbnails import Album
from facedebias.text import counted, visible

_NUM_SHOWN = 24  # of each label, on the page
_MOST_PLACES = 6
_PATH = "path"


@dataclass(frozen=True)
class Suspect:
    """One suspect as people see it.

    Attributes:
        row: of the sample.
        rank: from 1, the most suspicious first.
        names: by which the row is known, e.g. file, row and path.
        where: the same as a caption.
        is_positive: its label.
        group: it belongs to; empty for none.
        why: what contradicts the label.
        contradiction: share of the other label's rows that it is beyond.
        scores: of each model.
    """

    row: int
    rank: int
    names: dict[str, str]
    where: str
    is_positive: bool
    group: str
    why: str
    contradiction: float
    scores: tuple[float, ...]

    @property
    def label(self) -> str:
        """Its label in words."""
        return "positive" if self.is_positive else "negative"


@dataclass(frozen=True)
class Shelf:
    """Suspects of one label, for the page.

    Attributes:
        title: what they are, how many there are and how many are shown.
        places: where most of them come from; empty if they have no paths.
        suspects: those shown.
    """

    title: str
    places: str
    suspects: list[Suspect]


def listed(audit: Audit) -> list[Suspect]:
    """The suspects that are listed, most suspicious first."""
    chosen = audit.suspects.listed()
    names = _names(audit, chosen.rows)
    found = []
    columns = zip(chosen.rows.tolist(), chosen.contradictions, chosen.is_positive, strict=True)
    for index, (row, share, is_positive) in enumerate(columns):
        group = audit.groups.codes[row]
        found.append(
            Suspect(
                row=row,
                rank=index + 1,
                names={name: texts[index] for name, texts in names.items()},
                where=visible(audit.sample.locate(row)),
                is_positive=bool(is_positive),
                group=audit.groups.names[group] if group >= 0 else "",
                why=_why(bool(is_positive), float(share), len(audit.scores)),
                contradiction=float(share),
                scores=tuple(float(model.scores[row]) for model in audit.scores),
            )
        )
    return found


def _names(audit: Audit, rows: np.ndarray) -> dict[str, list[str]]:
    identify = audit.sample.identify
    if identify is None:
        return {"where": [visible(audit.sample.locate(row)) for row in rows.tolist()]}
    return {visible(name): list(map(visible, texts)) for name, texts in identify(rows).items()}


def _why(is_positive: bool, share: float, num_models: int) -> str:
    who = "every model" if num_models > 1 else "the model"
    where = "below" if is_positive else "above"
    return f"{who} scores it {where} {share:.1%} of the {'negatives' if is_positive else 'positives'}"


def as_csv(audit: Audit) -> str:
    """A line for each suspect that is listed; `--exclude` takes it."""
    names = list(_names(audit, np.zeros(0, int)))
    scores = [f"score {model.name}" for model in audit.scores]
    first, *others = COLUMNS
    rows: list[list[str | float]] = [[first, *names, *others, *scores]]
    for suspect in listed(audit):
        known = [suspect.names[name] for name in names]
        judged = [suspect.label, suspect.group, suspect.why, f"{suspect.contradiction:.4f}"]
        rows.append([suspect.rank, *known, *judged, *(f"{score:.6g}" for score in suspect.scores)])
    return spreadsheet.as_csv(rows)


def summary(audit: Audit) -> str:
    """How many there are, and how many are listed."""
    negatives, positives = (audit.suspects.count(is_positive) for is_positive in (False, True))
    most = f" (listed: the first {MOST_LISTED} of each)" if max(negatives, positives) > MOST_LISTED else ""
    return f"{counted(negatives, 'negative')} and {counted(positives, 'positive')}{most}"


def shelves(audit: Audit, album: Album) -> list[Shelf]:
    """What the page shows: negatives, which set thresholds, and then positives; none without suspects.

    Args:
        audit: what was found.
        album: takes in the pictures of those shown.
    """
    found, made = listed(audit), []
    for is_positive in (False, True):
        own = [suspect for suspect in found if suspect.is_positive == is_positive]
        if own:
            title = "Positives scored like negatives" if is_positive else "Negatives scored like positives"
            size, shown = audit.suspects.count(is_positive), own[:_NUM_SHOWN]
            of_all = f"the first {len(shown)} of {size:,}" if len(shown) < size else f"{size:,}"
            album.add(audit, np.array([suspect.row for suspect in shown]))
            made.append(Shelf(f"{title}: {of_all}", _places(own), shown))
    return made


def _places(suspects: list[Suspect]) -> str:
    """Files and folders that most of the listed come from: a whole class may be labelled wrongly."""
    places = Counter(_place(suspect.names) for suspect in suspects if _PATH in suspect.names)
    most = ", ".join(f"{name} ({count})" for name, count in places.most_common(_MOST_PLACES) if name)
    rest = len(places) - _MOST_PLACES
    return f"From {most}{f' and {rest} more folders' if rest > 0 else ''}." if most else ""


def _place(names: dict[str, str]) -> str:
    folder = str(PurePath(names[_PATH]).parent)
    return folder if folder != "." else names.get(FILE_COLUMN, "")
