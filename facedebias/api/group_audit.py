"""What `fd.audit` and `fd.compare` return."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from facedebias.api import frames, notebook
from facedebias.api.custom_metrics import CustomResult
from facedebias.auditing.audit import Audit
from facedebias.configuration import setting_names
from facedebias.errors import InputError
from facedebias.report import tables, verdict
from facedebias.report.shown import shown
from facedebias.text import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GroupAudit:
    """What was found about one or more models, group by group.

    Made by `facedebias.audit` and `facedebias.compare`. Shares lie from 0 to 1, variances are in %², and
    intervals hold 95%. docs/metrics.md defines every metric and names its source. With several models
    the frames have their names as the first level of the index.

    Args:
        audit: what was found.
        custom: further metrics of each model.
    """

    def __init__(self, audit: Audit, custom: Sequence[Sequence[CustomResult]]):
        self._audit, self._custom = audit, custom
        self._shown = shown(audit)

    @property
    def models(self) -> list[str]:
        """Names of the models, the one that others are compared with first."""
        return [model.name for model in self._audit.models]

    @property
    def thresholds(self) -> pd.DataFrame:
        """Threshold of each model in each group, float64: a row a group, a column a model.

        In units of the scores. A row is selected if its score is at least that.
        """
        names = pd.Index(self._audit.groups.names, name=frames.GROUP)
        return pd.DataFrame({model.name: list(model.thresholds) for model in self._audit.models}, index=names)

    @property
    def by_group(self) -> pd.DataFrame:
        """Metrics of each group: a row a group.

        Columns are `n` (rows), `num_positives`, with weights `effective_rows` (L. Kish, Survey Sampling,
        1965), and for each metric four: `recall`'s are `true_positive_rate`, `true_positive_rate_low`,
        `true_positive_rate_high` and `true_positive_rate_n`, the rows that it rests on. NaN is undefined.
        """
        return frames.by_group(self._audit, self._custom, None)

    def by(self, attribute: str) -> pd.DataFrame:
        """The same as `by_group` for one attribute alone, e.g. "race" of race x gender.

        Metrics of the caller's own are not in it.

        Raises:
            InputError: if the groups are not made by it.
        """
        known = self._audit.groups.attributes
        if attribute not in known:
            listed = ", ".join(map(visible, known)) or "made by no attribute"
            raise InputError(f"attribute: the groups have no {visible(str(attribute))}; they are {listed}.")
        return frames.by_group(self._audit, self._custom, None if len(known) == 1 else attribute)

    @property
    def overall(self) -> pd.DataFrame:
        """Metrics over all rows that count: a row a metric, with `value`, `low`, `high` and `n`."""
        return frames.overall(self._audit, self._custom)

    @property
    def between(self) -> pd.DataFrame:
        """Differences, ratios and variances between groups: a row a figure.

        Columns are `value`, `low`, `high`, `p_value` (of "all groups are alike"), `highest` and `lowest`
        (groups), `detectable` (the smallest difference that these rows would show with 80% power) and
        `left_out` (groups with too few rows). Without a second group it is empty.
        """
        return frames.between(self._audit, self._custom)

    @property
    def low_point(self) -> pd.DataFrame:
        """Recall of each group at the lowest false positive rate that the negatives support, down to 0.1%.

        Columns are `n` (positives), `value`, `low` and `high` of recall, and `fpr`, the rate. It is empty
        if the threshold was not set at a false positive rate, or if no lower one is supported.
        """
        return frames.low_point(self._audit)

    @property
    def changes(self) -> pd.DataFrame:
        """Changes from the first model to each other: a row a gap or a group; empty for one model.

        Columns are `model`, `baseline`, `metric`, `of` ("gap" or "group"), `group`, `before`, `after`,
        `change`, `low` and `high` (of gaps) and `p_value` (of groups by McNemar's test, corrected by
        Holm's method).
        """
        return frames.changes(self._audit)

    @property
    def verdict(self) -> list[str]:
        """What the figures say in sentences, as the report has it."""
        return verdict.sentences(self._shown)

    @property
    def notes(self) -> list[str]:
        """What a reader must know: rows and groups left out, how values were read."""
        return verdict.notes(self._shown)

    def plot_recall(self) -> "Figure":
        """Draws each group's recall with its interval, the worst group on top.

        Returns:
            A Matplotlib figure, which notebooks show.
        """
        from facedebias.report.plots import figures  # Matplotlib takes a second to import

        return figures.recall_figure(self._shown)

    def write(self, folder: str | os.PathLike[str], overwrite: bool = False) -> Path:
        """Writes the report as `evaluate.py --output` does; metrics of the caller's own are not in it.

        Args:
            folder: to write; it and those that it lies in are made.
            overwrite: replace a report that lies there.

        Returns:
            The page, `report.html`.

        Raises:
            InputError: if something is there that may not be replaced, or the folder cannot be made.
        """
        from facedebias.report import writer

        with setting_names.arguments(output="folder"):
            writer.write(self._audit, Path(folder), overwrite)
        return Path(folder) / writer.PAGE

    def __repr__(self) -> str:
        """The table of recall by group, and the verdict."""
        lines = [f"- {sentence}" for sentence in self.verdict]
        return "\n".join([tables.as_text(self._shown), "", *lines])

    def _repr_html_(self) -> str:
        """The verdict and a table, for notebooks."""
        return notebook.as_html(self._shown, self._custom)
