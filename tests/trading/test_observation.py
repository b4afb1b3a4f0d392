"""A batch shows the books as they are, travels unchanged and knows the account."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.book import Book
from trading.observation import LEVELS, WatchedMarket, observe, pack, unpack

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
        assert (batch.stream[row], batch.seq[row], batch.close_us[row]) == (
            seen.stream,
            seen.seq,
            seen.close_us,
        )


@given(st.lists(watched(), max_size=5))
def test_a_packed_batch_unpacks_to_the_same_batch(markets):
    batch = observe(markets, observed_us=7).with_account(
        {m.ticker: -250 for m in markets}, resting_bids={m.ticker for m in markets[:2]}, resting_asks=()
    )

    unpacked = unpack(pack(batch))

    assert unpacked.tickers == batch.tickers
    assert unpacked.observed_us == 7
    for name in pack(batch).keys() - {"tickers", "observed_us"}:
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

    seen = batch.with_account({"A": 200, "C": -100, "X": 5}, resting_bids={"B", "X"}, resting_asks={"B", "C"})

    assert seen.position_e2.tolist() == [200, 0, -100]
    assert [seen.resting_sides(row) for row in range(3)] == [(), ("bid", "ask"), ("ask",)]
    assert batch.position_e2.tolist() == [0, 0, 0]


@pytest.mark.parametrize("damage", [{"seq": b"\0" * 7}, {"seq": b"\0" * 16}, {"yes_price": b""}])
def test_a_damaged_batch_is_refused(damage):
    packed = pack(observe([market("A")], observed_us=7))

    with pytest.raises(ValueError):
        unpack(packed | damage)
