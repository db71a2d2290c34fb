"""Lists of rows that are wider than they look."""

import tracemalloc

from facedebias.auditing.inputs.row_list import RowList
from facedebias.data.sources.formats import text_table


class Rows:
    """A sample whose rows are told apart by their line."""

    identify = staticmethod(lambda rows: {"line": []})


def test_short_rows_are_not_filled_up(tmp_path, monkeypatch):
    monkeypatch.setattr(text_table, "_MOST_BYTES", 1_000_000)  # Python makes room for as many
    # A thousand rows below a thousand columns would be a million cells, eight megabytes.
    (tmp_path / "a.csv").write_text("line,label" + "," * 1000 + "\n" + "".join(f"{i}\n" for i in range(1000)))
    tracemalloc.start()
    found = RowList(str(tmp_path / "a.csv"), Rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.keys == [(str(number),) for number in range(1000)]
    assert found.labels == [""] * 1000
    assert peak < 4_000_000
