"""The examples of docs/scaling.md give each process a TF_CONFIG that training understands."""

import os
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from facedebias.distribution import cluster

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
COMMANDS = {
    "facedebias": 'echo "$@" > "$OUT/$INDEX.flags"; printf "%s" "$TF_CONFIG" > "$OUT/$INDEX.config"',
    "scontrol": "printf 'node7\\nnode9\\n'",
    # Two tasks, as Slurm runs them.
    "srun": 'shift; for INDEX in 0 1; do export INDEX SLURM_PROCID=$INDEX; "$@"; done',
}


@pytest.fixture
def run(tmp_path):
    """Runs a command with stand-ins for what it calls; returns each process's cluster and flags."""
    for name, text in COMMANDS.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def run(*command, **variables):
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path)}
        subprocess.run(command, env=environment | variables, check=True, cwd=tmp_path)
        return [
            (cluster.read({"TF_CONFIG": path.read_text()}), path.with_suffix(".flags").read_text())
            for path in sorted(tmp_path.glob("*.config"))
        ]

    return run


def test_kubernetes(run):
    service, job = yaml.safe_load_all((EXAMPLES / "kubernetes-train.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    for index in range(job["spec"]["completions"]):
        command = (*container["command"], *container["args"])
        found = run(*command, JOB_COMPLETION_INDEX=str(index), INDEX=str(index))
    assert [own.worker for own, _ in found] == [0, 1]
    port = container["ports"][0]["containerPort"]
    # The names that pods of an indexed job get: JOB-INDEX.SUBDOMAIN.
    names = [f"{job['metadata']['name']}-{index}.{pod['subdomain']}:{port}" for index in (0, 1)]
    assert found[0][0].addresses == found[1][0].addresses == tuple(names)
    assert service["metadata"]["name"] == pod["subdomain"] and service["spec"]["ports"][0]["port"] == port
    assert service["spec"]["selector"] == job["spec"]["template"]["metadata"]["labels"]
    assert "--strategy multiworker" in found[0][1] and found[0][1] == found[1][1]


@pytest.mark.parametrize("version", ["1.27", "1.33"])
def test_kubernetes_takes_the_manifest(version):
    documents = list(yaml.safe_load_all((EXAMPLES / "kubernetes-train.yaml").read_text()))
    assert [document["kind"] for document in documents] == ["Service", "Job"]
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
    documents[1]["spec"]["completion_mode"] = "Indexed"  # a word that the schema does not have
    with pytest.raises(kubernetes_validate.ValidationError, match="completion_mode"):
        kubernetes_validate.validate(documents[1], version, strict=True)


def test_slurm(run):
    found = run("bash", str(EXAMPLES / "slurm-train.sh"), SLURM_JOB_NODELIST="node[7,9]")
    assert [own.worker for own, _ in found] == [0, 1]
    assert found[0][0].addresses == ("node7:2222", "node9:2222")
    assert "train --strategy multiworker" in found[0][1]
