"""`report.html`: the audit as one page that loads nothing, for people who look rather than read."""

import importlib.resources
import json
from typing import Any

import vl_convert
from jinja2 import Environment, FunctionLoader
from markupsafe import Markup

import facedebias
from facedebias.auditing.audit import Audit
from facedebias.auditing.inputs.groups import SHARED
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.report import places, suspects_list, tables, verdict
from facedebias.report.numbers import spread_rows
from facedebias.report.page_data import DEFAULT_METRIC, figures
from facedebias.report.plots import bars, curves, lines, thumbnails
from facedebias.report.sections import format_changes
from facedebias.scoring.beside import run_views
from facedebias.scoring.threshold_rule import FPR

RECALL = "true_positive_rate"
_LIBRARY_SNIPPET = "window.vegaEmbed = vegaEmbed;"


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
    # Predictions come from a file, and a run beside that is not known to have made them.
    asked = audit.models if audit.sample.read else ()
    insides = [(model.name, found) for model in asked if (found := run_views.of_place(model.path))]
    data = {
        **figures(audit, shown, own),
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
        verdict=verdict.own_sentences(audit),
        low=audit.low,
        low_sentences=verdict.low_sentences(audit),
        low_rows=tables.beside_low(audit),
        recall_caption=tables.RECALL_CAPTION,
        formats=[
            (format_changes.caption(family), format_changes.rows(family))
            for family in audit.formats
            if family.results
        ],
        format_sentences=format_changes.sentences(audit),
        format_title=format_changes.TITLE,
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
