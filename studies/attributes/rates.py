"""How the rates of a group are bound to each other."""


def false_positive_rate(base_rate: float, recall: float, precision: float) -> float:
    """What follows from the three others: p / (1 - p) * (1 - PPV) / PPV * TPR, 0 to 1 where possible."""
    return float(base_rate / (1 - base_rate) * (1 - precision) / precision * recall)
