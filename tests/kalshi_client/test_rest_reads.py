"""Every read of the client, asked of the loopback exchange."""

from __future__ import annotations

import time

import pytest

from kalshi_client.errors import NotFound, UnexpectedAnswer
from kalshi_client.rest.calls import Between
from kalshi_client.rest.throttle import CREATE_ORDER
from kalshi_client.wire.exchange import OpenHours
from kalshi_client.wire.markets import RestBook
from tests.kalshi_client.loopback import loopback
from trading.market import PriceGrid

HOUR_S = 3_600


@pytest.fixture(scope="module")
def venue():
    with loopback(shards=4, markets=600) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(venue):
    return venue.enroll()


@pytest.fixture(scope="module")
def traded(venue, client):
    """The client bought 2.00 at 0.46, rests 2.00 at 0.45, and canceled an order."""
    other = venue.enroll()
    assert other.create_order(venue.bid(4600, "ask", side="ask")).outcome == "accepted"
    bought = client.create_order(venue.bid(4600, "bought"))
    assert other.create_order(venue.bid(4500, "ahead")).outcome == "accepted"
    resting = client.create_order(venue.bid(4500, "resting"))
    canceled = client.create_order(venue.bid(4400, "canceled"))
    assert client.cancel_order(canceled.order_id, venue.ticker, 0).outcome == "canceled"
    return bought, resting, canceled


# --- exchange ------------------------------------------------------------------------------------


def test_status_names_every_shard(client):
    status = client.exchange_status()

    assert (status.exchange_active, status.trading_active, status.transfers_active) == (True, True, True)
    assert [(shard.exchange_index, shard.trading_active) for shard in status.shards] == [
        (shard, True) for shard in range(4)
    ]


def test_pauses_are_told(venue, client):
    venue.do(lambda: venue.exchange.pause_exchange(until_us=venue.exchange.now_us() + 60_000_000))
    try:
        status = client.exchange_status()  # comes with a 503
        schedule = client.exchange_schedule()
    finally:
        venue.do(venue.exchange.hours.resume)

    assert not status.exchange_active
    assert status.resumes_us is not None
    assert status.paused_shards == {0, 1, 2, 3}
    assert [window.last_us for window in schedule.maintenance] == [status.resumes_us]


def test_schedule_has_the_hours_of_seven_days(client):
    [week] = client.exchange_schedule().weeks

    assert week.days == ((OpenHours(0, 1_439),),) * 7
    assert week.first_us < time.time_ns() // 1_000 < week.last_us


def test_limits_costs_cutoff_and_freshness_are_told(client):
    limits, cutoff = client.account_limits(), client.historical_cutoff()

    assert (limits.tier, limits.read.capacity) == ("unlimited", 1e9)
    assert client.endpoint_costs().of(CREATE_ORDER) == 10
    assert cutoff.order_updated_us < client.user_data_timestamp()


# --- markets -------------------------------------------------------------------------------------


def test_open_markets_are_all_there_and_whole(venue, client):
    found = {market.ticker: market for market in client.markets()}
    listed = {t: m for t, m in venue.exchange.world.markets.items() if m.market.status == "active"}

    assert found.keys() == {ticker for ticker, market in listed.items() if not market.is_combo}
    for ticker, market in found.items():
        assert market.grid == listed[ticker].market.grid
        assert market.texts.title == listed[ticker].title
        assert market.strike.kind == listed[ticker].strike[0]
        assert market.times.open_us is not None
        assert market.times.open_us < market.close_us < market.times.latest_expiration_us
        assert market.quotes.yes_bid_e4 == listed[ticker].book.best_bid_e4 or ticker == venue.ticker
    assert not client.malformed_rows.counts


def test_grid_of_each_structure_is_the_published_one(client):
    markets = client.markets(status="", combos="include")
    structures = {market.terms.price_level_structure for market in markets}

    assert len(structures) > 1
    assert all(market.grid == PriceGrid.named(market.terms.price_level_structure) for market in markets)


def test_filters_of_markets_reach_the_venue(venue, client):
    close_s = venue.listed.market.close_us // 1_000_000
    everything = {market.ticker for market in client.markets(status="", combos="include")}
    shard = venue.exchange.world.markets

    def tickers(**filters):
        return {market.ticker for market in client.markets(**filters)}

    assert everything == set(shard)
    assert tickers(status="", combos="only") == {t for t, m in shard.items() if m.is_combo}
    assert tickers(event_ticker=venue.event_ticker) <= tickers(series=[venue.series_ticker])
    assert venue.ticker in tickers(status="", closing=Between(close_s, close_s))
    assert venue.ticker not in tickers(status="", closing=Between(close_s + 1))
    assert tickers(created=Between(None, 1)) == set()
    assert tickers(status="settled", settled=Between(1)) == set()
    assert venue.ticker in tickers(status="", updated=Between(0))
    assert tickers(status="paused") == set()
    assert tickers(tickers=[venue.ticker, "KXNONE"]) == {venue.ticker}


