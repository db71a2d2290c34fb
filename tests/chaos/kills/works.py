"""Commands that are killed: what they are told, how they go on, and what must be the same in the end."""

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image

from tests.chaos.kills import outcomes
from tests.chaos.kills.serving import Order, Server

OUTPUT = "out"  # in the folder that each life of a command has


@dataclasses.dataclass(frozen=True)
class Work:
    """A command.

    Attributes:
        name: for messages.
        words: after `facedebias`; with flags that do no harm when it is run again.
        outcome: reads what it left at `output`.
        share: of all kills, in parts.
        output: what it writes, in its folder.
    """

    name: str
    words: tuple[str, ...]
    outcome: outcomes.Reader
    share: float = 1.0
    output: str = OUTPUT

    def go_on(self, folder: Path) -> tuple[str, ...]:
        """The command that people give after a kill; see the pages of each."""
        is_begun = self.words[0] == "train" and (folder / self.output / "config.json").exists()
        return (*self.words, "--resume") if is_begun else self.words


_SMALL = ("--epochs=2", "--batch_size=4", "--width=2", f"--output={OUTPUT}", "--checkpoint_minutes=0.01")
_BY_GROUP = ("--target=glasses", "--groups=skin")
_TRAININGS = {
    "uniform": ("--sampler=uniform", "--keep=best"),
    "loss": ("--sampler=loss",),
    "group": ("--sampler=group", "--groups=skin"),
    "latent": ("--model=dbvae", "--latent_dim=4"),
    "latent expected_loss": ("--model=dbvae", "--latent_dim=4", "--rule=expected_loss"),
    "latent_epoch": ("--model=dbvae", "--latent_dim=4", "--sampler=latent_epoch", "--keep=best"),
    "attribute uniform": ("--target=glasses", "--keep=best"),
    "attribute balanced": (*_BY_GROUP, "--sampler=balanced"),
    "attribute subsample": (*_BY_GROUP, "--sampler=subsample"),
    "attribute group_dro": (*_BY_GROUP, "--sampler=group_dro"),
    "attribute adversary": (*_BY_GROUP, "--penalty=adversary"),
}


def make_inputs(folder: Path, server: Server) -> None:
    """Draws face files and pictures, and trains a model, that the commands work on."""
    for name, seed in (("train.h5", 0), ("whole.h5", 1)):
        part = ("--split=train",) if name == "train.h5" else ()
        words = ("prepare", "--faces=synthetic:60", "--nonfaces=synthetic:40", "--size=16", f"--seed={seed}")
        _run(server, folder, (*words, *part, f"--output={name}"))
    (folder / "pictures/a").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(6):
        pixels = rng.integers(0, 256, (40, 56, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"pictures/a/{number}.png")
    _run(server, folder, ("train", "--data=train.h5", *_SMALL[:-2], "--output=model", "--sampler=uniform"))


def _run(server: Server, folder: Path, words: tuple[str, ...]) -> None:
    status, _ = server.run(Order(words, str(folder), str(folder / "log")))
    if status:
        raise RuntimeError(f"{words}: {(folder / 'log').read_text()[-2000:]}")


def works(inputs: Path) -> list[Work]:
    """All commands, on the inputs in a folder."""
    data, model = f"--data={inputs / 'train.h5'}", f"--model={inputs / 'model'}"
    drawn = ("--faces=synthetic:300", "--nonfaces=synthetic:200", "--size=32", "--seed=3", "--overwrite")
    folder = (f"--faces=folder:{inputs / 'pictures'}", "--size=16", "--overwrite")
    common = "--common=--epochs=1 --batch_size=8 --width=2"
    whole = f"--data={inputs / 'whole.h5'}"
    compared = ("--mitigation=thresholds", "--seeds=2", common, "--min_group=2", f"--output={OUTPUT}")
    report = (f"--output={OUTPUT}", "--overwrite", "--min_group=5", "--fpr=0.1", "--groups=skin")
    found = (f"--output={OUTPUT}", "--overwrite", "--threshold=0.5", "--sizes=0.5,0.8", "--iou=0.9")
    return [
        Work("prepare drawn", ("prepare", *drawn, "--output=made.h5"), _of_file, 2, "made.h5"),
        Work("prepare folder", ("prepare", *folder, "--output=made.h5"), _of_file, 1, "made.h5"),
        Work(
            "prepare shards",
            ("prepare", *folder, "--shards=3", "--output=made"),
            outcomes.of_files,
            1,
            "made",
        ),
        Work("evaluate", ("evaluate", model, whole, *report), outcomes.of_files, 2),
        Work("detect", ("detect", f"{inputs / 'pictures/a'}", model, *found), outcomes.of_files, 2),
        *(
            Work(f"train {name}", ("train", data, *_SMALL, *flags), outcomes.of_training, 1)
            for name, flags in _TRAININGS.items()
        ),
        Work("compare", ("compare", whole, *_BY_GROUP, *compared), outcomes.of_comparison, 2),
    ]


def _of_file(path: Path) -> outcomes.Outcome:
    return {"bytes": path.read_bytes()}
