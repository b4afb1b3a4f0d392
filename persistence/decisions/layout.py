"""The layout of a blob of decisions: its columns, and the numbers that lie side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Final

import numpy as np

from persistence.decisions.columns import Columns, slots
from persistence.decisions.integer_columns import Integers

# Of each batch one integer.
SCALARS: Final[tuple[Callable[[Columns], int], ...]] = (
    attrgetter("batch_no"),
    attrgetter("decided_us"),
    lambda columns: columns.decided_us - columns.observed_us,
    attrgetter("clock_offset_us"),
    *(lambda columns, place=place: columns.watcher[place] for place in range(4)),
    attrgetter("credits"),
)
# Of each batch a list of integers.
LISTS: Final = (
    "awaiting",
    "blocked",
    "tickers",
    "source",
    "changed_ago_us",
    "actions",
    "outcomes",
    "templates",
)
# The same, a market's numbers side by side: they change little from one time to the next.
BY_MARKET: Final = ("yes_bids_e4", "yes_asks_e4")
# Of each batch a list of tuples: how long each is.
TABLES: Final = {"ledgers": 2, "positions": 2, "resting": 5}
SOURCE: Final = 4  # numbers, the first of which is the connection


def grouped(keys: Integers) -> Integers:
    """The order in which equal keys are side by side, each group as it was."""
    return np.argsort(keys, kind="stable")


def places(rows: Integers, tickers: Integers, texts: Sequence[str]) -> Iterator[Integers]:
    """Where the numbers of each place of each template are among all numbers, a market's side by side."""
    order = grouped(tickers)
    taken = widths(texts)
    begins = np.cumsum(taken[rows]) - taken[rows]
    for template in np.unique(rows).tolist():
        mine = order[rows[order] == template]
        for place in range(int(taken[template])):
            yield begins[mine] + place


def widths(texts: Sequence[str]) -> Integers:
    """The number of slots of each template; the other texts have none."""
    return np.array([slots(text) for text in texts], np.int64)