def test_times_that_do_not_go_with_a_status_are_refused_by_the_venue(client):
    with pytest.raises(UnexpectedAnswer, match="do not go with status"):
        client.markets(status="settled", created=Between(1))


def test_unknown_market_is_not_found(client):
    for read in (client.market, client.historical_market, client.find_market):
        with pytest.raises(NotFound):
            read("KXNONE-26DEC31")


@pytest.mark.usefixtures("traded")
def test_books_are_the_same_one_by_one_and_together(venue, client):
    others = [t for t in venue.exchange.world.markets if t != venue.ticker]
    books = client.orderbooks([*others, venue.ticker])

    assert books.keys() == {*others, venue.ticker}
    assert books[venue.ticker] == client.orderbook(venue.ticker) == RestBook({4500: 400}, {})
    deep = next(ticker for ticker in others if len(books[ticker].yes) > 1)
    assert client.orderbook(deep, depth=1).yes == {
        max(books[deep].yes): books[deep].yes[max(books[deep].yes)]
    }


@pytest.mark.usefixtures("traded")
def test_trades_are_read_by_market_and_time(venue, client):
    [trade] = client.trades(ticker=venue.ticker)

    assert (trade.price_e4, trade.count_e2, trade.taker_side) == (4600, 200, "bid")
    at_s = trade.created_us // 1_000_000
    assert client.trades(ticker=venue.ticker, at=Between(at_s, at_s + 1)) == [trade]
    assert client.trades(ticker=venue.ticker, at=Between(at_s + 1)) == []
    assert client.trades(is_block_trade=True) == []
    assert trade in client.trades(is_block_trade=False)


@pytest.mark.usefixtures("traded")
def test_candlesticks_of_one_market_and_of_many_are_the_same(venue, client):
    now_s = int(time.time())
    at = Between(now_s - 120, now_s + 120)

    candles = client.candlesticks(venue.series_ticker, venue.ticker, at, minutes=1)
    many = client.candlesticks_of([venue.ticker], at, minutes=1)

    assert many == {venue.ticker: candles}
    traded = [candle for candle in candles if candle.volume_e2]
    assert [(c.price.open_e4, c.price.close_e4, c.mean_e4, c.volume_e2) for c in traded] == [
        (4600, 4600, 4600, 200)
    ]


def test_candlesticks_of_too_long_a_time_are_a_mistake(venue, client):
    with pytest.raises(ValueError, match="at most 10000"):
        client.candlesticks_of([venue.ticker], Between(0, 10_001 * 60), minutes=1)
    with pytest.raises(ValueError, match="start and an end"):
        client.candlesticks(venue.series_ticker, venue.ticker, Between(0), minutes=1)


# --- events and series ---------------------------------------------------------------------------


def test_events_are_whole_and_lists_leave_combos_out(venue, client):
    world = venue.exchange.world
    found = {event.event_ticker: event for event in client.events()}
    combos = {m.market.event_ticker for m in world.markets.values() if m.is_combo}

    assert found.keys() == world.events.keys() - combos
    for ticker, event in found.items():
        listed = world.events[ticker]
        assert (event.title, event.mutually_exclusive) == (listed.title, listed.mutually_exclusive)
        assert event.collateral_return_type == listed.collateral_return_type
        assert event.settlement_sources
        assert client.event(ticker) == event


def test_filters_of_events_reach_the_venue(venue, client):
    def tickers(**filters):
        return {event.event_ticker for event in client.events(**filters)}

    assert client.events([venue.event_ticker, "KXNONE"]) == [client.event(venue.event_ticker)]
    assert venue.event_ticker in tickers(series_ticker=venue.series_ticker, status="open")
    assert tickers(status="settled") == set()
    assert tickers(min_close_s=2**32) == set()
    assert tickers(min_updated_s=2**32) == set()


def test_markets_come_with_their_event(venue, client):
    nested = {found.event.event_ticker: found for found in client.events_with_markets()}
    one = client.event_with_markets(venue.event_ticker)

    assert nested[venue.event_ticker] == one
    assert {market.ticker for market in one.markets} == set(
        venue.exchange.world.events[venue.event_ticker].market_tickers
    )


