"""The rule by which thresholds are set: at a rate, or given."""

from dataclasses import dataclass

FPR, TPR, FIXED = "fpr", "tpr", "threshold"
DEFAULT_FPR = 0.01
LOW_FPR = 0.001
"""The lowest rate that is looked at beside another."""


@dataclass(frozen=True)
class Rule:
    """How thresholds are set.

    Attributes:
        kind: `FPR` or `TPR`: at that rate on the sample; `FIXED`: given.
        values: the rate, or the thresholds, as probabilities for models that give such
            or logits: one for all models or one for each.
        per_group: whether each group has its own threshold at the rate.
    """

    kind: str
    values: tuple[float, ...]
    per_group: bool = False

    def value(self, model_index: int) -> float:
        """That of one model."""
        return self.values[model_index if len(self.values) > 1 else 0]

    def at(self, value: float) -> "Rule":
        """The same rule at another place, the same for all models."""
        return Rule(self.kind, (value,), self.per_group)


def in_percent(rate: float) -> str:
    """A rate as people read it, e.g. "1%" or "0.667%"."""
    return f"{100 * rate:.3g}%"
