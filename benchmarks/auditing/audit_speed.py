r"""The audit of 100,000 scores beside Fairlearn's bootstrap.

    python -m benchmarks.auditing.audit_speed --output=benchmarks/results/audit_speed.json

The audit computes every figure of docs/metrics.md for one model in one division of 14 groups, score
metrics too, with 2,000 resampled tables and as many permutations. Fairlearn computes six rates
with their differences and ratios; 2,000 of its draws would take long, so what a draw costs is
the difference of 1 and 4 draws, times 2,000. Then the audit against the number of groups.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from absl import app, flags

from benchmarks import measure
from benchmarks.measure import Contestant
from facedebias.auditing.settings import NUM_DRAWS

_ROUNDS = flags.DEFINE_integer("rounds", 5, "Measurements of each.")
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)

GROUPS = (2, 14, 100)
_NUM_GROUPS = 14
_FEW, _MORE = 1, 4


def main(argv: Sequence[str]) -> None:
    """Measures and writes."""
    with ExitStack() as stack:
        audits = {groups: stack.enter_context(Contestant("audit", groups=groups)) for groups in GROUPS}
        peer = stack.enter_context(Contestant("fairlearn", groups=_NUM_GROUPS))
        tasks = {f"audit {groups}": (audit, "run", 1) for groups, audit in audits.items()}
        tasks |= {f"peer {draws}": (peer, "run", draws) for draws in (_FEW, _MORE)}
        seconds = measure.in_turn(tasks, _ROUNDS.value)
    # in_turn gives seconds a draw, and one more pass than draws was made.
    pairs = zip(seconds[f"peer {_FEW}"], seconds[f"peer {_MORE}"], strict=True)
    scaled = [NUM_DRAWS * (_MORE * more - _FEW * few) / (_MORE - _FEW) for few, more in pairs]
    audit = seconds[f"audit {_NUM_GROUPS}"]
    figures = {
        "audit_100k_seconds": measure.figure(audit, "s"),
        "fairlearn_bootstrap_scaled_seconds": measure.figure(scaled, "s"),
        "audit_vs_fairlearn_bootstrap_scaled": measure.ratio(scaled, audit),
    }
    for groups in (groups for groups in GROUPS if groups != _NUM_GROUPS):
        figures[f"audit_{groups}_groups_seconds"] = measure.figure(seconds[f"audit {groups}"], "s")
    measure.write(_OUTPUT.value, figures, num_draws=NUM_DRAWS, fairlearn_draws=[_FEW, _MORE])


if __name__ == "__main__":
    app.run(main)
