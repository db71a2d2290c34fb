"""What all charts of the page share: colours, configuration, data.

Vega-Lite specifications: https://vega.github.io/vega-lite/docs/spec.html. A chart's rows come in
under the name "rows" whenever the threshold moves; nothing is fetched. Text and axes take the
page's own colour, so that dark mode needs no second set.
"""

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

# Told apart by colour-blind readers, and with a contrast of 3 or more on white and on near-black.
COLOURS = ("#2b7bba", "#c8690a", "#14876b", "#b0508f", "#7d7a00", "#6b6f76")
QUIET = "#8a8f98"
STRONG, OTHER = COLOURS[1], COLOURS[0]
INK = "currentColor"

CONFIG: Spec = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "domainColor": QUIET,
        "tickColor": QUIET,
        "gridColor": QUIET,
        "gridOpacity": 0.25,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 165,
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "orient": "top", "title": None},
    "axisY": {"titlePadding": 6},
}


def spec(**parts: Any) -> Spec:
    """A chart as wide as its place, of the rows that the page gives it."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "config": CONFIG,
        "data": {"name": "rows"},
        **parts,
    }


def colour_of(models: Sequence[str]) -> Spec:
    """The encoding that gives each model its colour."""
    shades = [COLOURS[i % len(COLOURS)] for i in range(len(models))]
    scale = {"domain": list(models), "range": shades}
    return {"field": "model", "type": "nominal", "scale": scale, "sort": list(models)}
