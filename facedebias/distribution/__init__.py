"""Training on several devices and machines, with the same result as on one."""

ONE, MIRRORED, MULTIWORKER = "one", "mirrored", "multiworker"
STRATEGIES = (ONE, MIRRORED, MULTIWORKER)
"""One device; all GPUs of a machine; the processes that TF_CONFIG names."""
