"""evaluate.py --target: what its report says."""

import json

from facedebias.report import card, summary, verdict
from facedebias.report.plots import figures
from tests.cli.evaluating.face_audits import run_main
from tests.cli.evaluating.targets.target_audits import audit


def test_words_are_about_the_target(model, data):
    found = audit(model, data, groups=("Male",), min_group=20)
    note = verdict.notes(found)[0]
    assert note.startswith(
        "Positives are faces with Attractive=yes, negatives faces with Attractive=no; left out: "
    )
    assert note.endswith(" faces of unknown Attractive and 20 pictures without a face.")
    assert " of the positives in Male=" in verdict.sentences(found)[0]
    assert summary.as_markdown(found).startswith("## Audit of Attractive=yes by Male\n")
    (axes,) = figures.recall_figure(found).axes
    assert "% of the group's positives found" in axes.get_xlabel()
    text = card.as_markdown(found, 0, "2026-01-01")
    assert "whether a face is labelled Attractive=yes rather than Attractive=no" in text
    assert "what those who labelled the pictures saw in them" in text
    assert "nor their gender" not in text


def test_from_flags_to_report(tmp_path, model, data):
    output = tmp_path / "report"
    done = run_main(
        "--model", model, "--data", data, "--target", "Attractive", "--groups", "Male", "--split", "test",
        "--num_draws", 100, "--output", output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Fixed, probability at least 0.5." in done.stdout
    said = "ositives are faces with Attractive=yes, negatives faces with Attractive=no"
    assert f"- P{said}" in done.stdout
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "<title>Audit of brightness for Attractive=yes by Male</title>" in page
    assert f"<dd>p{said}</dd>" in page
    for name in ("report.md", "summary.md", "model_card_brightness.md"):
        assert said in (output / name).read_text(encoding="utf-8")
    results = json.loads((output / "results.json").read_text())
    unknown = results["target"].pop("num_unknown")
    assert results["target"] == {"attribute": "Attractive", "positive": "yes", "negative": ["no"]}
    assert f"{unknown} faces of unknown Attractive" in results["notes"][0]
    # No word of the other task, but in what was left out and in the names of fields.
    for name in ("report.md", "summary.md"):
        text = (output / name).read_text(encoding="utf-8")
        assert "non-face" not in text
