"""Observations that are made together are those that are made one by one."""

from hypothesis import given
from hypothesis import strategies as st

from market_data.played_trades import trade_columns
from trading.book import Book
from trading.observation import Resting, WatchedMarket, observe, pack
from trading.observation_batches import Together, seen_batch
from trading.seen_rows import seen_rows
from trading.venue_time import ClockOffset

prices = st.integers(1, 99).map(lambda cents: cents * 100)
sides = st.dictionaries(prices, st.integers(1, 900), max_size=14) | st.just(
    {price_e4: price_e4 % 700 + 1 for price_e4 in range(1, 80)}  # more levels than are sorted by numpy
)
NOTHING_TRADED = (0,) * 17


def book_of(yes, no):
    book = Book()
    book.replace(yes, no)
    return book


markets = st.builds(
    lambda number, yes, no, close_us, changed_us: WatchedMarket(
        f"KX-{number}", book_of(yes, no), number, 2 * number, close_us, changed_us, 7, 3
    ),
    st.integers(0, 9),
    sides,
    sides,
    st.integers(0, 2**60),
    st.integers(0, 2**60),
)
batches = st.tuples(st.lists(markets, max_size=4), st.integers(1, 2**60), st.integers(-5, 10**9))


@given(st.lists(batches, max_size=6))
def test_every_batch_is_what_it_is_alone_and_as_it_was_when_it_was_seen(many):
    alone, seen, rows = [], [], []
    for watched, observed_us, offset_us in many:
        clock = ClockOffset(offset_us, offset_us)
        alone.append(pack(observe(watched, observed_us, clock=clock)))
        seen.append(seen_batch(watched, observed_us, clock.guess_us))
        rows += [NOTHING_TRADED] * len(watched)
        for market in watched:
            market.book.replace({}, {100: 100})  # what comes later changes nothing

    together = Together(seen, trade_columns(rows))

    assert [pack(together.batch(number)) for number in range(len(many))] == alone


@given(st.lists(batches, max_size=6), st.data())
def test_the_rows_of_all_batches_together_are_those_of_each_with_the_account_that_is_shown(many, data):
    seen = [seen_batch(watched, observed_us, offset_us) for watched, observed_us, offset_us in many]
    count = sum(len(batch.markets) for batch in seen)
    positions = data.draw(st.lists(st.integers(-900, 900), min_size=count, max_size=count))
    resting = [Resting(100 * held % 9_900, held, 0, 0) if held > 0 else Resting() for held in positions]
    together = Together(seen, trade_columns([NOTHING_TRADED] * count))

    together.show_account(positions, resting)

    rows = seen_rows(together.joined())
    for number, batch in enumerate(seen):
        one, (begin, end) = together.batch(number), together.rows_of(number)
        assert rows.cut(begin, end, batch.observed_us, batch.clock_offset_us) == seen_rows(one)
        assert one.position_e2.tolist() == positions[begin:end]
        assert one.resting() == tuple(resting[begin:end])
    assert len(rows.tickers) == count


def test_rows_are_held_by_an_account_exactly_when_it_has_their_positions_and_orders():
    bid, ask = Resting(bid_price_e4=4_000, bid_count_e2=100), Resting(ask_price_e4=6_000, ask_count_e2=200)
    watched = [WatchedMarket(ticker, book_of({}, {}), 1, 1, 9) for ticker in "ABC"]
    rows = seen_rows(observe(watched, 1).with_account({"A": 100}, {"A": bid, "B": ask}))

    assert rows.is_held_by({"A": 100, "D": 5}, {"A": bid, "B": ask, "E": bid})
    assert not rows.is_held_by({"A": 200}, {"A": bid, "B": ask})
    assert not rows.is_held_by({"A": 100, "C": -100}, {"A": bid, "B": ask})
    assert not rows.is_held_by({"A": 100}, {"A": bid})
    assert not rows.is_held_by({"A": 100}, {"A": ask, "B": ask})
