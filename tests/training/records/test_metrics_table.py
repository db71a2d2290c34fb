"""The table of a run's epochs, found damaged or as a link by a run that goes on."""

import pytest

from facedebias.training.records.metrics_table import MetricsTable


def test_a_link_is_not_written_through(tmp_path):
    outside, path = tmp_path / "outside.csv", tmp_path / "metrics.csv"
    outside.write_text("step,loss\n1,0.5\n2,0.4\n")
    path.symlink_to(outside)
    MetricsTable(path, last_step=1).write({"step": 2, "loss": 0.3})
    assert path.read_text() == "step,loss\n1,0.5\n2,0.3\n"
    assert outside.read_text() == "step,loss\n1,0.5\n2,0.4\n"


@pytest.mark.parametrize("line", [b"9" * 5000 + b",1\n", "1²,1\n".encode()])
def test_a_step_that_is_no_number_ends_the_table(tmp_path, line):
    path = tmp_path / "metrics.csv"
    path.write_bytes(b"step,loss\n1,0.5\n" + line)
    MetricsTable(path, last_step=10)
    assert path.read_bytes() == b"step,loss\n1,0.5\n"


def test_a_header_in_no_utf8_is_kept(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_bytes(b"step,l\xff\n1,0.5\n")
    MetricsTable(path, last_step=10).write({"step": 2, "loss": 0.3})
    assert path.read_bytes() == b"step,l\xff\n1,0.5\n2,\n"
