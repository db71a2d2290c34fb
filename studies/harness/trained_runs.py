"""Runs of a study: a method with a seed each, its folder and its record."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facedebias.errors import InputError
from studies.harness.method import Method
from studies.harness.record_file import Line, RecordFile


@dataclass(frozen=True)
class Run:
    """A method with a seed.

    Attributes:
        name: of the method.
        method: what is done.
        seed: of the run.
        folder: of its training run; large, and on one machine only.
        records: gets what is kept of it.
    """

    name: str
    method: Method
    seed: int
    folder: Path
    records: RecordFile

    @property
    def is_finished(self) -> bool:
        """Whether all that the study needs of it is written down."""
        return self.records.run(self.name, self.seed) is not None

    @property
    def is_trained(self) -> bool:
        """Whether the last file of its folder is there."""
        return (self.folder / "run.json").exists()

    def command(self, data: Path) -> list[str]:
        """Arguments of `train` with its settings; continues a run that was interrupted."""
        # A folder without both files was left before anything was trained in it.
        is_started = all((self.folder / name).exists() for name in ("config.json", "data.sha256"))
        way = "--resume" if is_started else "--overwrite"
        return [f"--data={data}", f"--output={self.folder}", f"--seed={self.seed}", *self.method.flags(), way]

    @property
    def _wanted_path(self) -> Path:
        return self.folder.with_suffix(".method.json")

    def begin(self) -> None:
        """Writes down what it is trained with, beside its folder."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        partial = self._wanted_path.with_suffix(".partial")
        partial.write_text(json.dumps(self.method.to_json()))
        os.replace(partial, self._wanted_path)

    def keep(self, found: Mapping[str, Any]) -> None:
        """Adds what the study keeps of it to the records.

        Raises:
            InputError: if its folder, or the records, are of other settings than it has today.
        """
        if json.loads(self._wanted_path.read_text()) != self.method.to_json():
            raise InputError(f"{self.folder}: was trained with other settings. Delete it to train anew.")
        self.records.add_run(self.name, self.method, self.seed, found)

    def record(self) -> Line:
        """What was kept of it.

        Raises:
            InputError: if it was trained with other settings, or is not there.
        """
        self.records.check(self.name, self.method)
        line = self.records.run(self.name, self.seed)
        if line is None:
            raise InputError(
                f"{self.records.path}: has no run of {self.name} with seed {self.seed}. The study's command "
                "trains it."
            )
        return line


def runs_of(
    methods: Mapping[str, Method], seeds: Iterable[int], workdir: Path, records: RecordFile
) -> list[Run]:
    """Every method with the first seed, then with the next: a study cut short has whole seeds.

    Args:
        methods: by name.
        seeds: of each.
        workdir: gets the folders of the runs.
        records: gets what is kept of them.
    """
    return [
        Run(name, method, seed, workdir / "runs" / name / f"seed-{seed}", records)
        for seed in seeds
        for name, method in methods.items()
    ]
