"""What an audit finds about models on the same rows: a plain record."""

from dataclasses import dataclass

from facedebias.audit.comparison import Comparison
from facedebias.audit.findings import ModelResult
from facedebias.audit.gate import Verdict
from facedebias.audit.groups import Groups
from facedebias.audit.measuring import Options
from facedebias.audit.operating_points import Rule
from facedebias.audit.runs import Runs
from facedebias.audit.sample import ModelScores, Sample
from facedebias.audit.suspects import NO_SUSPECTS, Suspects


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
