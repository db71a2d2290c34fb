"""Names by which rows of predictions can be told apart, for `suspects.csv` and `--exclude`."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facedebias.auditing import suspects
from facedebias.auditing.inputs.predictions.files.record_table import Table
from facedebias.auditing.inputs.predictions.options import Columns
from facedebias.auditing.inputs.sample import FILE_COLUMN


def identify(
    table: Table, groups: Sequence[str], columns: Columns, rows: Sequence[int] | np.ndarray
) -> dict[str, list[str]]:
    """File, line and every column without equal values; see `Sample.identify`.

    Args:
        table: the file.
        groups: columns of groups, which name nobody.
        columns: which column is what.
        rows: int `(k,)`.
    """
    taken = {*columns.roles.values(), FILE_COLUMN, table.unit, *suspects.COLUMNS, *groups}
    chosen = pa.array(np.asarray(rows, np.int64))
    keys = {
        name: column.take(chosen).to_pylist()
        for name, column in table.columns.items()
        if name not in taken and pc.count_distinct(column).as_py() == table.num_rows
    }
    lines = [str(number) for number in table.numbers[np.asarray(rows, np.int64)]]
    return {FILE_COLUMN: [table.path] * len(lines), table.unit: lines, **keys}
