"""A shard whose NO sides come on another scale than was asked for is traded no more until they do not."""

import pytest

from kalshi_client.background import Done
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.price_scale import SCALE, fit
from kalshi_client.wire.markets import RestBook
from market_data.shard_books import ShardBooks
from market_data.shard_scale import ShardScale, read_books
from settings.venue_access import VenueAccess
from trading.market import complement_e4

NYC, LA = "RAIN-NYC", "RAIN-LA"
NO = {100 * cents: 100 for cents in range(20, 32)}
TURNED = {complement_e4(price_e4): count_e2 for price_e4, count_e2 in NO.items()}

NOWHERE = VenueAccess("loopback", "", "", "", "", 1.0)


class Shard:
    def __init__(self):
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: 10, LA: 10})
        self.scale = ShardScale(NOWHERE, self.books, None, SigningClock())

    def snapshot(self, ticker, no):
        self.books.held.confirm(ticker, {4_000: 100}, no, received_us=1)

    def told(self, no):
        return self.scale.take(Done((SCALE, ""), {NYC: RestBook({}, no)}, None))


@pytest.fixture
def shard():
    return Shard()


def test_books_on_another_scale_are_traded_no_more_until_they_are_on_ours(shard):
    shard.snapshot(NYC, TURNED)
    version = shard.books.trust_version

    assert "YES scale" in shard.told(NO)
    assert shard.books.untradable == {NYC: SCALE, LA: SCALE}
    assert shard.books.take_due(0.0, limit=9) == {}
    assert shard.books.due_in_s(0.0) is None
    assert shard.books.trust_version > version
    assert shard.told(NO) == ""  # said once

    shard.snapshot(NYC, NO)
    assert "goes on" in shard.told(NO)
    assert shard.books.untradable == {LA: "no_snapshot"}
    assert list(shard.books.take_due(0.0, limit=9)) == [NYC]


def test_books_on_our_scale_stay_tradable_although_some_levels_have_moved(shard):
    shard.snapshot(NYC, NO)

    assert shard.told(dict(list(NO.items())[:-2])) == ""
    assert shard.books.untradable == {LA: "no_snapshot"}


def test_the_books_of_the_exchange_are_on_our_scale(exchange):
    books = read_books(VenueAccess(**exchange.access), SigningClock(), exchange.tickers[:5])

    levels = {ticker: book.no for ticker, book in books.items()}
    assert any(levels.values())
    assert fit(levels, levels).is_ours
