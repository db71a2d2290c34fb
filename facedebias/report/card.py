"""Model cards: Markdown with the sections of M. Mitchell et al., Model Cards for Model Reporting, FAT* 2019.

What `run.json` and the audit know is filled in. What only people can say is asked for in words,
so that nobody takes an empty section for an answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from facedebias.auditing.audit import Audit
from facedebias.auditing.findings import Division, ModelResult
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.report import verdict
from facedebias.report.formats import markdown
from facedebias.report.formats.markdown import code, text
from facedebias.report.numbers import bracketed
from facedebias.scoring.beside import run_beside

_COLUMNS = (
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
    "accuracy",
    "auc",
    "expected_calibration_error",
)
_ASK = "*To be filled in by those who release the model:*"


def as_markdown(audit: Audit, index: int, date: str) -> str:
    """The card of one model.

    Args:
        audit: what was found.
        index: of the model in it.
        date: of the audit.
    """
    model = audit.models[index]
    # Predictions come from a file, and a run beside that is not known to have made them.
    run = (run_beside.read(model.path) if audit.sample.read else run_beside.RunBeside()).fields
    sections = [
        markdown.heading(1, f"Model card: {model.name}"),
        f"Sections after Mitchell et al. 2019. Metrics: audit of {date}.",
        _section("Model details", _details(model, run)),
        _section("Intended use", _intended_use(audit.sample.target)),
        _section("Factors", _factors(audit, model)),
        _section("Metrics", _metrics(audit, model)),
        _section("Evaluation data", _evaluation_data(audit, model)),
        _section("Training data", _training_data(run)),
        _section("Quantitative analyses", _analyses(audit, model)),
        _section("Ethical considerations", _ethics(audit.sample.target)),
        _section("Caveats and recommendations", _caveats(audit, model)),
    ]
    return "\n\n".join(sections) + "\n"


def _section(title: str, lines: list[str]) -> str:
    return "\n\n".join([f"## {title}", *lines])


def _bullets(pairs: list[tuple[str, str]]) -> str:
    """Names of this module, and values that are Markdown."""
    return "\n".join(f"- {name}: {value}" for name, value in pairs)


def _details(model: ModelResult, run: Mapping[str, Any]) -> list[str]:
    config = run["config"]
    kind = [(name, config.get(name)) for name in ("model", "sampler", "width")]
    trained = [("", run.get("date")), ("seed", run.get("seed")), ("epoch", run.get("epoch"))]
    pairs = {
        "Audited as": code(model.path),
        "Kind": _joined([("" if name == "model" else name, value) for name, value in kind]),
        "Trained": _joined(trained),
        "Command": code(run.get("command", "")),
        "Software": _joined(run.get("versions", {}).items()),
        "Source": code(run.get("git_revision", "")),
        "Settings": _joined((name, value) for name, value in config.items() if name != "data"),
    }
    return [_bullets(_known(pairs)), f"{_ASK} who developed it, licence, where to send questions."]


def _known(pairs: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those that something is known of."""
    return [(name, value) for name, value in pairs.items() if value]


def _joined(pairs: Iterable[tuple[str, Any]]) -> str:
    """E.g. "seed 3, epoch 7", of what is known."""
    return text(", ".join(f"{name} {_plain(value)}".strip() for name, value in pairs if value is not None))


def _plain(value: Any) -> str:
    return (" and ".join(value) or "none") if isinstance(value, list) else str(value)


def _intended_use(facts: TargetFacts | None) -> list[str]:
    made_for = (
        "It answers whether a picture is positive (for a detector: shows a face). It was not made to "
        "tell who somebody is, nor their gender, race, age or mood."
    )
    if facts:
        made_for = (
            f"It answers whether a face is labelled {facts.target} rather than {facts.negatives}. It was not "
            "made to tell who somebody is, nor whether a picture shows a face."
        )
    return [f"{_ASK} primary uses, primary users, uses out of scope.", text(made_for)]


