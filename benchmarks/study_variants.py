"""`train.py` with a model or a way to train that is not in the product: what else might make debiasing work.

python -m benchmarks.study_variants --variant=middle --data=FILE --output=FOLDER [flags of train.py]
"""

from collections.abc import Sequence

from absl import flags

from facedebias import machine
from facedebias.cli import running
from facedebias.cli import train as train_script  # its flags
from facedebias.errors import InputError

_VARIANT = flags.DEFINE_string("variant", None, "What is changed, see benchmarks/variants.py.", required=True)


def main(argv: Sequence[str]) -> None:
    """Changes what there is to change, and goes on as train.py."""
    machine.import_tensorflow()
    from benchmarks.variants import VARIANTS

    if _VARIANT.value not in VARIANTS:
        raise InputError(f"--variant={_VARIANT.value}: unknown; choose one of {', '.join(VARIANTS)}.")
    VARIANTS[_VARIANT.value]()
    train_script.main(argv)


if __name__ == "__main__":
    running.run(main)
