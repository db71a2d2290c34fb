"""Settings in messages: flags in a shell, arguments in Python."""

import threading

import pytest

from facedebias.configuration.setting_names import are_arguments, arguments, setting


@pytest.mark.parametrize(
    ("given", "flag", "argument"),
    [
        (("fpr",), "--fpr", "fpr"),
        (("fpr", 0.01), "--fpr=0.01", "fpr=0.01"),
        (("batch_size", 1), "--batch_size=1", "batch_size=1"),
        (("overwrite", True), "--overwrite", "overwrite=True"),
        (("groups", "race"), "--groups=race", 'groups="race"'),
        (("groups", ("race", "sex")), "--groups=race,sex", 'groups=("race", "sex")'),
        (("input_scale", (-1, 0.5)), "--input_scale=-1,0.5", "input_scale=(-1, 0.5)"),
        (("output_kind", "percent"), "--output_kind=percent", 'score_kind="percent"'),
    ],
)
def test_each_reader_sees_the_own_name(given, flag, argument):
    assert setting(*given) == flag
    with arguments(output_kind="score_kind"):
        assert setting(*given) == argument


def test_names_last_as_long_as_the_block_and_hold_for_one_thread():
    others = []
    with arguments():
        assert are_arguments()
        with pytest.raises(ZeroDivisionError), arguments(fpr="rate"):
            assert setting("fpr") == "rate"
            1 / 0  # noqa: B018
        assert setting("fpr") == "fpr"
        thread = threading.Thread(target=lambda: others.append(setting("fpr")))
        thread.start()
        thread.join()
    assert setting("fpr") == "--fpr" and not are_arguments()
    assert others == ["--fpr"]
