"""Training on shards is training on the file that they were made of, bit for bit."""

import hashlib
import json

import numpy as np

from facedebias.data.ingest import prepare
from facedebias.data.records import ImportOptions
from facedebias.training.run import train
from tests.training.runs import configured, read_table

SMALL = {
    "model": "dbvae",
    "batch_size": 8,
    "width": 2,
    "latent_dim": 4,
    "epochs": 1,
    "validation_fraction": 0.2,
}


def test_a_run_on_shards_is_the_run_on_one_file(tmp_path):
    options, drawn = ImportOptions(size=16, seed=3), ["synthetic:40"]
    prepare(drawn, drawn, options, tmp_path / "one.h5")
    many = prepare(drawn, drawn, options, tmp_path / "many", num_shards=7).path
    runs = [
        train(configured(**SMALL), data, tmp_path / name)
        for name, data in (("a", tmp_path / "one.h5"), ("b", many))
    ]
    a, b = (run.model.get_weights() for run in runs)
    assert len(a) == len(b) > 0
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)
    tables = [read_table(run.folder) for run in runs]
    timings = {"seconds", "images_per_second"}
    one, other = ([{k: v for k, v in row.items() if k not in timings} for row in table] for table in tables)
    assert one == other
    # The index has the SHA-256 of every shard, and so the record's SHA-256 is of all of them.
    record = json.loads((runs[1].folder / "run.json").read_text())
    assert record["data_sha256"] == hashlib.sha256(many.read_bytes()).hexdigest()
    named = {shard["file"]: shard["sha256"] for shard in json.loads(many.read_text())["shards"]}
    held = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in many.parent.glob("*.h5")}
    assert named == held
