"""Charts of lines: over thresholds, ROC, reliability, over training."""

from collections.abc import Sequence

from facedebias.report.plots.vega import OTHER, QUIET, STRONG, Spec, colour_of, spec


def thresholds(models: Sequence[str], title: str, is_rate: bool) -> Spec:
    """The gap in recall of each model at every place of the threshold, with its interval.

    Args:
        models: their names.
        title: of the axis of places.
        is_rate: whether places are rates, which are spread logarithmically.
    """
    x: Spec = {"field": "place", "type": "quantitative", "title": title}
    x["scale"] = {"type": "log", "nice": False} if is_rate else {"nice": False, "zero": False}
    x["axis"] = {"format": ".2~%" if is_rate else "~g", "tickCount": 6}
    y = {"field": "value", "type": "quantitative", "title": "gap in recall", "axis": {"format": ".1~%"}}
    colour = colour_of(models)
    tip = [{"field": "model"}, {"field": "label"}, {"field": "value", "format": ".1%"}]
    return spec(
        height=220,
        encoding={"x": x},
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.18},
                "encoding": {
                    "y": {**y, "field": "low"},
                    "y2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"y": y, "color": colour, "tooltip": tip},
            },
            {
                "transform": [{"filter": "datum.chosen"}],
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"y": y, "color": colour, "tooltip": tip},
            },
        ],
    )


def roc(least_rate: float) -> Spec:
    """ROC curves, one highlighted, with the operating points.

    Args:
        least_rate: smallest false positive rate that can be told from 0.
    """
    x = {
        "field": "fpr",
        "type": "quantitative",
        "title": "false positive rate, logarithmic",
        "scale": {"type": "log", "domain": [least_rate, 1], "clamp": True},
        "axis": {"format": "~%", "tickCount": 5},
    }
    y = {
        "field": "tpr",
        "type": "quantitative",
        "title": "true positive rate",
        "scale": {"zero": False, "nice": True},
        "axis": {"format": ".0%"},
    }
    return _lines(x, y, "step-after")


def reliability() -> Spec:
    """Share of positives against the mean probability of a bin, one group highlighted."""
    scale = {"domain": [0, 1]}
    x = {"field": "predicted", "type": "quantitative", "title": "mean score in the bin", "scale": scale}
    y = {"field": "observed", "type": "quantitative", "title": "share of positives", "scale": scale}
    spec = _lines(x, y, "linear")
    spec["layer"].insert(
        0,
        {
            "data": {"values": [{"predicted": 0, "observed": 0}, {"predicted": 1, "observed": 1}]},
            "mark": {"type": "line", "stroke": QUIET, "strokeDash": [4, 4]},
            "encoding": {"x": x, "y": y},
        },
    )
    return spec


def effective_sample_size(num_faces: int) -> Spec:
    """How many faces the sampler's draws are worth, over training."""
    return spec(
        height=180,
        mark={"type": "line", "stroke": OTHER, "strokeWidth": 1.8},
        encoding={
            "x": {"field": "step", "type": "quantitative", "title": "training step"},
            "y": {
                "field": "size",
                "type": "quantitative",
                "title": f"effective sample size of {num_faces:,}",
                "scale": {"domainMin": 0},
            },
        },
    )


def _lines(x: Spec, y: Spec, interpolate: str) -> Spec:
    """All groups in grey, the chosen one on top, points where the rows say so."""
    line = {"type": "line", "interpolate": interpolate}
    order = {"field": "order", "type": "quantitative"}
    tip = [{"field": "group"}, {"field": x["field"], "format": ".1%"}, {"field": y["field"], "format": ".1%"}]
    return spec(
        height=300,
        encoding={"x": x, "y": y, "detail": {"field": "group"}, "order": order},
        layer=[
            {
                "transform": [{"filter": "!datum.chosen && !datum.point"}],
                "mark": {**line, "stroke": QUIET, "strokeWidth": 1, "opacity": 0.7},
                "encoding": {"tooltip": tip},
            },
            {
                "transform": [{"filter": "datum.chosen && !datum.point"}],
                "mark": {**line, "stroke": STRONG, "strokeWidth": 2.5, "point": False},
                "encoding": {"tooltip": tip},
            },
            {
                "transform": [{"filter": "datum.point"}],
                "mark": {"type": "point", "filled": True, "opacity": 1},
                "encoding": {
                    "color": {"condition": {"test": "datum.chosen", "value": STRONG}, "value": QUIET},
                    "size": {"condition": {"test": "datum.chosen", "value": 110}, "value": 28},
                    "tooltip": tip,
                },
            },
        ],
    )
