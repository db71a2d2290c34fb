from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.data.targets import Target


def test_what_is_positive_in_words():
    facts = TargetFacts(Target("Attractive", "yes"), ("no",))
    assert facts.summary() == "positives are faces with Attractive=yes, negatives faces with Attractive=no"
    assert facts.sentences() == [f"{facts.summary()}."]
    few = TargetFacts(Target("race", "Black"), ("White", "Asian"))
    assert few.negatives == "race=White or Asian"
    many = TargetFacts(Target("race", "Black"), ("White", "Asian", "Indian", "Other"))
    assert many.negatives == "another known race"


def test_rows_that_are_neither_are_counted():
    facts = TargetFacts(Target("Attractive", "yes"), ("no",), num_unknown=1200)
    assert facts.sentences()[0].endswith("Attractive=no; left out: 1,200 faces of unknown Attractive.")
    facts = TargetFacts(Target("Attractive", "yes"), ("no",), 3, 5)
    assert facts.sentences()[0].endswith(
        "left out: 3 faces of unknown Attractive and 5 pictures without a face."
    )
