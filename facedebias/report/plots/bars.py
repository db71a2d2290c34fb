"""Charts by group: bars, changes, distributions of scores."""

import json
from collections.abc import Sequence

from facedebias.report.plots.vega import INK, OTHER, QUIET, STRONG, Spec, colour_of, spec

_BAR = 11  # pixels


def bars(models: Sequence[str], num_groups: int) -> Spec:
    """A metric by group, models side by side, with 95% intervals; always from 0."""
    place = {
        "y": {"field": "group", "type": "nominal", "sort": None, "title": None},
        "yOffset": {"field": "model", "type": "nominal", "sort": list(models)},
    }
    tip = [
        {"field": "group"},
        {"field": "model"},
        {"field": "value", "format": ".1%"},
        {"field": "low", "format": ".1%"},
        {"field": "high", "format": ".1%"},
    ]
    return spec(
        height=_BAR * (len(models) + 1) * num_groups,
        encoding=place,
        layer=[
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 2},
                "encoding": {
                    "x": {
                        "field": "value",
                        "type": "quantitative",
                        "title": None,
                        "axis": {"format": ".1~%", "tickCount": 5},
                        "scale": {"domainMin": 0, "nice": True},
                    },
                    "color": colour_of(models),
                    "opacity": {
                        "condition": {"test": "datum.small", "value": 0.45},
                        "value": 0.9,
                    },
                    "tooltip": tip,
                },
            },
            {
                "mark": {"type": "rule", "strokeWidth": 1.6, "stroke": INK},
                "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
        ],
    )


def changes(before: str, after: str, num_groups: int) -> Spec:
    """A metric of each group before and after: an arrow's two ends."""
    domain = [before, after]
    return spec(
        height=2 * _BAR * num_groups,
        encoding={"y": {"field": "group", "type": "nominal", "sort": None, "title": None}},
        layer=[
            {
                "mark": {"type": "rule", "stroke": QUIET, "strokeWidth": 3},
                "encoding": {
                    "x": {
                        "field": "before",
                        "type": "quantitative",
                        "title": None,
                        "scale": {"zero": False, "nice": True},
                        "axis": {"format": ".1~%", "tickCount": 5},
                    },
                    "x2": {"field": "after"},
                },
            },
            *(
                {
                    "transform": [{"calculate": json.dumps(name), "as": "model"}],
                    "mark": {"type": "point", "shape": shape, "filled": True, "size": 90, "opacity": 1},
                    "encoding": {
                        "x": {"field": end, "type": "quantitative"},
                        "color": {
                            "field": "model",
                            "type": "nominal",
                            "scale": {"domain": domain, "range": [OTHER, STRONG]},
                        },
                        "tooltip": [
                            {"field": "group"},
                            {"field": "model"},
                            {"field": end, "format": ".1%", "title": "value"},
                            {"field": "p", "title": "McNemar, Holm"},
                        ],
                    },
                }
                for end, name, shape in (("before", before, "circle"), ("after", after, "diamond"))
            ),
        ],
    )


def distributions(names: Sequence[str], title: str) -> Spec:
    """Scores by group as ridges, positives and negatives, with the threshold of each.

    Args:
        names: of the ridges, from top to bottom.
        title: of the axis of scores.
    """
    labels = json.dumps(list(names))
    count = len(names)
    y_axis = {
        "values": [count - 1 - i for i in range(count)],
        "labelExpr": f"{labels}[{count - 1} - datum.value]",
        "grid": False,
        "domain": False,
        "ticks": False,
        "labelBaseline": "bottom",
        "labelOverlap": False,
    }
    x = {"field": "score", "type": "quantitative", "title": title, "scale": {"zero": False, "nice": False}}
    return spec(
        height=26 * count + 30,
        layer=[
            {
                "mark": {"type": "area", "interpolate": "monotone", "fillOpacity": 0.65, "line": False},
                "encoding": {
                    "x": x,
                    "y": {
                        "field": "base",
                        "type": "quantitative",
                        "title": None,
                        "axis": y_axis,
                        "scale": {"domain": [0, count + 0.4], "nice": False},
                    },
                    "y2": {"field": "top"},
                    "detail": [{"field": "ridge"}],
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {"domain": ["positives", "negatives"], "range": [OTHER, STRONG]},
                    },
                },
            },
            {
                "mark": {"type": "rule", "stroke": INK, "strokeDash": [4, 3], "strokeWidth": 1.5},
                "data": {"name": "thresholds"},
                "encoding": {
                    "x": {"field": "threshold", "type": "quantitative"},
                    "y": {"field": "from", "type": "quantitative", "title": None, "axis": y_axis},
                    "y2": {"field": "to"},
                },
            },
        ],
    )
