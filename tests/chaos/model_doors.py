"""Doors of what this program writes and reads again: face files, exported models, what lies beside these."""

import itertools
import json

from facedebias.safekeeping import checksums
from facedebias.scoring.beside import run_beside, run_views
from tests.chaos.attacks import Door
from tests.chaos.read_rows import always, encoded, untouched
from tests.data.files.small_shards import write_shards
from tests.data.storage.small_files import contents, write_ours, write_plain

NAMES_OF_DOORS = [
    *("face file", "face file without checksums", "shard", "index of shards", "export", "export checksums"),
    *("run.json", "inside.json", "inside csv", "inside png"),
]
RUN = {
    "config": {"target": "glasses", "groups": ["skin"], "zoom": 0.2, "epochs": 12, "flip": True},
    **{"seed": 0, "data_sha256": "0" * 64, "date": "2026-01-01T00:00:00", "epoch": 12, "num_shards": 2},
    **{"versions": {"python": "3.11"}, "num_rows": {"train_positives": 30}, "machine": "2 cores"},
}
TABLE = "step,effective_sample_size\n" + "".join(f"{20 * i},{100 - i}.5\n" for i in range(1, 9))


def of_models(folder):
    root = folder / "models"
    (root / "export/variables").mkdir(parents=True)
    # Without checksums a value that changed is read as it is.
    yield _face_file(root, "face file", write_ours, untouched)
    yield _face_file(root, "face file without checksums", write_plain, always)
    yield from _shards(root / "shards")
    yield from _export(root / "export")
    yield from _beside(root)


def _face_file(root, name, write, touched):
    numbers = itertools.count()

    def read(data):
        # A name of its own: a file that is open may still be mapped.
        path = root / f"{next(numbers)}.h5"
        path.write_bytes(data)
        try:
            return dict(enumerate(contents(path)))
        finally:
            path.unlink()

    return Door(name, write(root / "whole.h5").read_bytes(), read, touched, is_text=False)


def _shards(folder):
    index = write_shards(folder, 3)

    def reader(path):
        whole = path.read_bytes()

        def read(data):
            # In place of the other: what is mapped stays as it was.
            path.unlink()
            path.write_bytes(data)
            try:
                return dict(enumerate(contents(index)))
            finally:
                path.unlink()
                path.write_bytes(whole)

        return whole, read

    yield Door("shard", *reader(folder / "shard-00001.h5"), untouched, is_text=False)
    yield Door("index of shards", *reader(index), untouched)


def _export(export):
    files = {"saved_model.pb": bytes(range(256)) * 8, "variables/variables.index": b"index" * 50}
    for name, content in files.items():
        (export / name).write_bytes(content)
    checksums.write(export)

    def reader(name, result):
        path = export / name
        whole = path.read_bytes()

        def read(data):
            path.write_bytes(data)
            try:
                checksums.check(export)
                return {name: path.read_bytes() if result else None}
            finally:
                path.write_bytes(whole)

        return read

    # Whatever of a model's files passes is what was written.
    whole = files["saved_model.pb"]
    yield Door("export", whole, reader("saved_model.pb", True), untouched, is_text=False)
    listed = (export / checksums.NAME).read_bytes()
    yield Door("export checksums", listed, reader(checksums.NAME, False), untouched)


def _beside(root):
    (root / "inside").mkdir()
    export = root / "export"
    picture = {"file": "raised.png", "title": "Raised", "description": "Two faces"}
    index = {"num_faces": 100, "effective_sample_size": "sizes.csv", "pictures": [picture]}
    files = {
        "run.json": json.dumps(RUN, indent=1).encode(),
        "inside/inside.json": json.dumps(index, indent=1).encode(),
        "inside/sizes.csv": TABLE.encode(),
        "inside/raised.png": encoded("PNG", (8, 8)),
    }
    for name, content in files.items():
        (root / name).write_bytes(content)

    def reader(name):
        def read(data):
            (root / name).write_bytes(data)
            try:
                run_beside.notes(export)
                run_beside.target_of(export)
                found, _ = run_views.read(export)
                return {} if found is None else {"num_pictures": len(found.pictures)}
            finally:
                (root / name).write_bytes(files[name])

        return read

    for name, (file, content) in zip(NAMES_OF_DOORS[-len(files) :], files.items(), strict=True):
        yield Door(name, content, reader(file), may_lose=True, is_text=not file.endswith("png"))
