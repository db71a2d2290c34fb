"""Trains a face classifier, exports it and writes down how it was made.

python train.py --data data/train.h5 --model dbvae --output checkpoints/dbvae
"""

import dataclasses
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedebias import machine
from facedebias.cli import running
from facedebias.data.face_file import FaceDataset
from facedebias.training import config, run_folder, unused_settings

_DEFAULT = config.TrainConfig(data="")

flags.DEFINE_string(
    "data", None, "Face file to train on, made by python -m facedebias.prepare.", required=True
)
flags.DEFINE_string(
    "output", None, "Folder for the run: checkpoints, curves, export, run.json.", required=True
)
flags.DEFINE_bool("resume", False, "Continue the run in --output after its last checkpoint.")
flags.DEFINE_bool("overwrite", False, "Delete the run in --output and start anew.")

flags.DEFINE_string(
    "target",
    _DEFAULT.target,
    "Attribute to learn instead of faces against non-faces, e.g. Attractive, or gender=Female. Has defaults "
    f"of its own: {', '.join(f'{name} {value}' for name, value in config.ATTRIBUTE_RECIPE.items())}.",
)
flags.DEFINE_enum("model", _DEFAULT.model, config.MODELS, "Model: the plain classifier, or the DB-VAE.")
flags.DEFINE_integer("width", _DEFAULT.width, "Filters of the first convolution; the others follow.")
flags.DEFINE_integer("latent_dim", _DEFAULT.latent_dim, "Latents of a face (DB-VAE).")
flags.DEFINE_float(
    "kl_weight", _DEFAULT.kl_weight, "Weight of the KL divergence, beside an L1 of 1 (DB-VAE)."
)

flags.DEFINE_enum(
    "sampler",
    None,
    config.SAMPLERS,
    "What faces are drawn by: evenly; by how rare their latents are, weighed anew each batch or each epoch; "
    "by how far they are from being right (loss); or by the groups of --protected: so that the target does "
    "not depend on them (group), each group and label as often as any other, by drawing (balanced) or by "
    "leaving rows out (subsample), or by their losses (group_dro). (default: latent for the DB-VAE; for the "
    "classifier loss, and uniform with --target)",
)
flags.DEFINE_enum(
    "nonface_sampler",
    _DEFAULT.nonface_sampler,
    config.NONFACE_SAMPLERS,
    "What non-faces are drawn by (without --target): evenly, or by how much they are taken for faces.",
)
flags.DEFINE_float(
    "strength",
    _DEFAULT.strength,
    "Of the samplers 'loss'; 0 draws evenly, larger values draw hard pictures more often.",
)
flags.DEFINE_list(
    "protected",
    [],
    "Attributes of the face file whose combinations are the groups that --sampler and --penalty know.",
)
flags.DEFINE_float(
    "group_step", _DEFAULT.group_step, "Of --sampler group_dro: how fast draws follow the groups' losses."
)
flags.DEFINE_float(
    "group_adjustment",
    _DEFAULT.group_adjustment,
    "Of --sampler group_dro: added to the loss of a group, divided by the root of its rows, since small "
    "groups are learned by heart.",
)
flags.DEFINE_enum(
    "penalty",
    _DEFAULT.penalty,
    config.PENALTIES,
    "For letting answers tell the group: by how the scores of a label are spread, or by an adversary.",
)
flags.DEFINE_float("penalty_weight", _DEFAULT.penalty_weight, "Of --penalty; 0 leaves the loss alone.")
flags.DEFINE_enum(
    "among",
    _DEFAULT.among,
    config.AMONG,
    "Among whom --penalty and --sampler balanced and group_dro make groups alike: all, each label by itself "
    "(as equalized odds asks), or only those who have the target (equal opportunity), or have it not.",
)
flags.DEFINE_enum(
    "rule",
    _DEFAULT.rule,
    config.RULES,
    "How the rarities of a face's latents become one weight; MIT 6.S191 lab 2 uses max with --binning range "
    "and --alpha 0.001.",
)
flags.DEFINE_enum(
    "binning",
    _DEFAULT.binning,
    config.BINNINGS,
    "Range of a latent's histogram: its mean plus and minus four standard deviations, where --alpha is added "
    "to the share of faces in a bin; or from its smallest to its largest value, where --alpha is added to "
    "their density, and each latent's probabilities sum to 1 before the rule takes them (lab 2).",
)
flags.DEFINE_float(
    "alpha", _DEFAULT.alpha, "Smoothing of a latent's histogram, see --binning; smaller resamples harder."
)
flags.DEFINE_integer("bins", _DEFAULT.bins, "Bins of each latent's histogram.")
flags.DEFINE_float(
    "temperature", _DEFAULT.temperature, "Of rule mean: 0 is even, latent_dim is rule product."
)
flags.DEFINE_integer("lookahead", _DEFAULT.lookahead, "Batches drawn before they are trained on.")