def test_series_are_listed_by_category_and_never_all_at_once(venue, client):
    series = client.series(venue.series_ticker)

    found = client.series_list(category=series.category, with_volume=True)

    assert series.ticker in {one.ticker for one in found}
    assert {one.category for one in found} == {series.category}
    assert all(one.volume_e2 is not None for one in found)
    assert client.series_list(tags=["none", "such"]) == []
    with pytest.raises(ValueError, match="name a category"):
        client.series_list()


def test_fee_changes_are_announced(venue, client):
    changes, at_us = venue.exchange.fee_changes, (int(time.time()) + HOUR_S) * 1_000_000
    venue.do(
        lambda: (
            changes.schedule_series(
                venue.series_ticker, fee_type="quadratic", multiplier_e4=5_000, at_us=at_us
            ),
            changes.schedule_event(
                venue.event_ticker, venue.series_ticker, fee_type=None, multiplier_e4=None, at_us=at_us
            ),
        )
    )

    [of_series] = client.series_fee_changes(venue.series_ticker, with_past=True)
    [of_event] = client.event_fee_changes()

    assert (of_series.fee_type, of_series.fee_multiplier_e4, of_series.at_us) == ("quadratic", 5_000, at_us)
    assert (of_event.event_ticker, of_event.fee_type_override) == (venue.event_ticker, "")
    assert client.series_fee_changes("KXNONE") == []


# --- the account ---------------------------------------------------------------------------------


def test_orders_are_read_by_every_filter(venue, client, traded):
    bought, resting, canceled = (result.order_id for result in traded)

    def ids(**filters):
        return {order.order_id for order in client.orders(**filters)}

    assert ids() == {bought, resting, canceled}
    assert ids(status="resting", ticker=venue.ticker) == {resting}
    assert ids(status="canceled", event_tickers=[venue.event_ticker]) == {canceled}
    assert ids(exchange_index=1) == ids(subaccount=1) == ids(min_ts_s=2**32) == ids(max_ts_s=1) == set()
    assert client.order(bought).status == "executed"
    with pytest.raises(ValueError, match="at most 10 events"):
        client.orders(event_tickers=[str(n) for n in range(11)])


def test_places_in_the_queue_are_counted_in_contracts(venue, client, traded):
    _, resting, _ = traded

    [place] = client.queue_positions(tickers=[venue.ticker], event_ticker=venue.event_ticker)

    assert (place.order_id, place.ticker, place.ahead_e2) == (resting.order_id, venue.ticker, 200)
    assert client.queue_position(resting.order_id) == 200


def test_fills_balance_and_positions_agree(venue, client, traded):
    bought, *_ = traded

    [fill] = client.fills(ticker=venue.ticker, order_id=bought.order_id)
    [position] = client.positions(ticker=venue.ticker)
    [record], [event] = client.position_records(event_ticker=venue.event_ticker)
    balance = client.balance()

    assert (fill.price_e4, fill.count_e2, fill.is_taker) == (4600, 200, True)
    assert (position.position_e2, position.fees_e6) == (200, fill.fee_e6)
    assert (record.position, record.traded_e6) == (position, 920_000)
    assert (event.event_ticker, event.exposure_e6) == (venue.event_ticker, position.cost_e6)
    assert sum(balance.available_e6.values()) < 1_000_000_000 - position.cost_e6
    assert client.balance(exchange_index=1).available_e6 == {1: balance.available_e6[1]}
    assert client.fills(max_ts_s=1) == client.positions(settlement="settled") == []


def test_settlement_says_what_was_held_and_paid():
    with loopback() as venue:
        client, other = venue.enroll(), venue.enroll()
        other.create_order(venue.bid(4600, side="ask"))
        client.create_order(venue.bid(4600))
        venue.settle()

        [settlement] = client.settlements(ticker=venue.ticker, event_ticker=venue.event_ticker)
        market = client.market(venue.ticker)

    assert (settlement.result, settlement.value_e4, settlement.revenue_e6) == ("yes", 10_000, 2_000_000)
    assert (settlement.yes_count_e2, settlement.yes_cost_e6) == (200, 920_000)
    assert settlement.event_ticker == venue.event_ticker
    assert settlement.fee_e6 > 0
    assert (market.status, market.settlement_value_e4) == ("finalized", 10_000)
    assert market.times.settled_us is not None
