"""`report.html`: the audit as one page that loads nothing, for people who look rather than read."""

import importlib.resources
import json
import math
from typing import Any

import vl_convert
from jinja2 import Environment, FunctionLoader
from markupsafe import Markup

import facedebias
from facedebias.auditing.audit import Audit
from facedebias.auditing.comparison import Comparison, RateChange
from facedebias.auditing.findings import Division
from facedebias.auditing.inputs.groups import SHARED
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.intervals import Estimate
from facedebias.auditing.statistics.metrics import METRICS, RATES, SCORE_METRICS
from facedebias.report import places, suspects_list, verdict
from facedebias.report.numbers import spread_rows
from facedebias.report.places import SHOWN, Place
from facedebias.report.plots import bars, curves, lines, thumbnails
from facedebias.scoring.beside import run_views
from facedebias.scoring.threshold_rule import FPR

RECALL = "true_positive_rate"
DEFAULT_METRIC = "false_negative_rate"  # bars start at 0, and misses are small where a model is good
_LIBRARY_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_DIGITS = 5


def render(audit: Audit, date: str, reading: list[str], show_progress: bool = False) -> str:
    """The page.

    Args:
        audit: what was found.
        date: when.
        reading: paragraphs on how to read the figures.
        show_progress: whether to draw a bar while figures are computed for every threshold.
    """
    shown, own = places.compute(audit, show_progress)
    album, shelves = thumbnails.collect(audit)
    doubted = suspects_list.shelves(audit, album)
    insides = [(model.name, found) for model in audit.models if (found := run_views.of_place(model.path))]
    data = {
        **_figures(audit, shown, own),
        **_charts(audit),
        "album": album.data,
        "captions": album.captions,
        "shelves": shelves,
        "insides": [
            {"spec": lines.effective_sample_size(found.num_faces), "rows": found.sizes}
            for _, found in insides
        ],
    }
    environment = Environment(loader=FunctionLoader(_asset), autoescape=True)
    return environment.get_template("page.html.j2").render(
        title=_title(audit),
        verdict=verdict.sentences(audit),
        gate=audit.verdicts,
        facts=_facts(audit),
        notes=verdict.notes(audit),
        own=own,
        num_places=len(shown),
        models=[model.name for model in audit.models],
        divisions=[division.label for division in (audit.models[0].main, *audit.models[0].marginals)],
        metrics=list(METRICS.values()),
        default_metric=DEFAULT_METRIC,
        min_group=audit.options.min_group,
        has_gap=len(audit.groups.names) > 1,
        has_pairs=bool(audit.comparisons),
        has_shared=bool((audit.groups.codes == SHARED).any()),
        has_pictures=bool(album.data),
        suspects=doubted,
        suspects_summary=suspects_list.summary(audit),
        num_per_group=thumbnails.NUM_PER_GROUP,
        runs=spread_rows(audit.runs) if audit.runs else None,
        insides=insides,
        reading=reading,
        version=facedebias.__version__,
        date=date,
        css=Markup(_asset("page.css")),  # noqa: S704 (of this package)
        data=Markup(_as_script(data)),  # noqa: S704 (escaped there)
        library=Markup(vl_convert.javascript_bundle(_LIBRARY_SNIPPET)),  # noqa: S704 (of the library)
        script=Markup(_asset("page.js")),  # noqa: S704 (of this package)
    )


