"""The summary for a pull request, and the model card."""

import json
from dataclasses import replace

import numpy as np
import pytest

from facedebias.report import card, summary
from tests.report.small_audits import make_audit

pytestmark = pytest.mark.usefixtures("few_places")


def test_summary_fits_a_pull_request():
    text = summary.as_markdown(make_audit())
    assert text.startswith("## Audit by race\n")
    assert "| recall | 86.2 [75.7, 92.5] | 98.5 [91.8, 99.7] |" in text  # 56 of 65, 64 of 65
    assert "| worst group's recall |" in text
    assert len(text.splitlines()) < 25


def test_model_card_has_the_sections_of_the_paper():
    text = card.as_markdown(make_audit(), 0, "2026-01-01")
    sections = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert sections == [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Ethical considerations",
        "Caveats and recommendations",
    ]
    assert "| group 0 | 40 | 90.0 [76.9, 96.0] |" in text
    assert "To be filled in" in text


def test_model_card_is_filled_from_the_run(tmp_path):
    run = {
        "config": {"model": "dbvae", "sampler": "latent", "width": 12, "data": "faces.h5", "alpha": 0.01},
        "seed": 3,
        "data_sha256": "abc",
        "date": "2026-01-02",
        "command": "python train.py",
        "versions": {"tensorflow": "2.21.0"},
        "git_revision": "f00",
        "epoch": 7,
        "num_rows": {"train_positives": 1234},
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    audit = make_audit(num_models=1)
    audit = replace(
        audit,
        sample=replace(audit.sample, read=lambda rows: np.zeros((len(rows), 8, 8, 3), np.uint8)),
        models=(replace(audit.models[0], path=str(tmp_path / "export")),),
    )
    text = card.as_markdown(audit, 0, "2026-01-03")
    for part in ("dbvae, sampler latent", "seed 3, epoch 7", "tensorflow 2.21.0", "alpha 0.01"):
        assert part in text
    assert "train positives 1,234" in text
