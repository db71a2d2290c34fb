r"""How common an attribute is in each group of a face file, and what that rules out.

    python -m studies.attributes.base_rates --data data/celeba.h5 --target Attractive --groups Male,Young

By each attribute alone: the share of positives (base rate), and what the false positive rate of a
group would have to be if it had the recall and the precision of the first group (A. Chouldechova,
Fair Prediction with Disparate Impact, Big Data 2017, equation 6). Writes
studies/attributes/results/base_rates.json and .md.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags

from facedebias import provenance
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.data.targets import NEITHER, target_labels
from studies.attributes.rates import false_positive_rate

_DATA = flags.DEFINE_string("data", None, "Face file.", required=True)
_TARGET = flags.DEFINE_string("target", "Attractive", "Attribute, as train.py takes it.")
_GROUPS = flags.DEFINE_list("groups", ["Male", "Young"], "Attributes that make groups, one at a time.")
_OUTPUT = flags.DEFINE_string(
    "output", "studies/attributes/results/base_rates", "Results without their ending."
)

RECALL, PRECISION = 0.8, 0.8  # of every group, in the example


def main(argv: Sequence[str]) -> None:
    """Counts, writes and prints."""
    running.refuse_arguments(argv)
    dataset = FaceDataset(_DATA.value)
    labels = target_labels(dataset, _TARGET.value)
    found = []
    for name in _GROUPS.value:
        attribute = dataset.attribute(name)
        for code, value in enumerate(attribute.values):
            own = labels[(attribute.codes == code) & (labels != NEITHER)]
            if len(own):
                rate = float(own.mean())
                found.append({"group": f"{name}: {value}", "faces": len(own), "base_rate": rate})
    output = Path(_OUTPUT.value)
    record = {**provenance.provenance(), "target": _TARGET.value, "groups": found}
    output.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    table = _table(found)
    output.with_suffix(".md").write_text(table)
    print(table)


def _table(groups: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| group | faces | positive, % | false positives if recall and precision are 80%, % |",
        "|---|---|---|---|",
    ]
    for entry in groups:
        rate = 100 * false_positive_rate(entry["base_rate"], RECALL, PRECISION)
        cells = [entry["group"], f"{entry['faces']:,}", f"{100 * entry['base_rate']:.1f}", f"{rate:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    running.run(main)
