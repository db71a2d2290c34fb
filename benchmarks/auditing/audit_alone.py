"""The audit of scores without model and pictures, and Fairlearn's bootstrap of the same decisions."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import Groups
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.scoring.model_scores import as_scores
from facedebias.scoring.score_scale import LOGIT

NUM_SCORES = 100_000


class _Scores:
    """Logits of as many positives as negatives, all in groups."""

    def __init__(self, num_groups: int):
        rng = np.random.default_rng(0)
        self.labels = np.arange(NUM_SCORES) % 2 == 0
        self.logits = rng.normal(np.where(self.labels, 1.5, -1.5), 1.0).astype(np.float32)
        self.codes = rng.integers(0, num_groups, NUM_SCORES)
        self.names = tuple(f"group {number}" for number in range(num_groups))


class Audit:
    """All figures, intervals and tests of one model in one division, with evaluate.py's defaults."""

    def __init__(self, num_groups: int):
        scores = _Scores(num_groups)
        # A row is named as in a CSV file; no score here is refused, so none is.
        locate = "line {}".format
        self._sample = Sample(scores.labels, {}, np.zeros(NUM_SCORES, bool), "", "", locate)
        self._groups = Groups((), scores.names, scores.codes)
        self._scores = as_scores("model", "", scores.logits, LOGIT, locate)
        self._config = AuditConfig(predictions=("scores.csv",), output_kind=LOGIT)

    def run(self, num_audits: int) -> None:
        """Audits."""
        for _ in range(num_audits):
            audit_scores(self._config, self._sample, self._groups, [self._scores], ["model"])


class FairlearnBootstrap:
    """Fairlearn's MetricFrame of the six rates with bootstrap intervals."""

    def __init__(self, num_groups: int):
        self._scores = _Scores(num_groups)

    @cached_property
    def _metrics(self) -> dict[str, Callable[..., Any]]:
        from fairlearn import metrics
        from sklearn.metrics import accuracy_score, precision_score

        return {
            "selection_rate": metrics.selection_rate,
            "accuracy": accuracy_score,
            "true_positive_rate": metrics.true_positive_rate,
            "false_positive_rate": metrics.false_positive_rate,
            "false_negative_rate": metrics.false_negative_rate,
            "positive_predictive_value": precision_score,
        }

    def run(self, num_draws: int) -> None:
        """Computes everything once and with this many resampled data sets; at least one."""
        from fairlearn.metrics import MetricFrame

        scores = self._scores
        frame = MetricFrame(
            metrics=self._metrics,
            y_true=scores.labels.astype(int),
            y_pred=(scores.logits >= 0).astype(int),
            sensitive_features=np.array(scores.names)[scores.codes],
            n_boot=num_draws,
            ci_quantiles=[0.025, 0.975],
            random_state=0,
        )
        frame.by_group_ci, frame.difference_ci(), frame.ratio_ci()
