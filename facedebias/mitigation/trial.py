"""A trial of mitigations: each trained with the same seeds, and all judged on the same rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facedebias import provenance
from facedebias.auditing.conditions import Condition
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import SPLITS
from facedebias.data.targets import target_labels
from facedebias.errors import InputError
from facedebias.mitigation import methods
from facedebias.mitigation.methods import PLAIN, RESAMPLED, Mitigation
from facedebias.training import run_folder
from facedebias.training.config import TrainConfig

_NUM_DRAWS = 200  # of intervals that the comparison does not show


@dataclass(frozen=True)
class Trial:
    """Everything that decides the result of a trial; see `facedebias compare --help`.

    Attributes:
        data: face file with parts to train on, validate and judge on.
        target: attribute that is learned.
        common: settings that all trainings have, by the names of flags.
        mitigations: what is compared, the plain one first.
        groups: attributes whose combinations are the groups that are known, and judged.
        num_seeds: trainings of each mitigation, with seeds 0, 1, ...
        split: part of the face file to judge on.
        gaps: names of differences between groups, as in results.json.
        limits: of some of these gaps, which mitigations are to stay within.
        runs: folder for the trainings.
        min_group: rows below which a group is left out of gaps.
    """

    data: str
    target: str
    common: Mapping[str, Any]
    mitigations: tuple[Mitigation, ...]
    groups: tuple[str, ...]
    num_seeds: int
    split: str
    gaps: tuple[str, ...]
    limits: tuple[Condition, ...]
    runs: Path
    min_group: int

    def folder(self, mitigation: Mitigation, seed: int) -> Path:
        """The folder of a training."""
        return self.runs / folder_name(mitigation) / f"seed-{seed}"

    def config(self, mitigation: Mitigation, seed: int) -> TrainConfig:
        """What a mitigation is trained with.

        Raises:
            InputError: if the settings do not fit together.
        """
        return mitigation.config({**self.common, "target": self.target, "seed": seed}, self.groups)

    def audit_config(self) -> AuditConfig:
        """Settings of the audit that judges all trainings."""
        return AuditConfig(
            models=tuple(
                f"{mitigation.name}={self.folder(mitigation, seed)}"
                for mitigation in self.mitigations
                for seed in range(self.num_seeds)
            ),
            data=self.data,
            target=self.target,
            groups=self.groups,
            split=self.split,
            min_group=self.min_group,
            num_draws=_NUM_DRAWS,
        )

    def validate(self) -> None:
        """Refuses what could only fail after hours: settings, names, and parts without faces of both labels.

        Raises:
            InputError: names what is wrong.
        """
        self.audit_config().validate()
        for mitigation in self.mitigations:
            self.config(mitigation, seed=0)
        dataset = FaceDataset(self.data)
        labels = target_labels(dataset, self.target)
        for name in self.groups:
            dataset.attribute(name)
        fits_thresholds = any(mitigation.constraint for mitigation in self.mitigations)
        for part in sorted({self.split} | ({"val"} if fits_thresholds else set())):
            own = labels[dataset.split == SPLITS.index(part)]
            if not (own == 1).any() or not (own == 0).any():
                raise InputError(
                    f"{self.data}: part {part!r} has {int((own == 1).sum())} faces with "
                    f"{self.target} and {int((own == 0).sum())} without; expected some of both. Prepare "
                    "a file with all parts (without --split)."
                )


def folder_name(mitigation: Mitigation) -> str:
    """Folder of the trainings of a mitigation."""
    return mitigation.name.replace(" ", "-")


def choose(texts: Sequence[str]) -> tuple[Mitigation, ...]:
    """Mitigations by name or flags, after the two that are always there; each once.

    Args:
        texts: as `methods.parse` takes them.

    Raises:
        InputError: if two of them would share a folder.
    """
    found: dict[str, Mitigation] = {}
    for mitigation in map(methods.parse, dict.fromkeys([PLAIN, RESAMPLED, *texts])):
        folder = folder_name(mitigation)
        if folder in found:
            raise InputError(
                f"--mitigation: {mitigation.name!r} and {found[folder].name!r} have the same folder; give "
                "one another name."
            )
        found[folder] = mitigation
    return tuple(found.values())


def train_missing(trial: Trial, say: Callable[[str], None]) -> None:
    """Makes the trainings that are not there yet.

    Args:
        trial: was validated.
        say: takes what is to be told as it goes on.

    Raises:
        InputError: if one that is there had other settings or data.
    """
    told: set[str] = set()
    for seed in range(trial.num_seeds):
        for mitigation in trial.mitigations:
            note = _make(trial, mitigation, seed, say)
            if note and note not in told:  # may be true of every training
                say(note)
                told.add(note)


def _make(trial: Trial, mitigation: Mitigation, seed: int, say: Callable[[str], None]) -> str:
    """Makes one, unless it is there; returns a note on one that is."""
    folder = trial.folder(mitigation, seed)
    if mitigation.constraint:
        _fit_thresholds(trial, mitigation, seed)
        return ""
    config = trial.config(mitigation, seed)
    if (folder / "run.json").exists():
        run_folder.end_finished(folder)
        return _check_same(config, trial.data, folder)
    import keras

    from facedebias.training.run import train

    is_run = run_folder.is_run(folder)
    if not is_run and run_folder.contents(folder):
        raise InputError(
            f"{folder}: holds files, but neither config.json nor a checkpoint of a run to go on with. Delete "
            "it, or choose another folder by --runs."
        )
    say(f"{mitigation.name}, seed {seed}")
    train(config, trial.data, folder, resume=is_run)
    keras.utils.clear_session()
    return ""


def _check_same(config: TrainConfig, data: str, folder: Path) -> str:
    note = run_folder.check_data(data, provenance.sha256(data), folder)
    if changes := run_folder.changed_settings(config, data, folder):
        raise InputError(
            f"{folder}: was trained with other settings ({', '.join(changes)}). Delete it, or choose another "
            "folder by --runs."
        )
    return note


def _fit_thresholds(trial: Trial, mitigation: Mitigation, seed: int) -> None:
    """Always anew, which takes seconds: the plain model, or what it is fitted on, may be another."""
    from facedebias.auditing.thresholds import fitted_model

    source = trial.folder(methods.MITIGATIONS[PLAIN], seed)
    fitted_on = AuditConfig(
        models=(str(source),), data=trial.data, target=trial.target, groups=trial.groups, split="val"
    )
    folder = trial.folder(mitigation, seed)
    fitted_model.make(fitted_on, mitigation.constraint, "accuracy", folder, mitigation.tolerance)
