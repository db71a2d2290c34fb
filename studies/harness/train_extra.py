"""The product's `train` command with what studies/harness/extras.py adds to its registries.

python -m studies.harness.train_extra --data=FILE --output=FOLDER [flags of train.py]
"""

from facedebias.cli import running
from studies.harness import extras

extras.register()  # before the command's flags are made of the registries

from facedebias.cli import train  # noqa: E402

if __name__ == "__main__":
    running.run(train.main)
