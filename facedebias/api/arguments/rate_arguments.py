"""Arguments that decide thresholds and draws, as the settings of an audit."""

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from facedebias.api.arguments.row_values import are_decisions
from facedebias.auditing.settings import AuditConfig
from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError
from facedebias.scoring.model_scores import ModelScores
from facedebias.scoring.score_scale import SCORE_KINDS
from facedebias.text import visible


def audit_config(
    models: Sequence[str],
    fpr: Any,
    tpr: Any,
    threshold: Any,
    per_group: Any,
    min_group: Any,
    num_draws: Any,
    seed: Any,
    score_kind: Any,
) -> AuditConfig:
    """The settings, checked.

    Args:
        models: their names.
        fpr: see `audit`, and so the others.
        tpr: likewise.
        threshold: likewise.
        per_group: likewise.
        min_group: likewise.
        num_draws: likewise.
        seed: likewise.
        score_kind: likewise.

    Raises:
        InputError: names the first argument that does not fit.
    """
    for name, value in {"fpr": fpr, "tpr": tpr}.items():
        if value is not None:
            _check(name, value, Real, "a number")
    for name, value in {"min_group": min_group, "num_draws": num_draws, "seed": seed}.items():
        _check(name, value, Integral, "a whole number")
    if score_kind is not None:
        _check("score_kind", score_kind, str, f"one of {', '.join(SCORE_KINDS)}")
    config = AuditConfig(
        predictions=tuple(models),
        thresholds=_thresholds(threshold, models),
        fpr=None if fpr is None else float(fpr),
        tpr=None if tpr is None else float(tpr),
        per_group=bool(per_group),
        output_kind=score_kind,
        min_group=int(min_group),
        num_draws=int(num_draws),
        seed=int(seed),
    )
    config.check_statistics(len(models))
    return config


def refuse_rates_of_decisions(config: AuditConfig, scores: Sequence[ModelScores]) -> None:
    """Refuses to set a threshold at a rate where a model has decided already.

    Raises:
        InputError: names the model.
    """
    for name, rate in {"fpr": config.fpr, "tpr": config.tpr}.items():
        for model in scores:
            if rate is not None and are_decisions(model):
                raise InputError(
                    f"{model.path}: holds decisions, 0 and 1 alone, so no threshold can be set at "
                    f"{setting(name, rate)}. Give scores, or leave {setting(name)} out."
                )


def _thresholds(threshold: Any, models: Sequence[str]) -> tuple[float, ...]:
    if threshold is None:
        return ()
    if not isinstance(threshold, Mapping):
        _check("threshold", threshold, Real, "a number, or a mapping of models to numbers")
        return (float(threshold),)
    given = {str(name): value for name, value in threshold.items()}
    if set(given) != set(models):
        raise InputError(
            f"threshold: is given for {_listed(given)}, but the models are {_listed(models)}; expected one "
            "for each."
        )
    for value in given.values():
        _check("threshold", value, Real, "a number for each model")
    return tuple(float(given[name]) for name in models)


def _check(name: str, value: Any, kind: type, expected: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InputError(f"{name}: is {visible(str(value))[:60]}; expected {expected}.")
    if isinstance(value, str):
        return
    number: Any = value
    try:
        float(number)
    except OverflowError as error:
        raise InputError(f"{name}: is beyond the range of float64; expected {expected}.") from error


def _listed(names: Any) -> str:
    return ", ".join(map(visible, names)) or "none"
