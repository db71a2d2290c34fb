"""What an audit finds about models on the same rows: a plain record."""

from dataclasses import dataclass, replace

from facedebias.auditing.comparison import Comparison
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.formats.same_threshold import FormatFamily
from facedebias.auditing.gate import Verdict
from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.low_point import LowPoint
from facedebias.auditing.measuring import Options
from facedebias.auditing.runs import Runs
from facedebias.auditing.suspects import NO_SUSPECTS, Suspects
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.threshold_rule import Rule


@dataclass(frozen=True)
class Audit:
    """Models on the same rows, and how they were compared.

    Attributes:
        sample: the rows.
        groups: their main division.
        scores: each model's answers.
        rule: how thresholds were set.
        threshold_rule: the same in words.
        split: part of the data that was used; None for all.
        options: what figures depend on beside the rows.
        models: results by model.
        comparisons: of each further model with the first, on the same rows.
        runs: summaries of models that were given as several runs.
        verdicts: of the gate.
        notes: what a reader must know.
        suspects: rows whose label every model contradicts.
        low: the same models at a lower false positive rate; None if there is no such point.
        formats: models that are one in several formats, held to one threshold.
    """

    sample: Sample
    groups: Groups
    scores: tuple[ModelScores, ...]
    rule: Rule
    threshold_rule: str
    split: str | None
    options: Options
    models: tuple[ModelResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    runs: tuple[Runs, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    suspects: Suspects = NO_SUSPECTS
    low: LowPoint | None = None
    formats: tuple[FormatFamily, ...] = ()

    def at_low_point(self) -> "Audit | None":
        """The audit at its low point, for all that shows recall by group; None if there is none."""
        if self.low is None:
            return None
        return replace(
            self,
            rule=self.low.rule,
            threshold_rule=self.low.threshold_rule,
            models=self.low.models,
            comparisons=(),
            runs=(),
            verdicts=(),
            notes=self.low.notes,
            low=None,
            formats=(),
        )
