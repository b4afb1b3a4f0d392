"""The decision function gets nothing that is not recorded: its record decides again to the same record."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from strategies.hardcoded import HardcodedSelector
from strategies.registry import make_selector
from tests.trading.test_decision import batch_of, circumstances
from trading.actions import Decision
from trading.decision import (
    Account,
    Circumstances,
    Decided,
    DecidedBatch,
    LedgerPoint,
    Setup,
    Terms,
    WatcherBatch,
    decide,
)
from trading.observation import COLUMNS, Observation, Resting
from trading.trade_flow import TradeColumns

TICKERS = ("KX-1", "KX-2", "KX-3", "KX-4")

# Of an observation: what is in the record, and what the watcher's tape up to ``tape_no`` tells.
IN_THE_RECORD = {
    "stream": "streams",
    "seq": "seqs",
    "trade_seq": "trade_seqs",
    "changed_us": "changed_us",
    "confirmed_us": "confirmed_us",
    "position_e2": "positions_e2",
    **dict.fromkeys([name for name in COLUMNS if name.startswith("resting_")], "resting"),
}
BY_THE_TAPE = {
    *("yes_price", "yes_count", "no_price", "no_count", "yes_levels", "no_levels"),
    *("yes_depth_e2", "no_depth_e2", "close_us", *TradeColumns._fields),
}
OF_A_MOMENT = {"tickers", "observed_us", "clock_offset_us"}


def names_of(kind):
    return {field.name for field in fields(kind)}


def test_every_column_that_a_strategy_sees_is_in_the_record_or_on_the_tape():
    assert {*IN_THE_RECORD, *BY_THE_TAPE} == set(COLUMNS)
    assert IN_THE_RECORD.keys() & BY_THE_TAPE == set()
    assert names_of(Observation) - set(COLUMNS) == OF_A_MOMENT
    assert {*IN_THE_RECORD.values(), *OF_A_MOMENT} <= names_of(DecidedBatch)


def test_everything_else_that_decides_is_in_the_record_or_in_the_setup():
    in_the_record = names_of(DecidedBatch)

    assert names_of(Circumstances) - in_the_record == {"account"}
    assert names_of(Account) - in_the_record == {"positions"}  # positions_e2, of the batch's markets
    assert names_of(Terms) == {"style", "count_e2"}
    assert {"terms", "renamed"} <= names_of(Setup)
    assert list(inspect.signature(decide).parameters) == ["batch", "strategy", "terms", "given"]


def test_whatever_a_strategy_is_made_with_is_in_the_setup():
    assert list(inspect.signature(make_selector).parameters) == ["name", "seed", "options"]
    assert {"strategy", "seed", "options"} <= names_of(Setup)


class Curious:
    """A strategy whose answer depends on everything that it sees, and on what it saw before."""

    def __init__(self) -> None:
        self.seen = 0

    def select(self, batch: Observation) -> list[Decision]:
        for name in (*COLUMNS, "observed_us", "clock_offset_us"):
            self.seen += int(np.sum(getattr(batch, name)) % 1_000_003)
        choices = HardcodedSelector(self.seen, hold=0.2).select(batch)
        return [Decision(each.action, f"{each.reason} {self.seen}") for each in choices]


small = st.integers(0, 9_000)
resting = st.builds(Resting, small, small, small, small) | st.just(Resting())
points = st.builds(LedgerPoint, st.sampled_from(["m", "p"]), small)
accounts = st.builds(
    Account,
    st.tuples(points, points),
    st.dictionaries(st.sampled_from(TICKERS), st.integers(-900, 900)),
    st.dictionaries(st.sampled_from(TICKERS), resting),
    st.lists(st.sampled_from(TICKERS), max_size=2, unique=True).map(tuple),
)
given_ = st.builds(
    lambda account, credits_, awaiting, at_us: replace(
        circumstances(), account=account, credits=credits_, awaiting=awaiting, decided_us=at_us
    ),
    accounts,
    st.integers(0, 3),
    st.lists(st.sampled_from(TICKERS), max_size=1).map(tuple),
    small,
)
books = st.dictionaries(st.sampled_from([3_900, 4_000, 4_200]), st.integers(1, 900), max_size=2)
batches = st.builds(
    lambda tickers, yes: batch_of(*tickers, yes=yes),
    st.lists(st.sampled_from(TICKERS), min_size=1, max_size=4, unique=True),
    books,
)


def decided_again(seen: Observation, record: DecidedBatch, strategy, terms: Terms) -> Decided:
    """From the record alone, and from the books as the tape tells them."""
    account = Account(
        record.ledgers,
        dict(zip(record.tickers, record.positions_e2, strict=True)),
        dict(zip(record.tickers, record.resting, strict=True)),
        record.blocked,
    )
    told = Circumstances(
        batch_no=record.batch_no,
        decided_us=record.decided_us,
        session=record.session,
        incarnation=record.incarnation,
        strategy=record.strategy,
        watcher=WatcherBatch(*record.watcher),
        account=account,
        credits=record.credits,
        awaiting=record.awaiting,
    )
    columns = {
        name: np.array(getattr(record, recorded), np.int64)
        for name, recorded in IN_THE_RECORD.items()
        if not name.startswith(("resting_", "position_"))
    }
    books = replace(
        seen,
        **columns,
        tickers=list(record.tickers),
        observed_us=record.observed_us,
        clock_offset_us=record.clock_offset_us,
    )
    return decide(books, strategy, terms, told)


@given(st.lists(st.tuples(batches, given_), min_size=1, max_size=5), st.sampled_from(["join", "cross"]))
def test_what_is_recorded_decides_again_to_the_same_record_and_the_same_orders(shown, style):
    live, again, terms = Curious(), Curious(), Terms(style, 200)

    for seen, circumstance in shown:
        first = decide(seen, live.select, terms, circumstance)
        second = decided_again(seen, first.record, again.select, terms)

        assert second == first
