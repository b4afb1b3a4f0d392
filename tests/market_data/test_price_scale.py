"""Books whose NO sides come on another scale than was asked for are noticed, and traded no more."""

import pytest

from kalshi_client.background import Done
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.markets import RestBook
from market_data.price_scale import EVERY_S, FIRST_S, SCALE, PriceScale, fits, read_books
from market_data.shard_books import ShardBooks
from settings.venue_access import VenueAccess
from trading.market import complement_e4

NYC, LA = "RAIN-NYC", "RAIN-LA"
NO = {100 * cents: 100 for cents in range(20, 32)}
TURNED = {complement_e4(price_e4): count_e2 for price_e4, count_e2 in NO.items()}

NOWHERE = VenueAccess("loopback", "", "", "", "", 1.0)


class FakeBackground:
    """Remembers what was asked of it."""

    def __init__(self):
        self.asked = []

    def submit(self, tag, call, *args, within_s):  # noqa: ARG002  # nothing takes time here
        self.asked.append((tag[0], call, args[-1]))


class Shard:
    def __init__(self):
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: 10, LA: 10})
        self.background = FakeBackground()
        self.scale = PriceScale(
            NOWHERE, self.books, self.background, SigningClock(), pick=lambda tickers, n: tickers[:n]
        )

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


def test_some_whole_books_are_read_now_and_then(shard):
    shard.snapshot(NYC, NO)
    shard.scale.look(0.0)
    assert shard.background.asked == []

    shard.scale.look(FIRST_S)
    shard.scale.look(FIRST_S + 1)
    shard.scale.look(FIRST_S + EVERY_S)

    assert shard.background.asked == [(SCALE, read_books, [NYC])] * 2


def test_a_read_that_failed_or_a_market_that_has_gone_changes_nothing(shard):
    assert shard.scale.take(Done((SCALE, ""), None, OSError())) == ""
    assert shard.scale.take(Done((SCALE, ""), {"GONE": RestBook({}, NO)}, None)) == ""
    assert not shard.books.stopped


@pytest.mark.parametrize(
    ("ours", "told", "verdict"),
    [
        pytest.param(NO, NO, True, id="ours"),
        pytest.param(TURNED, NO, False, id="the other"),
        pytest.param({}, NO, None, id="nothing to compare"),
        pytest.param({2_000: 1}, NO, None, id="too little"),
        pytest.param({5_000: 1}, {5_000: 1}, None, id="the same on both"),
    ],
)
def test_a_scale_is_known_by_the_prices_that_fit_it_and_not_the_other(ours, told, verdict):
    assert fits({NYC: ours}, {NYC: told}) is verdict


def test_the_books_of_the_exchange_are_on_our_scale(exchange):
    books = read_books(VenueAccess(**exchange.access), SigningClock(), exchange.tickers[:5])

    assert any(book.no for book in books.values())
    assert fits({t: book.no for t, book in books.items()}, {t: book.no for t, book in books.items()})
