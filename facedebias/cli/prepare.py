"""Makes a face file from collections of pictures.

facedebias prepare --faces celeba:DIR --nonfaces imagenet:DIR/train --split train --output train.h5
facedebias prepare --faces synthetic:4000 --nonfaces synthetic:4000 --output drawn.h5
facedebias prepare --faces lab:train.h5 --nonfaces lab:train.h5 --shards 64 --output data/train
"""

import os
import sys
from collections.abc import Sequence

from absl import flags

from facedebias.cli import running
from facedebias.cli.parsing import list_flags
from facedebias.data.face_file import FaceDataset
from facedebias.data.ingest import Summary, prepare
from facedebias.data.records import SPLITS, TRAINING_CROPS, ImportOptions
from facedebias.data.sources import IMPORTERS
from facedebias.data.wordnet import read_ids
from facedebias.safekeeping import stopping
from facedebias.text import counted, visible

_FACES = list_flags.DEFINE_places(
    "faces",
    [],
    f"Sources of faces, each name:location with a name of {', '.join(IMPORTERS)} (default: none).",
)
_NONFACES = list_flags.DEFINE_places(
    "nonfaces", [], "Sources of pictures without faces, in the same form (default: none)."
)
_SPLIT = flags.DEFINE_enum(
    "split",
    None,
    SPLITS,
    "Part of the sources to take (default: all). A source without parts is taken whole and marked as this "
    "part.",
)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Face file to make, e.g. data/train.h5; with --shards a folder.", required=True
)
_SHARDS = flags.DEFINE_integer(
    "shards",
    None,
    "Make --output a folder of this many face files and an index that opens as one (default: a single file).",
    lower_bound=1,
)
_OVERWRITE = flags.DEFINE_boolean("overwrite", False, "Replace --output if it exists.")
_SIZE = flags.DEFINE_integer("size", 64, "Side of the square pictures, in pixels.", lower_bound=1)
_CROP = flags.DEFINE_enum(
    "crop", "face", ["face", "head"], "What to cut out of CelebA's pictures: the face, or the whole head."
)
_EXCLUDE = list_flags.DEFINE_places(
    "exclude",
    None,
    "Classes that imagenet: and tfds: leave out of the non-faces, WordNet ids, or @FILE with one id a "
    "line (default: all classes of people).",
)
_CROPS_PER_IMAGE = flags.DEFINE_integer(
    "crops_per_image",
    None,
    f"Random crops cut from each picture of imagenet: (default: {TRAINING_CROPS} with --split train, where "
    "variety helps; otherwise 1, so that pictures are independent).",
    lower_bound=1,
)
_SKEW = flags.DEFINE_boolean("skew", False, "Make dark skin rare among the training faces of synthetic:.")
_FOLLOW_LINKS = flags.DEFINE_boolean(
    "follow_links",
    False,
    "Read other files that a face file of lab: points to, and run plug-ins that unpack it; only for files "
    "that you trust.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of random crops and drawn pictures.", lower_bound=0)
_MAX_BAD = flags.DEFINE_float(
    "max_bad",
    0.01,
    "Largest share of the pictures, from 0 to 1, that may be unreadable.",
    lower_bound=0,
    upper_bound=1,
)
_NUM_THREADS = flags.DEFINE_integer(
    "num_threads", None, "Threads that decode pictures (default: the number of CPUs).", lower_bound=1
)
SECTIONS = {"size": "pictures", "max_bad": "running"}


def main(argv: Sequence[str]) -> None:
    """Prepares the file and prints what is in it."""
    running.refuse_arguments(argv)
    options = ImportOptions(
        size=_SIZE.value,
        split=_SPLIT.value,
        crop=_CROP.value,
        seed=_SEED.value,
        exclude=None if _EXCLUDE.value is None else frozenset().union(*map(read_ids, _EXCLUDE.value)),
        crops_per_image=_CROPS_PER_IMAGE.value or (TRAINING_CROPS if _SPLIT.value == "train" else 1),
        skew=_SKEW.value,
        follow_links=_FOLLOW_LINKS.value,
    )
    before = _identity(_OUTPUT.value)
    try:
        summary = prepare(
            _FACES.value,
            _NONFACES.value,
            options,
            _OUTPUT.value,
            max_bad=_MAX_BAD.value,
            num_threads=_NUM_THREADS.value,
            overwrite=_OVERWRITE.value,
            show_progress=True,
            num_shards=_SHARDS.value,
        )
    except stopping.Stopped as stop:
        output = visible(_OUTPUT.value)
        end = f"what was written of {output} is removed; the same command makes it from the beginning"
        if _identity(_OUTPUT.value) != before:
            end = f"{output} is complete"
        print(f"stopped by {stop}: {end}", file=sys.stderr)
        stop.told = True
        raise
    _report(summary)


def _identity(path: str) -> tuple[int, int] | None:
    """Tells a file from another of the same name; None if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns


def _report(summary: Summary) -> None:
    print(FaceDataset(summary.path).describe())
    if summary.num_bad:
        print(f"skipped {counted(summary.num_bad, 'picture')} that could not be read:")
        for line in summary.bad:
            print(f"  {visible(line)}")
        if summary.num_bad > len(summary.bad):
            print(f"  and {summary.num_bad - len(summary.bad):,} more")
    speed = summary.num_rows / summary.seconds
    print(f"wrote {visible(str(summary.path))} in {summary.seconds:.1f} s ({speed:,.0f} pictures/s)")
    for note in summary.notes:
        print(f"note: {visible(note)}")