def _asset(name: str) -> str:
    return importlib.resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _as_script(data: Any) -> str:
    """JSON that may stand inside a script element: no `<` could end it or begin another."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _title(audit: Audit) -> str:
    by = " and ".join(audit.groups.attributes)
    what = f" for {audit.sample.target.target}" if audit.sample.target else ""
    return f"Audit of {', '.join(model.name for model in audit.models)}{what}" + (f" by {by}" if by else "")


def _facts(audit: Audit) -> list[tuple[str, str]]:
    first, sample = audit.models[0], audit.sample
    part = f", split {audit.split}" if audit.split else ""
    searched = [("Searched", sample.windows.summary())] if sample.windows else []
    left_out = [("Left out", sample.excluded.summary())] if sample.excluded else []
    asked = [("Target", sample.target.summary())] if sample.target else []
    return [
        *asked,
        ("Positives", f"{first.num_rows - first.num_negatives:,} of {sample.data}{part}"),
        ("Negatives", f"{first.num_negatives:,} of {sample.negatives}"),
        *searched,
        *left_out,
        ("Threshold", audit.threshold_rule),
        ("Groups compared on recall", f"{len(first.main.compared[RECALL])} of {len(first.groups)}"),
    ]


def _figures(audit: Audit, shown: list[Place], own: int) -> dict[str, Any]:
    first = audit.models[0]
    return {
        "own": own,
        "metric": DEFAULT_METRIC,
        "models": [model.name for model in audit.models],
        "places": [{"label": place.label, "value": place.value} for place in shown],
        "metrics": [{"name": metric.name, "label": metric.label} for metric in METRICS.values()],
        "figures": [{"name": d.name, "label": d.label} for d in DISPARITIES.values()],
        "divisions": [
            {
                "label": division.label,
                "groups": [
                    {
                        "name": g.name,
                        "n": g.num_rows,
                        "positives": g.num_positives,
                        "small": list(g.small_for),
                    }
                    for g in division.groups
                ],
            }
            for division in (first.main, *first.marginals)
        ],
        "at": [_at(audit, place) for place in shown],
        "changes": [[_pair(pair) for pair in place.comparisons] for place in shown],
        "scores": [
            [_score_figures(division) for division in (model.main, *model.marginals)]
            for model in audit.models
        ],
    }


def _at(audit: Audit, place: Place) -> list[dict[str, Any]]:
    """Every model at one place."""
    found = []
    for index, scores in enumerate(audit.scores):
        thresholds = sorted(set(place.thresholds[index].tolist()))
        text = f"{scores.kind} {thresholds[0]:.4g}"
        if len(thresholds) > 1:
            text = f"{scores.kind} {thresholds[0]:.4g} to {thresholds[-1]:.4g}, by group"
        given = place.thresholds[index].tolist() if len(thresholds) > 1 else thresholds
        found.append(
            {
                "threshold": text,
                # JSON knows no infinity; null stands for a threshold that nothing reaches.
                "thresholds": [
                    value if math.isfinite(value) else (None if value > 0 else -1e30) for value in given
                ],
                "overall": _triples(place.overall[index]),
                "divisions": [_division(scores.name, d) for d in place.divisions[index]],
            }
        )
    return found


def _division(name: str, division: Division) -> dict[str, Any]:
    worst = division.worst.get("true_positive_rate")
    return {
        "groups": [_triples({k: group.metrics[k] for k in RATES}) for group in division.groups],
        "p": [_short(group.p_values["true_positive_rate"]) for group in division.groups],
        "worst": worst and {"name": worst.name, "value": _triple(Estimate(worst.value, worst.interval))},
        "differences": {name: _figure(division.differences.get(name)) for name in SHOWN},
        "sentence": verdict.model_sentence(name, division),
    }


def _score_figures(division: Division) -> dict[str, Any]:
    """What does not follow the slider, of the audit's own threshold."""
    return {
        "groups": [_triples({k: group.metrics[k] for k in SCORE_METRICS}) for group in division.groups],
        "differences": {
            name: _figure(figure) for name, figure in division.differences.items() if name not in SHOWN
        },
    }


def _pair(pair: Comparison) -> dict[str, Any]:
    return {
        "sentences": verdict.comparison_sentences(pair),
        "rates": {name: _rate_change(change) for name, change in pair.rates.items()},
    }


def _rate_change(change: RateChange) -> list[dict[str, Any]]:
    return [
        {"before": group.only_before, "after": group.only_after, "p": _short(group.p_value)}
        for group in change.groups
    ]


def _figure(figure: Between | None) -> list[float | None] | None:
    """Value, low, high, p, detectable, by chance."""
    if figure is None or figure.value is None:
        return None
    ends = figure.interval or (None, None)
    return [_short(x) for x in (figure.value, *ends, figure.p_value, figure.detectable, figure.chance)]


def _triples(metrics: dict[str, Estimate | None]) -> dict[str, list[float | None] | None]:
    return {name: _triple(estimate) for name, estimate in metrics.items()}


def _triple(estimate: Estimate | None) -> list[float | None] | None:
    if estimate is None:
        return None
    return [_short(x) for x in (estimate.value, *(estimate.interval or (None, None)))]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _charts(audit: Audit) -> dict[str, Any]:
    names = [model.name for model in audit.models]
    divisions = places.all_groups(audit)
    least_rate = 0.5 / max(1, audit.models[0].num_negatives)
    found = []
    for scores in audit.scores:
        of_model = []
        for groups in divisions:
            rows = curves.compute(scores, audit.sample, groups, least_rate)
            spec = bars.distributions(rows.ridge_names, rows.axis)
            of_model.append({**vars(rows), "spec": spec})
        found.append(of_model)
    return {
        "curves": found,
        "least_rate": least_rate,
        "charts": {
            "bars": [bars.bars(names, len(groups.names)) for groups in divisions],
            "changes": [bars.changes(names[0], name, len(audit.groups.names)) for name in names[1:]],
            "thresholds": lines.thresholds(names, places.AXES[audit.rule.kind], audit.rule.kind == FPR),
            "roc": lines.roc(least_rate),
            "reliability": lines.reliability(),
        },
    }
