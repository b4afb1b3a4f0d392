"""Observations that are made together are those that are made one by one."""

from hypothesis import given
from hypothesis import strategies as st

from market_data.played_trades import trade_columns
from trading.book import Book
from trading.observation import WatchedMarket, observe, pack
from trading.observation_batches import observations, seen_batch
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

    together = observations(seen, trade_columns(rows))

    assert [pack(one) for one in together] == alone
