"""What a search for faces is told: one frozen record, checked before anything is opened."""

from dataclasses import dataclass, field

from facedebias.configuration.setting_names import are_arguments, setting
from facedebias.detection.geometry import WindowOptions
from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from facedebias.scoring.score_scale import SCORE, SCORE_KINDS, check_threshold
from facedebias.scoring.threshold_rule import DEFAULT_FPR

# A picture has thousands of windows, so 0.5 would fire somewhere in nearly every one;
# studies/detection/detect_quality.py counts what this gives.
DEFAULT_THRESHOLD = 0.999
DEFAULT_IOU = 0.3


@dataclass(frozen=True)
class DetectConfig:
    """Everything that decides what is found; see `facedebias detect --help` for units.

    Attributes:
        pictures: files, and folders of files.
        model: folder of an exported model or of a training run.
        output: folder to write.
        threshold: probability (or score, of models that give such) from which a window fires.
        fpr: instead: the share of `nonfaces` in which any window may fire.
        nonfaces: folder of pictures without faces.
        windows: which windows to ask about.
        iou: overlap above which the lower of two boxes is dropped.
        batch_size: windows asked about at once; changes no box.
        output_kind: what the model's answers are, if it is somebody else's.
        foreign: how to ask it, likewise.
        draw: whether to draw the boxes on copies.
        overwrite: whether earlier results in `output` are replaced.
        seed: decides which of `nonfaces` gets which picture's size.
    """

    pictures: tuple[str, ...]
    model: str
    output: str
    threshold: float | None = None
    fpr: float | None = None
    nonfaces: str | None = None
    windows: WindowOptions = field(default_factory=WindowOptions)
    iou: float = DEFAULT_IOU
    batch_size: int = 256
    output_kind: str | None = None
    foreign: ForeignModels = field(default_factory=ForeignModels)
    draw: bool = True
    overwrite: bool = False
    seed: int = 0

    def validate(self) -> None:
        """Checks every field.

        Raises:
            InputError: names the first field that is wrong.
        """
        if not self.pictures:
            raise InputError(
                "no picture named; expected `facedebias detect --model=RUN PICTURE_OR_FOLDER...`."
            )
        self.windows.validate()
        self.foreign.validate()
        self._check_threshold()
        if not 0 <= self.iou <= 1:
            raise InputError(
                f"{setting('iou', self.iou)}: expected a share from 0 to 1; {DEFAULT_IOU} is usual."
            )
        if self.batch_size < 1:
            raise InputError(f"{setting('batch_size', self.batch_size)}: expected at least 1.")
        if self.seed < 0:
            raise InputError(f"--seed={self.seed}: expected 0 or more.")
        if self.output_kind not in {None, *SCORE_KINDS}:
            given = setting("output_kind", self.output_kind)
            raise InputError(f"{given}: expected one of {', '.join(SCORE_KINDS)}.")

    def _check_threshold(self) -> None:
        if self.threshold is not None and (self.fpr is not None or self.nonfaces):
            raise InputError("--threshold: fixes it; leave out --fpr and --nonfaces, or --threshold.")
        if self.fpr is not None and not self.nonfaces:
            raise InputError(
                f"--fpr={self.fpr:g}: needs pictures without faces to set it on: --nonfaces=FOLDER."
            )
        if self.fpr is not None and not 0 < self.fpr < 1:
            raise InputError(f"--fpr={self.fpr:g}: expected a share between 0 and 1, e.g. {DEFAULT_FPR}.")
        if self.threshold is None:
            if self.output_kind == SCORE and not self.nonfaces:
                raise InputError(
                    f"{setting('output_kind', SCORE)}: such scores have no usual threshold; give "
                    f"{self._ways_to_set_it()}."
                )
        else:
            check_threshold(self.threshold, self.output_kind)

    @staticmethod
    def _ways_to_set_it() -> str:
        if are_arguments():
            return setting("threshold")
        return f"{setting('threshold')}, or {setting('nonfaces')} to set it on"
