"""What must be said beside the figures, and no more than their intervals allow."""

from collections.abc import Callable, Sequence

from facedebias.audit.audit import SMALL_GROUP, Audit, Estimate, ModelResult


def notes(audit: Audit) -> list[str]:
    """Sentences on rows left out, small groups, and which models the intervals tell apart."""
    groups = audit.models[0].groups
    found = [note[0].upper() + note[1:] for note in audit.notes]
    small = [f"{group.name} ({group.num_faces})" for group in groups if group.num_faces < SMALL_GROUP]
    if small:
        found.append(f"Under {SMALL_GROUP} faces, so that little can be said: {', '.join(small)}.")
    if len(audit.models) == 1:
        return found
    if len(groups) == 1:
        return [*found, _comparison("Recall", audit.models, lambda model: model.overall_recall)]
    return [
        *found,
        _comparison("Mean of groups", audit.models, lambda model: model.mean_recall),
        _comparison("Worst group", audit.models, lambda model: model.worst_recall),
    ]


def _comparison(what: str, models: Sequence[ModelResult], figure: Callable[[ModelResult], Estimate]) -> str:
    """Names the pairs of models whose intervals lie apart."""
    apart = [
        f"{better.name} above {worse.name}"
        for better in models
        for worse in models
        if figure(better).interval[0] > figure(worse).interval[1]
    ]
    num_pairs = len(models) * (len(models) - 1) // 2
    if not apart:
        return f"{what}: the models' intervals overlap; these faces do not settle which model is better."
    rest = "" if len(apart) == num_pairs else "; other pairs of models overlap"
    return f"{what}: intervals lie apart for {', '.join(apart)}{rest}."
