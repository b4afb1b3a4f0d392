"""Records move into the archive while they are read, and none is lost or given twice."""

from __future__ import annotations

import pytest

from kalshi_client.errors import NotFound
from kalshi_client.rest.calls import Between
from tests.kalshi_client.loopback import loopback


@pytest.fixture
def venue():
    with loopback() as opened:
        yield opened


@pytest.fixture
def client(venue):
    """Bought 2.00 in a market that was settled since; another order was canceled."""
    member, other = venue.enroll(), venue.enroll()
    other.create_order(venue.bid(4600, side="ask"))
    member.create_order(venue.bid(4600, "bought"))
    canceled = member.create_order(venue.bid(4500, "canceled"))
    member.cancel_order(canceled.order_id, venue.ticker, 0)
    venue.settle()
    return member


ALL = {
    "orders": lambda c, v: c.all_orders(ticker=v.ticker),
    "fills": lambda c, v: c.all_fills(ticker=v.ticker),
    "positions": lambda c, _: c.all_positions(),
    "trades": lambda c, v: c.all_trades(ticker=v.ticker),
    "markets": lambda c, _: c.all_settled_markets(),
}
LIVE = {
    "orders": lambda c: c.orders(),
    "fills": lambda c: c.fills(),
    "positions": lambda c: c.positions(),
    "trades": lambda c: c.trades(),
    "markets": lambda c: c.markets(status="settled"),
}
OLD = {
    "orders": lambda c: c.historical_orders(),
    "fills": lambda c: c.historical_fills(),
    "positions": lambda c: c.historical_positions(),
    "trades": lambda c: c.historical_trades(),
    "markets": lambda c: c.historical_markets(),
}


@pytest.mark.parametrize("kind", ALL)
def test_what_is_archived_is_read_there_and_the_same(venue, client, kind):
    live = LIVE[kind](client)
    assert live
    assert OLD[kind](client) == []

    venue.archive_everything()

    assert LIVE[kind](client) == []
    assert OLD[kind](client) == ALL[kind](client, venue) == live


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("moves_after", ["the first request", "the live list"])
def test_record_that_moves_between_the_reads_is_given_once(venue, client, kind, moves_after):
    expected = LIVE[kind](client)
    attempt = client._transport.attempt

    def attempt_then_move(*arguments, **keywords):
        is_old = "/historical" in arguments[1]
        if is_old and moves_after == "the live list":
            venue.archive_everything()
        answer = attempt(*arguments, **keywords)
        if moves_after == "the first request":
            venue.archive_everything()
        return answer

    client._transport.attempt = attempt_then_move

    assert ALL[kind](client, venue) == expected


def test_archive_is_not_asked_for_what_it_cannot_have(venue, client):
    asked = []
    attempt = client._transport.attempt
    client._transport.attempt = lambda *a, **k: asked.append(a[1]) or attempt(*a, **k)
    now_s = client.user_data_timestamp() // 1_000_000

    client.all_orders(at=Between(now_s - 3600))
    client.all_fills(at=Between(now_s - 3600))
    client.all_trades(at=Between(now_s - 3600))

    assert [path for path in asked if "/historical" in path] == ["/historical/cutoff"] * 3


def test_market_and_its_candlesticks_are_found_wherever_they_are(venue, client):
    at = Between(*(client.user_data_timestamp() // 1_000_000 + seconds for seconds in (-120, 120)))
    market = client.find_market(venue.ticker)
    candles = client.find_candlesticks(venue.series_ticker, venue.ticker, at, minutes=1)

    venue.archive_everything()

    with pytest.raises(NotFound):
        client.market(venue.ticker)
    moved = client.find_market(venue.ticker)
    assert (moved.ticker, moved.result, moved.settlement_value_e4) == (market.ticker, "yes", 10_000)
    old = client.find_candlesticks(venue.series_ticker, venue.ticker, at, minutes=1)
    assert [c.price.close_e4 for c in candles if c.volume_e2] == [4600]
    assert [(c.end_s, c.price, c.volume_e2) for c in old] == [
        (c.end_s, c.price, c.volume_e2) for c in candles
    ]


def test_order_is_found_wherever_it_is_and_only_then(venue, client):
    [live] = [order for order in client.orders() if order.client_order_id == "canceled"]
    assert client.find_order(live.order_id, venue.ticker) == live

    venue.archive_everything()

    with pytest.raises(NotFound):
        client.order(live.order_id)
    assert client.find_order(live.order_id, venue.ticker) == live
    with pytest.raises(NotFound):
        client.find_order("never-was", venue.ticker)


def test_archive_is_asked_of_one_subaccount_as_the_live_lists_are(client):
    asked = []
    attempt = client._transport.attempt
    client._transport.attempt = lambda *a, **k: asked.append((a[1], k["query"])) or attempt(*a, **k)

    client.all_orders(subaccount=0)
    client.all_fills(subaccount=0)
    client.all_positions(subaccount=0)

    assert len(asked) == 6
    for path, query in asked:
        assert ("subaccount", "0") in query, path
