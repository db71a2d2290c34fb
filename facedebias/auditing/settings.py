"""What an audit is told: one frozen record, checked before anything is opened."""

from dataclasses import dataclass, field
from pathlib import Path

from facedebias.auditing.conditions import Condition
from facedebias.auditing.inputs.predictions.files.naming import model_name
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.model_names import folder_name, name_models
from facedebias.configuration.setting_names import setting
from facedebias.data import targets
from facedebias.detection.geometry import WindowOptions
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.score_scale import RANKED, SCORE, SCORE_KINDS, as_compared, check_threshold
from facedebias.scoring.threshold_rule import DEFAULT_FPR, FIXED, FPR, TPR, Rule

DEFAULT_THRESHOLD = 0.5
MIN_GROUP = 30
NUM_DRAWS = 2000


@dataclass(frozen=True)
class AuditConfig:
    """Everything that decides the result of an audit; see `facedebias evaluate --help` for units.

    Attributes:
        models: folders and files of models, each perhaps as "name=folder"; one name given several times
            makes them runs of one model.
        data: a face file, a folder of group folders, or a source as "name:location".
        predictions: files in place of models and data, each perhaps as "name=file"; "-" is standard
            input.
        columns: which columns of these files are what.
        nonfaces: the same as `data` for non-faces; None takes those of `data`.
        target: an attribute as "NAME" or "NAME=VALUE": faces that have it are positive, other faces
            negative; empty tells faces from non-faces.
        groups: attributes whose combinations are the groups; empty takes the folders of a
            folder of groups, the columns of predictions, and otherwise one group.
        thresholds: probabilities (percentages with `output_kind` percent), one for all models or one
            for each; empty sets thresholds at a rate.
        fpr: false positive rate to set thresholds at.
        tpr: true positive rate to set thresholds at.
        per_group: set each group's own threshold at the rate.
        split: take only this part of face files and of sources that have parts.
        batch_size: pictures scored at once; changes no figure.
        output_kind: what the models' one answer is; None decides by its values.
        foreign: how to ask models of others.
        min_group: rows of the kind that a metric counts, e.g. positives for recall, below which a
            group is left out of figures between groups by it.
        num_draws: resampled tables, and permutations.
        windows: search `data`, whole portraits, by these windows; None scores rows as they are.
        seed: of the draws, and of which non-face gets which portrait's size.
        gate: conditions that every model must meet.
        confident: hold the ends of intervals, not the estimates, to the conditions.
        exclude: a CSV file that names rows to leave out; empty leaves none out.
    """

    models: tuple[str, ...] = ()
    data: str = ""
    predictions: tuple[str, ...] = ()
    columns: Columns = field(default_factory=Columns)
    nonfaces: str | None = None
    target: str = ""
    groups: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    fpr: float | None = None
    tpr: float | None = None
    per_group: bool = False
    split: str | None = None
    batch_size: int = 256
    output_kind: str | None = None
    foreign: ForeignModels = field(default_factory=ForeignModels)
    min_group: int = MIN_GROUP
    num_draws: int = NUM_DRAWS
    windows: WindowOptions | None = None
    seed: int = 0
    gate: tuple[Condition, ...] = ()
    confident: bool = False
    exclude: str = ""

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is wrong.
        """
        self._check_inputs()
        self.foreign.validate()
        self._check_windows()
        self._check_target()
        self.check_statistics(len(self.named_models()))
        if self.batch_size < 1:
            raise InputError(f"--batch_size={self.batch_size}: expected at least 1.")
        if len(set(self.groups)) < len(self.groups) or "" in self.groups:
            raise InputError(
                f"--groups={','.join(self.groups)}: expected attributes, each once, e.g. race,gender."
            )
        if self.confident and not self.gate:
            raise InputError("--confident: belongs to --max_gap or --min_worst; give one of them.")

    def check_statistics(self, num_models: int) -> None:
        """Checks what decides the figures of scores, wherever these came from.

        Args:
            num_models: how many models there are.

        Raises:
            InputError: names the first field that is wrong.
        """
        self._check_thresholds(num_models)
        if self.min_group < 1:
            raise InputError(f"{setting('min_group', self.min_group)}: expected at least 1 row.")
        if self.num_draws < 100:
            given = setting("num_draws", self.num_draws)
            raise InputError(f"{given}: expected at least 100; 2,000 is usual.")
        if self.seed < 0:
            raise InputError(f"{setting('seed', self.seed)}: expected 0 or more.")
        if self.output_kind not in {None, *SCORE_KINDS}:
            given = setting("output_kind", self.output_kind)
            raise InputError(f"{given}: expected one of {', '.join(SCORE_KINDS)}.")

    def _check_inputs(self) -> None:
        if self.predictions and (self.models or self.data or self.nonfaces or self.split):
            raise InputError(
                "--predictions: holds scores and labels already; leave out --model, --data, --nonfaces "
                "and --split."
            )
        if self.predictions and self.foreign != ForeignModels():
            raise InputError(
                "--input_size, --input_scale, --input_mean, --input_std, --input_channels, --signature, "
                "--positive_output, --output_columns, --output_name: describe a --model; leave them out with "
                "--predictions."
            )
        if any(not text.rpartition("=")[2] for text in self.predictions):
            raise InputError("--predictions: empty; expected a file, or name=file.")
        self.columns.validate()
        if not self.predictions and self.columns != Columns():
            raise InputError(
                "--score, --label, --weight, --key, --positive, --bins: describe the columns of "
                "--predictions; leave them out without it."
            )
        if not self.predictions and not self.models:
            raise InputError(
                "--model: none given; expected the folder of an exported model or a .keras file, or "
                "--predictions=FILE.csv. See facedebias evaluate --help."
            )
        if not self.predictions and not self.data:
            raise InputError("--data: not given; expected a face file or another place of pictures.")

    def _check_windows(self) -> None:
        if self.windows is None:
            return
        self.windows.validate()
        for flag, value in (("--predictions", self.predictions), ("--split", self.split)):
            if value:
                raise InputError(f"--windows: searches whole portraits of --data; leave {flag} out.")

    def _check_target(self) -> None:
        if not self.target:
            return
        name = targets.parse(self.target).name
        for flag, value, why in (
            ("--predictions", self.predictions, "a file of predictions has labels of its own"),
            ("--windows", self.windows, "whole portraits are searched for faces"),
            ("--nonfaces", self.nonfaces, "positives and negatives are both faces of --data"),
        ):
            if value:
                raise InputError(f"--target={self.target}: {why}; leave out {flag} or --target.")
        if name in self.groups:
            raise InputError(
                f"--groups={','.join(self.groups)}: {name!r} is what --target={self.target} audits; a group "
                "would hold positives alone or negatives alone. Choose other attributes."
            )

    def _check_thresholds(self, num_models: int) -> None:
        given = {"threshold": self.thresholds or None, "fpr": self.fpr, "tpr": self.tpr}
        flags = [setting(name) for name, value in given.items() if value is not None]
        if len(flags) > 1:
            raise InputError(f"{' and '.join(flags)}: both given; a threshold is fixed or set at one rate.")
        if self.per_group and self.fpr is None and self.tpr is None:
            raise InputError(
                f"{setting('per_group')}: needs the rate to set each group's threshold at: "
                f"{setting('fpr')} or {setting('tpr')}."
            )
        if len(self.thresholds) not in {0, 1, num_models}:
            raise InputError(
                f"{setting('threshold')}: {len(self.thresholds)} given for {num_models} models; "
                "expected one for all or one for each."
            )
        for threshold in self.thresholds:
            check_threshold(threshold, self.output_kind)
        if (self.predictions or self.target) and self.output_kind == SCORE and not flags:
            raise InputError(
                f"{setting('output_kind', SCORE)}: such scores have no usual threshold; give "
                f"{setting('threshold')}, {setting('fpr')} or {setting('tpr')}."
            )
        for name, rate in (("fpr", self.fpr), ("tpr", self.tpr)):
            if rate is not None and not 0 < rate < 1:
                example = DEFAULT_FPR if name == "fpr" else 0.95
                raise InputError(f"{setting(name, rate)}: expected a share between 0 and 1, e.g. {example}.")

    @property
    def rule(self) -> Rule:
        """How thresholds are set.

        Detectors are compared at 1% false positives unless told otherwise, as each model has
        its own scale; predictions from a file and attributes at 0.5, as they would be used.
        """
        if self.thresholds:
            return Rule(FIXED, tuple(as_compared(value, self.output_kind) for value in self.thresholds))
        if self.tpr is not None:
            return Rule(TPR, (self.tpr,), self.per_group)
        if self.fpr is None and (self.predictions or self.target):
            return Rule(FIXED, (DEFAULT_THRESHOLD,))
        return Rule(FPR, (DEFAULT_FPR if self.fpr is None else self.fpr,), self.per_group)

    @property
    def asked_kind(self) -> str | None:
        """What models' answers are said to be; at a rate their order is enough.

        A file of predictions is asked about all the same: whoever wrote it knows.
        """
        if self.output_kind is None and self.rule.kind != FIXED:
            return RANKED
        return self.output_kind

    def places(self) -> list[tuple[str, str]]:
        """Flags and the files or folders that they name, which a report must not replace."""
        flag = "--predictions" if self.predictions else "--model"
        named = [(flag, str(path)) for _, _, path in self.named_models()]
        named += [("--data", self.data), ("--nonfaces", self.nonfaces or ""), ("--exclude", self.exclude)]
        return [(flag, place) for flag, place in named if place]

    def named_models(self) -> list[tuple[str, str, Path]]:
        """Name, name of the model it is a run of, and place of each model or file.

        See `name_models`.
        """
        return name_models(self.models or self.predictions, model_name if self.predictions else folder_name)
