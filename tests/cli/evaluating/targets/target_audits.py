"""An audit of classifiers of an attribute, which tests share."""

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig

VALUES = {"Attractive": ("no", "yes"), "Male": ("no", "yes"), "age": ("young", "old", "older", "oldest")}
NUM_FACES, NUM_NONFACES = 240, 20


def audit(model, data, **fields):
    fields = {"target": "Attractive", "num_draws": 100} | fields
    return evaluate(AuditConfig(models=(model,), data=str(data), **fields))
