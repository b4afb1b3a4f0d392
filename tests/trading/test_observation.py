"""A batch shows the books as they are, travels unchanged and knows the account."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.book import Book
from trading.observation import (
    COLUMNS,
    LEVELS,
    SCHEMA,
    Resting,
    SchemaUnknown,
    WatchedMarket,
    observe,
    pack,
    unpack,
)
from trading.trade_flow import TradeFlow

SIDES = st.dictionaries(st.integers(1, 9_999), st.integers(1, 10**10), max_size=14)


@st.composite
def watched(draw):
    book = Book()
    book.replace(draw(SIDES), draw(SIDES))
    return WatchedMarket(
        ticker=draw(st.text("AB-19", min_size=1, max_size=12)),
        book=book,
        stream=draw(st.integers(0, 100)),
        seq=draw(st.integers(0, 2**60)),
        close_us=draw(st.integers(0, 2**60)),
        changed_us=draw(st.integers(0, 2**60)),
        confirmed_us=draw(st.integers(0, 2**60)),
        trade_seq=draw(st.integers(0, 2**60)),
    )


def market(ticker, yes=(), no=(), *, stream=0, seq=1, close_us=9):
    book = Book()
    book.replace(yes, no)
    return WatchedMarket(ticker, book, stream, seq, close_us)


@given(st.lists(watched(), max_size=5))
def test_a_row_is_the_top_of_its_book(markets):
    batch = observe(markets, observed_us=7)

    assert len(batch) == len(markets)
    for row, seen in enumerate(markets):
        for side, prices, counts in (
            ("yes", batch.yes_price, batch.yes_count),
            ("no", batch.no_price, batch.no_count),
        ):
            levels = seen.book.levels(side, LEVELS)
            padded = levels + [(0, 0)] * (LEVELS - len(levels))
            assert list(zip(prices[row], counts[row], strict=True)) == padded
        assert batch.bests(row) == (seen.book.best_yes_bid_e4, seen.book.yes_ask_e4)
        assert batch.best_yes_bid_e4[row] == (seen.book.best_yes_bid_e4 or 0)
        assert batch.best_no_bid_e4[row] == (seen.book.best_no_bid_e4 or 0)
        assert batch.yes_ask_e4[row] == (seen.book.yes_ask_e4 or 0)
        assert (batch.yes_levels[row], batch.no_levels[row]) == (len(seen.book.yes), len(seen.book.no))
        assert batch.yes_depth_e2[row] == sum(seen.book.yes.values())
        assert batch.no_depth_e2[row] == sum(seen.book.no.values())
        for name in ("stream", "seq", "close_us", "changed_us", "confirmed_us"):
            assert getattr(batch, name)[row] == getattr(seen, name)


def test_a_row_has_the_trades_of_its_market():
    trades = TradeFlow()
    trades.watch("AB", 5)
    trades.add("B", trade_id="t", price_e4=4_700, count_e2=300, taker_side="ask", at_us=8)

    batch = observe([market("A"), market("B"), market("C")], 9, trades)

    assert batch.last_trade_price_e4.tolist() == [0, 4_700, 0]
    assert batch.taker_sold_e2.tolist() == [[0, 0, 0], [300, 300, 300], [0, 0, 0]]
    assert batch.trades_since_us.tolist() == [5, 5, 0]


@given(st.lists(watched(), max_size=5))
def test_a_packed_batch_unpacks_to_the_same_batch(markets):
    trades = TradeFlow()
    for number, seen in enumerate(markets):
        trades.add(seen.ticker, trade_id=str(number), price_e4=5, count_e2=9, taker_side="ask", at_us=number)
    batch = observe(markets, 7, trades).with_account(
        {m.ticker: -250 for m in markets}, {m.ticker: Resting(4_000, 100, 0, 0) for m in markets[:2]}
    )

    unpacked = unpack(pack(batch))

    assert unpacked.tickers == batch.tickers
    assert unpacked.observed_us == 7
    for name in COLUMNS:
        before, after = getattr(batch, name), getattr(unpacked, name)
        assert after.dtype == before.dtype
        assert after.shape == before.shape
        assert np.array_equal(after, before)


def test_a_batch_is_packed_into_plain_values_alone():
    assert {type(value) for value in pack(observe([market("A")], observed_us=7)).values()} == {
        list,
        int,
        bytes,
    }


def test_a_batch_does_not_change_with_its_books():
    watched_market = market("A", {4700: 10})
    batch = observe([watched_market], observed_us=7)

    watched_market.book.apply("yes", 4800, 5)

    assert batch.bests(0) == (4700, None)


def test_the_account_is_put_beside_its_markets():
    batch = observe([market("A"), market("B"), market("C")], observed_us=7)

    seen = batch.with_account(
        {"A": 200, "C": -100, "X": 5},
        {"B": Resting(4_000, 200, 4_300, 150), "C": Resting(0, 0, 5_000, 0), "X": Resting(1, 1, 1, 1)},
    )

    assert seen.position_e2.tolist() == [200, 0, -100]
    assert [seen.resting_sides(row) for row in range(3)] == [(), ("bid", "ask"), ("ask",)]
    assert seen.resting_bid.tolist() == [False, True, False]
    assert seen.resting_ask.tolist() == [False, True, True]
    assert seen.resting_bid_price_e4.tolist() == [0, 4_000, 0]
    assert seen.resting_bid_count_e2.tolist() == [0, 200, 0]
    assert seen.resting_ask_price_e4.tolist() == [0, 4_300, 5_000]
    assert seen.resting_ask_count_e2.tolist() == [0, 150, 0]
    assert batch.position_e2.tolist() == [0, 0, 0]


@pytest.mark.parametrize("damage", [{"seq": b"\0" * 7}, {"seq": b"\0" * 16}, {"yes_price": b""}])
def test_a_damaged_batch_is_refused(damage):
    packed = pack(observe([market("A")], observed_us=7))

    with pytest.raises(ValueError):
        unpack(packed | damage)


@pytest.mark.parametrize("schema", [None, 0, SCHEMA + 1, "1"])
def test_an_observation_of_another_schema_is_refused_with_both_numbers(schema):
    packed = pack(observe([market("A")], observed_us=7)) | {"schema": schema}

    with pytest.raises(SchemaUnknown, match=f"schema {schema}, and this program reads schema {SCHEMA}"):
        unpack(packed)


def test_an_observation_from_before_schemas_had_numbers_is_refused():
    packed = pack(observe([market("A")], observed_us=7))
    del packed["schema"]

    with pytest.raises(SchemaUnknown):
        unpack(packed)


def test_other_columns_are_another_schema():
    """Whoever changes the columns raises SCHEMA, and writes both here."""
    columns = observe([market("A")], observed_us=7)

    assert SCHEMA == 3
    assert [(name, getattr(columns, name).shape[1:]) for name in COLUMNS] == [
        ("yes_price", (10,)),
        ("yes_count", (10,)),
        ("no_price", (10,)),
        ("no_count", (10,)),
        ("yes_levels", ()),
        ("no_levels", ()),
        ("yes_depth_e2", ()),
        ("no_depth_e2", ()),
        ("stream", ()),
        ("seq", ()),
        ("trade_seq", ()),
        ("changed_us", ()),
        ("confirmed_us", ()),
        ("close_us", ()),
        ("last_trade_us", ()),
        ("last_trade_price_e4", ()),
        ("last_trade_count_e2", ()),
        ("last_taker", ()),
        ("trades_since_us", ()),
        ("taker_bought_e2", (3,)),
        ("taker_sold_e2", (3,)),
        ("trades", (3,)),
        ("traded_e6", (3,)),
        ("position_e2", ()),
        ("resting_bid_price_e4", ()),
        ("resting_bid_count_e2", ()),
        ("resting_ask_price_e4", ()),
        ("resting_ask_count_e2", ()),
    ]


def test_the_own_orders_of_a_side_are_its_best_price_and_all_that_is_left():
    joined = Resting()
    for side, price_e4 in (("bid", 4_000), ("bid", 4_100), ("bid", 3_900), ("ask", 4_500), ("ask", 4_400)):
        joined = joined.joined_by(side, price_e4, 100)

    assert joined == Resting(4_100, 300, 4_400, 200)