flags.DEFINE_integer("epochs", _DEFAULT.epochs, "Passes over the training faces.")
flags.DEFINE_integer(
    "batch_size", _DEFAULT.batch_size, "Pictures in a batch, half of them faces (not --target)."
)
flags.DEFINE_float("learning_rate", _DEFAULT.learning_rate, "Of Adam, at the first step.")
flags.DEFINE_enum(
    "schedule", _DEFAULT.schedule, config.SCHEDULES, "Learning rate: falling to 0, or constant."
)
flags.DEFINE_enum(
    "keep",
    _DEFAULT.keep,
    config.KEPT,
    "Epoch to export: the last, or the one with the lowest validation loss, which says little where "
    "validation is easy.",
)
flags.DEFINE_bool("flip", _DEFAULT.flip, "Mirror half of the training pictures.")
flags.DEFINE_float("zoom", _DEFAULT.zoom, "Enlarge by a factor from exp(-z) to exp(z).")
flags.DEFINE_float("stretch", _DEFAULT.stretch, "Widen, and lower, by a factor from exp(-s) to exp(s).")
flags.DEFINE_float("rotate", _DEFAULT.rotate, "Turn by up to this many degrees either way.")
flags.DEFINE_float("shift", _DEFAULT.shift, "Move by up to this share of the sides, across and up or down.")
flags.DEFINE_float("brightness", _DEFAULT.brightness, "Multiply pixels by a factor from 1 - b to 1 + b.")
flags.DEFINE_float("gamma", _DEFAULT.gamma, "Raise pixels to a power from exp(-g) to exp(g).")
flags.DEFINE_float("contrast", _DEFAULT.contrast, "Scale contrast by a factor from 1 - c to 1 + c.")
flags.DEFINE_float("soften", _DEFAULT.soften, "Share of the non-faces that are blurred, from 0 to 1.")
flags.DEFINE_bool(
    "average_mirrored",
    _DEFAULT.average_mirrored,
    "Answer with the mean logit of a picture and its mirror image; twice the work of an answer.",
)
flags.DEFINE_bool(
    "standardized",
    _DEFAULT.standardized,
    "Show the network every picture with the same mean and contrast, so that light does not matter.",
)
flags.DEFINE_float(
    "validation_fraction",
    _DEFAULT.validation_fraction,
    "Share of the people and of the non-faces held out, if the file marks no validation rows.",
)
flags.DEFINE_integer("seed", _DEFAULT.seed, "Of initial weights, order, augmentation and the held-out rows.")

FLAGS = flags.FLAGS


def main(argv: Sequence[str]) -> None:
    """Reads the flags and trains."""
    running.refuse_arguments(argv)
    names = [field.name for field in dataclasses.fields(config.TrainConfig)]
    given = {name: getattr(FLAGS, name) for name in names if not FLAGS[name].using_default_value}
    settings = config.TrainConfig.of_task(**given)
    # TensorFlow takes seconds to import: what can be refused without it is refused before.
    settings.validate()
    run_folder.check_flags(FLAGS.resume, FLAGS.overwrite)
    FaceDataset(settings.data)
    for note in unused_settings.notes(settings, given):
        print(f"note: {note}", file=sys.stderr)
    machine.import_tensorflow()
    from facedebias.training.run import train_and_evaluate

    workdir = Path(FLAGS.output)
    found = train_and_evaluate(settings, workdir, FLAGS.resume, FLAGS.overwrite)
    figure = f"accuracy {found.figure:.1%}" if settings.target else f"recall {found.figure:.1%} at 1% FPR"
    target = f" --target {shlex.quote(settings.target)}" if settings.target else ""
    print(
        f"{settings.keep} epoch on validation: {figure}, loss {found.loss:.4f}\n"
        f"model:   {workdir / 'export'} (SavedModel)\n"
        f"record:  {workdir / 'run.json'}, {workdir / 'metrics.csv'}\n"
        f"curves:  tensorboard --logdir {workdir}\n"
        f"next:    python evaluate.py --model {shlex.quote(str(workdir))} --data TEST.h5{target}"
    )