def _factors(audit: Audit, model: ModelResult) -> list[str]:
    groups = ", ".join(f"{group.name} ({group.num_rows:,})" for group in model.groups)
    by = ", ".join(audit.groups.attributes) or "none"
    return [
        _bullets([("Attributes evaluated", text(by)), ("Groups and their rows", text(groups))]),
        "Groups are those that the evaluation data names; they are not the only ones that matter.",
    ]


def _metrics(audit: Audit, model: ModelResult) -> list[str]:
    return [
        _bullets(
            [
                ("Measures", ", ".join(METRICS[name].label for name in _COLUMNS)),
                (
                    "Decision threshold",
                    text(f"{audit.threshold_rule}; here {model.kind} {_threshold(model)}"),
                ),
                (
                    "Uncertainty",
                    "95% intervals: Wilson for shares, test inversion by bootstrap between groups; "
                    f"{audit.options.resampling.num_draws:,} draws",
                ),
            ]
        )
    ]


def _threshold(model: ModelResult) -> str:
    return "by group" if len(set(model.thresholds)) > 1 else f"{model.threshold_score:.6g}"


def _evaluation_data(audit: Audit, model: ModelResult) -> list[str]:
    facts = audit.sample.target
    part = f", split {audit.split}" if audit.split else ""
    return [
        _bullets(
            [
                ("Positives", f"{model.num_rows - model.num_negatives:,} of {code(audit.sample.data)}{part}"),
                ("Negatives", f"{model.num_negatives:,} of {code(audit.sample.negatives)}"),
                *([("Target", text(facts.summary()))] if facts else []),
                *([("Left out", text(audit.sample.excluded.summary()))] if audit.sample.excluded else []),
            ]
        ),
        f"{_ASK} why these data, and how they were prepared.",
    ]


def _training_data(run: Mapping[str, Any]) -> list[str]:
    rows = run.get("num_rows", {})
    pairs = {
        "File": code(run["config"].get("data", "")),
        "SHA-256": code(run.get("data_sha256", "")),
        "Rows": text(", ".join(f"{name.replace('_', ' ')} {size:,}" for name, size in rows.items())),
    }
    if known := _known(pairs):
        return [_bullets(known)]
    return [f"{_ASK} nothing was found beside the model that says what it was trained on."]


def _analyses(audit: Audit, model: ModelResult) -> list[str]:
    parts = ["Unitary results:" if model.marginals else "Results by group:"]
    divisions = [*model.marginals, model.main] if model.marginals else [model.main]
    for division in divisions:
        if division is model.main and model.marginals:
            parts.append("Intersectional results:")
        parts.append(_table(division))
    parts.append(markdown.line(verdict.model_sentence(model.name, model.main)))
    return parts


def _table(division: Division) -> str:
    names = [name for name in _COLUMNS if any(group.metrics.get(name) for group in division.groups)]
    header = [division.label, "n", *(METRICS[name].label for name in names)]
    rows = [
        [
            group.name + (" (small)" if "true_positive_rate" in group.small_for else ""),
            f"{group.num_rows:,}",
            *(bracketed(group.metrics.get(name)) for name in names),
        ]
        for group in division.groups
    ]
    return markdown.table([header, *rows], num_left=1)


def _ethics(facts: TargetFacts | None) -> list[str]:
    lines = [
        f"{_ASK} risks and harms, and what was done about them; whether the people pictured consented.",
        "A classifier of faces can be put to surveillance whatever its error rates are.",
    ]
    if facts:
        seen = f"{facts.target.name} is what those who labelled the pictures saw in them. The audit takes it"
        lines.append(markdown.line(f"{seen} for the truth, so that it cannot see a bias of theirs."))
    return lines


def _caveats(audit: Audit, model: ModelResult) -> list[str]:
    lines = [
        "Intervals cover other rows of the same kind. They do not cover another training run, nor other "
        "kinds of pictures.",
        *verdict.notes(audit),
    ]
    lines += [result.sentence for result in audit.verdicts if result.model == model.name]
    return [markdown.bullets(lines)]
