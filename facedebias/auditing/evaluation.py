"""The audit from end to end: models and pictures, or predictions, in; figures out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from facedebias.auditing import comparison, fragility, gate, low_point, measuring, runs, suspects
from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison
from facedebias.auditing.findings import ModelResult
from facedebias.auditing.formats import same_threshold
from facedebias.auditing.inputs import exclusion
from facedebias.auditing.inputs.groups import Groups, divide
from facedebias.auditing.inputs.predictions import reading
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.measuring import Options
from facedebias.auditing.runs import Runs
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.statistics.between import Resampling
from facedebias.auditing.thresholds import operating_points, yes_no
from facedebias.configuration.setting_names import setting
from facedebias.scoring import weights as row_weights
from facedebias.scoring.model_scores import ModelScores


def evaluate(config: AuditConfig, show_progress: bool = False) -> Audit:
    """Scores every model on the same rows and computes its figures.

    Args:
        config: what to audit.
        show_progress: whether to draw progress bars.

    Raises:
        InputError: if anything that the config names is missing or does not fit.
    """
    config.validate()
    named = config.named_models()
    if config.predictions:
        files = [(name, path) for name, _, path in named]
        sample, read_scores, names = reading.read(files, config.groups, config.output_kind, config.columns)
        score = _already(read_scores)
    else:
        # TensorFlow takes seconds to import, which predictions from a file need not wait for.
        from facedebias.auditing.inputs import picture_sample, window_sample

        models = [(name, path) for name, _, path in named]
        if config.windows:
            sample, score, names = window_sample.open_sample(config, models, config.windows)
        else:
            sample, score, names = picture_sample.open_sample(config, models)
    kept = np.arange(len(sample.labels))
    if config.exclude:
        sample, kept = exclusion.exclude(config.exclude, sample, names)
    groups = divide(sample, names)
    operating_points.check(config.rule, sample, groups)  # before scoring, which takes long
    # All rows are scored, so that coins and sizes that are drawn for them stay the same.
    scores = score(show_progress)
    if config.exclude:
        scores = [exclusion.take_scores(model, kept) for model in scores]
    return audit_scores(config, sample, groups, scores, [run_of for _, run_of, _ in named])


def _already(scores: list[ModelScores]) -> Callable[[bool], list[ModelScores]]:
    return lambda show_progress: scores


def audit_scores(
    config: AuditConfig, sample: Sample, groups: Groups, scores: list[ModelScores], run_of: list[str]
) -> Audit:
    """Computes what is found about scores, wherever they came from.

    Args:
        config: what to audit; its models and data are not looked at.
        sample: the rows.
        groups: their main division.
        scores: each model's answers.
        run_of: for each, the model that it is a run of.

    Raises:
        InputError: if a model answers only yes or no, and not at the rate asked for.
    """
    sample = _without_equal_weights(sample)
    options = Options(config.min_group, Resampling(config.num_draws, config.seed))
    names = groups.attributes
    divisions = (groups, *(divide(sample, (name,)) for name in names if len(names) > 1))
    rule = config.rule
    two_answers = [yes_no.check(rule, model, sample.labels, groups, sample.weights) for model in scores]
    thresholds = [
        operating_points.find(rule, index, model, sample.labels, groups, sample.weights)
        for index, model in enumerate(scores)
    ]
    results = tuple(
        measuring.measure(model, sample, divisions, found, options)
        for model, found in zip(scores, thresholds, strict=True)
    )
    decisions = [
        operating_points.decide(model.scores, found, groups)
        for model, found in zip(scores, thresholds, strict=True)
    ]
    found_suspects = suspects.find(sample.labels, groups.is_counted, scores)
    fragile = fragility.notes(rule, sample.labels, groups, scores, thresholds, found_suspects, sample.weights)
    return Audit(
        sample=sample,
        groups=groups,
        scores=tuple(scores),
        rule=rule,
        threshold_rule=operating_points.describe(rule, sample, groups, scores),
        split=config.split,
        options=options,
        models=results,
        comparisons=_comparisons(sample, groups, results, decisions, options),
        runs=_runs(results, run_of),
        verdicts=gate.judge(config.gate, results, config.confident),
        notes=(
            *_sample_notes(sample, groups),
            *_group_notes(results),
            *_score_notes(scores),
            *filter(None, two_answers),
            *fragile,
        ),
        suspects=found_suspects,
        low=low_point.measure(rule, scores, sample, groups, results, options),
        formats=same_threshold.measure(scores, results, sample, groups),
    )


def _without_equal_weights(sample: Sample) -> Sample:
    """Drops weights that are all equal, and says so: the audit is then to the digit that without."""
    if sample.weights is None or row_weights.relative(sample.weights) is not None:
        return sample
    note = "the weights of all rows are equal, so every row counts the same."
    return replace(sample, weights=None, notes=(*sample.notes, note))


def _sample_notes(sample: Sample, groups: Groups) -> list[str]:
    told = (sample.target, sample.windows, sample.excluded)
    found = [sentence for facts in told if facts for sentence in facts.sentences()]
    if sample.weights is not None:
        found.append(row_weights.sentence(sample.weights[groups.is_counted]))
    return [*sample.notes, *found]


def _group_notes(results: tuple[ModelResult, ...]) -> list[str]:
    """Of the first model; of others what is new, as how many rows are selected is each model's own."""
    first, *others = results
    found = list(first.main.notes)
    for other in others:
        found += [f"model {other.name}: {note}" for note in other.main.notes if note not in first.main.notes]
    return found


def _comparisons(
    sample: Sample,
    groups: Groups,
    results: tuple[ModelResult, ...],
    decisions: list[np.ndarray],
    options: Options,
) -> tuple[Comparison, ...]:
    """Each further model against the first."""
    drawn = (options.resampling.num_draws, options.resampling.seed)
    return tuple(
        comparison.compare(
            (results[0].name, result.name),
            sample.labels,
            (decisions[0], decisions[index]),
            groups.codes,
            groups.names,
            result.main.compared,
            drawn,
            weights=sample.weights,
        )
        for index, result in enumerate(results)
        if index
    )


def _runs(results: tuple[ModelResult, ...], run_of: list[str]) -> tuple[Runs, ...]:
    found = []
    for name in dict.fromkeys(run_of):
        members = [result for result, of in zip(results, run_of, strict=True) if of == name]
        if len(members) > 1:
            found.append(runs.summarize(name, members))
    return tuple(found)


def _score_notes(scores: list[ModelScores]) -> list[str]:
    """What is said of the models' answers, and what they were taken for where nobody said."""
    notes = [model.note for model in scores if model.note]
    guessed = ", ".join(f"{model.name}: {model.kind}" for model in scores if not model.is_declared)
    if not guessed:
        return notes
    settles = f"{setting('output_kind')} settles it"
    return [*notes, f"the kind of scores was taken from their values ({guessed}); {settles}."]
