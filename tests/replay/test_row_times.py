"""The time of a row follows from the rows beside it."""

import numpy as np
import pytest

from replay.row_times import RowTimes
from trading import tape_rows as rows_of
from trading.tape_rows import TapePiece

CHANGE, TRADE = (rows_of.CHANGE_YES, 1, 4_000, 100), (rows_of.SOLD, 1, 4_000, 100)
TOOK_AT_50, BATCH_AT_70, TRADE_AT_40 = (rows_of.TOOK, 1, 9, 50), (rows_of.BATCH, 1, 70, 0), (8, 40, 0, 0)


@pytest.mark.parametrize(
    ("rows", "place", "at_us"),
    [
        pytest.param([TRADE_AT_40, TRADE, TRADE, TOOK_AT_50], 2, 40, id="a trade has its own"),
        pytest.param(
            [TRADE, TOOK_AT_50], 0, 10, id="a trade whose time is in the piece before: its beginning"
        ),
        pytest.param([CHANGE, CHANGE, TOOK_AT_50, BATCH_AT_70], 0, 50, id="a change has that of its message"),
        pytest.param([TOOK_AT_50, CHANGE, BATCH_AT_70], 1, 70, id="or of the batch behind it"),
        pytest.param([TOOK_AT_50, CHANGE], 1, 90, id="or of the end of the piece"),
    ],
)
def test_each_row_has_a_time(rows, place, at_us):
    kind, a, b, c = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    assert RowTimes(TapePiece(1, 10, 90, kind, a, b, c, 0, ())).at_us(place) == at_us
