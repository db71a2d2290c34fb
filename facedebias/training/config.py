"""What a training run is told: one frozen record, composed of what each part is told."""

from dataclasses import dataclass, field
from typing import Any, Self

from facedebias.configuration import fields
from facedebias.configuration.fields import setting
from facedebias.configuration.registry import Registry
from facedebias.configuration.setting_names import arguments
from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.models import MODELS, PENALTIES
from facedebias.models.augmentation import Augmentation
from facedebias.sampling import NONFACE_SAMPLERS, SAMPLERS
from facedebias.training.settings import composition, known_groups

AMONG = ("all", "positive", "negative")
SCHEDULES = ("cosine", "constant")
KEPT = ("last", "best")
_FACE_EPOCHS, _ATTRIBUTE_EPOCHS = 12, 20
_PARTS = ("model", "sampler", "nonface_sampler", "penalty")  # checked by themselves


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything but the data that decides the result of a training run; `train.py --help` has units.

    Parts are given by name or with settings of their own: `TrainConfig(model="dbvae")`,
    `TrainConfig(model="dbvae", sampler=LatentSampling(rule="mean"), augmentation=Augmentation(zoom=0))`.
    Some defaults depend on whether an attribute is learned, as they do for `train.py`.

    Attributes:
        target: attribute to learn, e.g. "Attractive" or "gender=Female"; empty for faces against
            non-faces.
        model: a name of `models.MODELS`, or its `ModelSettings`; the settings once it is made, as
            all parts given by name.
        sampler: a name of `sampling.SAMPLERS`, or its `SamplerSettings`; None for what goes with
            the model.
        nonface_sampler: likewise, for non-faces; None with a target.
        groups: attributes whose combinations are the groups that sampler and penalty know.
        penalty: a name of `models.PENALTIES`, or its settings, see `NoPenalty`.
        among: among whom they make groups alike, a name of `AMONG`.
        augmentation: an `Augmentation`; None for what goes with the target.
        lookahead: batches drawn ahead.
        epochs: passes over the training faces; None for 12, or 20 with a target.
        batch_size: pictures in a batch.
        learning_rate: of Adam, at the first step.
        schedule: a name of `SCHEDULES`.
        keep: a name of `KEPT`.
        average_mirrored: whether a picture and its mirror image answer together.
        standardize: whether the network sees pictures without their light; None for yes, or no
            with a target.
        validation_fraction: share that is held out where the file marks none.
        seed: of everything random.
        checkpoint_minutes: between checkpoints within an epoch; changes no result.
        preset: that `from_preset` took; empty for none. For records only.

    Raises:
        InputError: if a part has a name that there is not.
    """

    target: str = setting(
        "",
        "Attribute to learn instead of faces against non-faces, e.g. Attractive, or gender=Female. Changes "
        "some defaults, which say so.",
    )
    model: Any = setting("classifier", "Model: the plain classifier, or the DB-VAE.", choices=MODELS)
    sampler: Any = setting(
        None,
        "What decides how often a face is drawn. uniform: all alike. latent: by latents, see --rule, each "
        "batch anew. latent_epoch: rare latents, each epoch anew. loss: distance from being right. "
        "group: the --groups, without a link to the target. balanced, subsample: each group and label alike, "
        "by drawing or by leaving rows out. group_dro: the losses of groups. Default: latent for the DB-VAE; "
        "loss for the classifier, and uniform with --target.",
        choices=SAMPLERS,
    )
    nonface_sampler: Any = setting(
        "loss",
        "What decides how often a non-face is drawn (without --target): uniform, or how much it is taken "
        "for a face.",
        choices=NONFACE_SAMPLERS,
    )
    groups: tuple[str, ...] = setting(
        (), "Attributes of the face file whose combinations are the groups that --sampler and --penalty know."
    )
    penalty: Any = setting(
        "none",
        "Added to the loss where logits depend on the group. mmd: by the distance between the groups' "
        "distributions. adversary: by a second network that guesses the group.",
        choices=PENALTIES,
    )
    among: str = setting(
        "all",
        "Among whom --penalty and the samplers balanced and group_dro make groups alike: all, each label by "
        "itself (equalized odds); or positive only (equal opportunity), or negative only.",
        choices=AMONG,
    )
    augmentation: Any = None
    lookahead: int = setting(2, "Batches drawn before they are trained on.", 1, 64)
    epochs: int = setting(
        None,
        f"Passes over the training faces. Default: {_FACE_EPOCHS}; {_ATTRIBUTE_EPOCHS} with --target.",
        1,
        100_000,
    )
    batch_size: int = setting(64, "Pictures in a batch, half of them faces (not --target).", 2, 65_536)
    learning_rate: float = setting(0.001, "Learning rate of Adam at the first step.", 1e-8, 10.0)
    schedule: str = setting("cosine", "Learning rate: falling to 0, or constant.", choices=SCHEDULES)
    keep: str = setting(
        "last",
        "Epoch to export: the last, or the one with the lowest validation loss, which says little where "
        "validation is easy.",
        choices=KEPT,
    )
    average_mirrored: bool = setting(
        True, "Answer with the mean logit of a picture and its mirror image; twice the work of an answer."
    )
    standardize: bool = setting(
        None,
        "Show the network every picture with the same mean and contrast, so that light does not matter. "
        "Default: true; false with --target.",
    )
    validation_fraction: float = setting(
        0.1,
        "Share of the people and of the non-faces held out, if the file marks no validation rows.",
        0.01,
        0.5,
    )
    seed: int = setting(
        0, "Seed of initial weights, order, augmentation and the held-out rows.", 0, 2**31 - 1
    )
    checkpoint_minutes: float = setting(
        10.0,
        "Minutes after which a run is saved within an epoch: what a kill can cost. Changes no result.",
        0.01,
        100_000.0,
    )
    preset: str = field(default="", init=False, compare=False)

    @classmethod
    def from_preset(cls, preset: str, **changes: Any) -> Self:
        """The settings of a preset, but for `changes`: those of `train.py --preset`.

        E.g. `TrainConfig.from_preset("lab", epochs=3, alpha=0.01)`.

        Args:
            preset: a name of `presets.PRESETS`: "default", "lab" or "best".
            **changes: settings by the names of flags. Parts are names here, and their settings stand
                beside them; `dataclasses.replace` changes the result by whole parts.

        Raises:
            InputError: if there is no such preset or setting, or the preset does not go with a target.
        """
        with arguments():
            return composition.compose(cls, changes, preset)

    def __post_init__(self) -> None:
        """Puts settings in place of names and of None."""
        with arguments():  # flags are checked before they come here
            self._compose()

    def _compose(self) -> None:
        is_detection = not self.target
        self._set("groups", tuple(self.groups))  # JSON and flags have lists
        self._set("model", _settings(self.model, MODELS))
        own = self.model.face_sampler if is_detection else self.model.attribute_sampler
        self._set("sampler", _settings(own if self.sampler is None else self.sampler, SAMPLERS))
        nonface = _settings(self.nonface_sampler, SAMPLERS) if is_detection else None
        self._set("nonface_sampler", nonface)
        self._set("penalty", _settings(self.penalty, PENALTIES))
        if self.augmentation is None:
            self._set("augmentation", Augmentation() if is_detection else Augmentation.for_attributes())
        if self.epochs is None:
            self._set("epochs", _FACE_EPOCHS if is_detection else _ATTRIBUTE_EPOCHS)
        if self.standardize is None:
            self._set("standardize", is_detection)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def is_detection(self) -> bool:
        """Whether faces are told from non-faces."""
        return not self.target

    def validate(self) -> None:
        """Checks every setting.

        Raises:
            InputError: names the first that is out of range, its value and the range.
        """
        for own in fields.settings_of(self):
            if own.name not in _PARTS:
                own.check(getattr(self, own.name))
        for part in (self.model, self.sampler, self.nonface_sampler, self.penalty, self.augmentation):
            if part is not None:
                fields.check(part)
        self._validate_samplers()
        known_groups.check(self.groups, self.among, self.target, self.sampler, self.penalty)
        self._validate_batch()
        if self.target and self.augmentation.blur:
            raise InputError(
                f"{named('blur', self.augmentation.blur)} {named('target', self.target)}: blurs non-faces; "
                f"there are none where an attribute is learned. Leave {named('blur')} out."
            )

    def _validate_samplers(self) -> None:
        self.sampler.validate()
        if self.sampler.needs_encoder and not self.model.latent_dim:
            raise InputError(
                f"{self._named('sampler')}: {self._named('model')} has no latents to sample by; use "
                f"{named('model', 'dbvae')} or {named('sampler', 'uniform')}."
            )
        nonface = self.nonface_sampler
        if nonface is not None and (nonface.needs_encoder or nonface.needs_groups):
            raise InputError(
                f"{self._named('nonface_sampler')}: non-faces have neither latents nor groups; choose one of "
                f"{', '.join(NONFACE_SAMPLERS)}."
            )

    def _validate_batch(self) -> None:
        if self.batch_size % 2 and not self.target:
            given = named("batch_size", self.batch_size)
            raise InputError(f"{given}: expected an even number, half of it faces.")
        most = self.penalty.most_pictures
        if most is not None and self.batch_size > most:
            raise InputError(
                f"{named('batch_size', self.batch_size)} {self._named('penalty')}: it compares all pairs of "
                f"a batch, which takes gigabytes beyond {most:,} pictures; expected at most so many."
            )

    def _named(self, part: str) -> str:
        """A part and its name, as its reader gives them."""
        return named(part, getattr(self, part).name)

    @property
    def is_penalized(self) -> bool:
        """Whether a step pays for letting answers tell the group."""
        return bool(self.penalty.name != "none")


def _settings(part: Any, registry: Registry) -> Any:
    return registry.get(part)() if isinstance(part, str) else part
