"""Protocol 3.2, market data: a test for each row of its tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.choices import Choices
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read, refused

MINUTE_US, DAY_S = 60_000_000, 86_400
REQUIRED = {
    "ticker": str,
    "event_ticker": str,
    "market_type": str,
    "yes_sub_title": str,
    "no_sub_title": str,
    "rules_primary": str,
    "rules_secondary": str,
    "created_time": str,
    "updated_time": str,
    "open_time": str,
    "close_time": str,
    "latest_expiration_time": str,
    "settlement_timer_seconds": int,
    "status": str,
    "yes_bid_dollars": str,
    "yes_ask_dollars": str,
    "no_bid_dollars": str,
    "no_ask_dollars": str,
    "last_price_dollars": str,
    "previous_yes_bid_dollars": str,
    "previous_yes_ask_dollars": str,
    "previous_price_dollars": str,
    "notional_value_dollars": str,
    "yes_bid_size_fp": str,
    "yes_ask_size_fp": str,
    "volume_fp": str,
    "volume_24h_fp": str,
    "open_interest_fp": str,
    "result": str,
    "can_close_early": bool,
    "expiration_value": str,
    "settlement_bounds_type": str,
    "price_level_structure": str,
    "price_ranges": list,
}


async def tickers(desk: Desk, **query) -> list[str]:
    query.setdefault("limit", 1000)
    return [market["ticker"] for market in (await read(desk, "/markets", **query))["markets"]]


def become(desk: Desk, status: str):
    """The desk's market in another status."""
    desk.listed.become(status, now_us=desk.exchange.now_us())


# --- GET /markets ------------------------------------------------------------------------------------


@at_desk()
async def test_markets_come_in_pages(desk: Desk):
    everything = await tickers(desk)
    first = await read(desk, "/markets", limit=30)
    second = await read(desk, "/markets", limit=30, cursor=first["cursor"])

    assert len(everything) == len(set(everything)) == 40
    assert [market["ticker"] for market in first["markets"] + second["markets"]] == everything
    assert second["cursor"] == ""
    assert len((await read(desk, "/markets"))["markets"]) == 40  # default 100
    assert len((await read(desk, "/markets", limit=0))["markets"]) == 40


@pytest.mark.parametrize("limit", [-1, 1001, "many"])
@at_desk()
async def test_a_limit_out_of_range_is_refused(desk: Desk, limit):
    assert await refused(desk, "/markets", limit=limit) == (400, "invalid_parameters")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("unopened", "initialized"),
        ("open", "active"),
        ("paused", "inactive"),
        ("closed", "closed"),
        ("closed", "determined"),
        ("closed", "disputed"),
        ("closed", "amended"),
        ("settled", "finalized"),
    ],
)
@at_desk()
async def test_status_filters_by_a_word_that_markets_do_not_use(desk: Desk, word: str, status: str):
    become(desk, status)
    found = await read(desk, "/markets", status=word, tickers=desk.ticker)

    assert [market["status"] for market in found["markets"]] == [status]
    other = "settled" if word == "open" else "open"
    assert await tickers(desk, status=other, tickers=desk.ticker) == []


@at_desk()
async def test_an_unknown_status_is_refused(desk: Desk):
    assert await refused(desk, "/markets", status="active") == (400, "invalid_parameters")


@at_desk()
async def test_markets_of_one_event_one_series_or_by_name(desk: Desk):
    market, names = desk.listed.market, await tickers(desk)
    of_event, of_series = (
        await tickers(desk, event_ticker=market.event_ticker),
        await tickers(desk, series_ticker=market.series_ticker),
    )

    assert of_event == [name for name in names if name.startswith(market.event_ticker + "-")]
    assert of_series == [name for name in names if name.startswith(market.series_ticker + "-")]
    assert await tickers(desk, tickers=f"{names[3]},{names[1]},KXNONE") == [names[1], names[3]]
    assert await refused(desk, "/markets", event_ticker="A,B") == (400, "invalid_parameters")


@at_desk()
async def test_created_times_go_with_unopened_and_open(desk: Desk):
    created_s = desk.listed.created_us // 1_000_000
    assert desk.ticker in await tickers(desk, min_created_ts=created_s, status="open")
    assert await tickers(desk, max_created_ts=created_s - 1) == []
    assert await refused(desk, "/markets", min_created_ts=1, status="closed") == (400, "invalid_parameters")


@at_desk()
async def test_close_times_go_with_closed(desk: Desk):
    close_s = desk.listed.market.close_us // 1_000_000
    assert desk.ticker in await tickers(desk, min_close_ts=close_s, max_close_ts=close_s + 1)
    assert desk.ticker not in await tickers(desk, min_close_ts=close_s + 1)
    assert await refused(desk, "/markets", min_close_ts=1, status="open") == (400, "invalid_parameters")


@at_desk()
async def test_settled_times_go_with_settled(desk: Desk):
    now_us = desk.exchange.now_us()
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=now_us)
    now_s = now_us // 1_000_000

    assert await tickers(desk, min_settled_ts=now_s - 1, status="settled") == [desk.ticker]
    assert await tickers(desk, max_settled_ts=now_s - 1) == []
    assert await refused(desk, "/markets", min_settled_ts=1, status="open") == (400, "invalid_parameters")


@at_desk()
async def test_updated_times_go_with_the_exclusion_of_combos_and_a_series_only(desk: Desk):
    now_us = desk.exchange.now_us() + 10_000_000
    desk.listed.become("inactive", now_us=now_us)
    query = {"min_updated_ts": now_us // 1_000_000 - 1, "mve_filter": "exclude"}

    assert await tickers(desk, **query) == [desk.ticker]
    assert await tickers(desk, **query, series_ticker=desk.listed.market.series_ticker) == [desk.ticker]
    assert await tickers(desk, min_updated_ts=query["min_updated_ts"]) == [desk.ticker]
    for other in ({"tickers": "A"}, {"mve_filter": "only"}, {"mve_filter": "", "series_ticker": "A"}):
        assert await refused(desk, "/markets", **query | other) == (400, "invalid_parameters")


@at_desk()
async def test_combo_markets_are_excluded_or_the_only_ones(desk: Desk):
    desk.listed.mve_collection_ticker = "KXMVE-R"
    assert await tickers(desk, mve_filter="only") == [desk.ticker]
    assert desk.ticker not in await tickers(desk, mve_filter="exclude")
    assert desk.ticker in await tickers(desk)
    assert await refused(desk, "/markets", mve_filter="some") == (400, "invalid_parameters")


# --- the market object -------------------------------------------------------------------------------


@at_desk()
async def test_a_market_has_every_required_field(desk: Desk):
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]

    for name, kind in REQUIRED.items():
        assert type(market[name]) is kind, name
    assert all(market[name].endswith("Z") for name in REQUIRED if name.endswith("_time"))


@at_desk()
async def test_an_unknown_market_is_not_found(desk: Desk):
    assert await refused(desk, "/markets/KXNONE") == (404, "market_not_found")


@at_desk()
async def test_an_empty_book_shows_a_bid_of_nothing_and_an_ask_of_a_dollar(desk: Desk):
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]

    assert (market["yes_bid_dollars"], market["yes_ask_dollars"]) == ("0.0000", "1.0000")
    assert (market["no_bid_dollars"], market["no_ask_dollars"]) == ("0.0000", "1.0000")
    assert (market["yes_bid_size_fp"], market["yes_ask_size_fp"]) == ("0.00", "0.00")


@at_desk()
async def test_a_settled_market_has_its_result(desk: Desk):
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=10_000)
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]

    assert (market["status"], market["result"]) == ("finalized", "yes")
    assert market["settlement_value_dollars"] == "1.0000"
    assert market["settlement_ts"].endswith("Z")
    assert market["expiration_value"]


@at_desk()
async def test_a_strike_has_its_type_and_its_numbers(desk: Desk):
    everything = (await read(desk, "/markets"))["markets"]
    kinds = {market["strike_type"]: market for market in everything}

    assert set(kinds) >= {"custom", "greater", "less", "between"}
    assert kinds["between"]["floor_strike"] < kinds["between"]["cap_strike"]
    assert "floor_strike" not in kinds["less"]


# --- books -------------------------------------------------------------------------------------------


async def lay_out(desk: Desk) -> None:
    for price in ("0.4400", "0.4500"):
        await desk.rest("bid", price)
    for price in ("0.4700", "0.4800"):
        await desk.rest("ask", price, by=desk.other)


@at_desk()
async def test_an_orderbook_has_bids_of_both_outcomes_best_last(desk: Desk):
    await lay_out(desk)

    assert await read(desk, f"/markets/{desk.ticker}/orderbook") == {
        "orderbook_fp": {
            "yes_dollars": [["0.4400", "2.00"], ["0.4500", "2.00"]],
            "no_dollars": [["0.5200", "2.00"], ["0.5300", "2.00"]],
        }
    }


@at_desk()
async def test_depth_keeps_the_best_levels(desk: Desk):
    await lay_out(desk)

    async def yes_side(depth: int) -> list[str]:
        book = await read(desk, f"/markets/{desk.ticker}/orderbook", depth=depth)
        return [price for price, _ in book["orderbook_fp"]["yes_dollars"]]

    assert await yes_side(1) == ["0.4500"]
    assert await yes_side(0) == await yes_side(-1) == ["0.4400", "0.4500"]
    path = f"/markets/{desk.ticker}/orderbook"
    assert await refused(desk, path, depth=101) == (400, "invalid_parameters")


@at_desk()
async def test_an_empty_orderbook_has_both_keys(desk: Desk):
    assert await read(desk, f"/markets/{desk.ticker}/orderbook") == {
        "orderbook_fp": {"yes_dollars": [], "no_dollars": []}
    }


@at_desk()
async def test_the_best_level_comes_first_if_so_chosen(desk: Desk):
    desk.exchange.choices = Choices(best_level_first=True)
    await lay_out(desk)
    book = await read(desk, f"/markets/{desk.ticker}/orderbook", depth=2)

    assert book["orderbook_fp"]["yes_dollars"][0][0] == "0.4500"


@at_desk()
async def test_orderbooks_of_up_to_a_hundred_markets(desk: Desk):
    names = (await tickers(desk))[:2]
    found = await read(desk, "/markets/orderbooks", tickers=",".join(names))
    _, repeated = await desk.call(
        "GET", "/markets/orderbooks", signed=False, query=[("tickers", name) for name in names]
    )

    assert found == repeated
    assert [set(book) for book in found["orderbooks"]] == [{"ticker", "orderbook_fp"}] * 2
    assert [book["ticker"] for book in found["orderbooks"]] == names
    for wrong in ("", ",".join([names[0]] * 101), "A" * 201):
        assert await refused(desk, "/markets/orderbooks", tickers=wrong) == (400, "invalid_parameters")
    assert await refused(desk, "/markets/orderbooks", tickers="KXNONE") == (404, "market_not_found")


# --- trades ------------------------------------------------------------------------------------------


@at_desk()
async def test_trades_come_newest_first_with_every_field(desk: Desk):
    await lay_out(desk)
    await desk.rest("bid", "0.4700", count="1.00")
    await desk.rest("ask", "0.4500", by=desk.other, count="0.50")
    newest, oldest = (await read(desk, "/markets/trades", ticker=desk.ticker))["trades"]

    assert set(newest) == {
        "trade_id", "ticker", "count_fp", "yes_price_dollars", "no_price_dollars", "taker_side",
        "taker_outcome_side", "taker_book_side", "created_time", "is_block_trade",
    }  # fmt: skip
    assert (oldest["yes_price_dollars"], oldest["no_price_dollars"]) == ("0.4700", "0.5300")
    assert (oldest["taker_outcome_side"], oldest["taker_book_side"]) == ("yes", "bid")
    assert (newest["taker_side"], newest["taker_book_side"], newest["count_fp"]) == ("no", "ask", "0.50")


@at_desk()
async def test_trades_are_filtered_and_come_in_pages(desk: Desk):
    await lay_out(desk)
    for _ in range(3):
        await desk.rest("bid", "0.4700", count="0.50")
    now_s = desk.exchange.now_us() // 1_000_000
    page = await read(desk, "/markets/trades", limit=2, ticker=desk.ticker)
    rest = await read(desk, "/markets/trades", limit=2, ticker=desk.ticker, cursor=page["cursor"])

    assert (len(page["trades"]), len(rest["trades"]), rest["cursor"]) == (2, 1, "")
    for query, count in (
        ({"max_ts": now_s - 100}, 0),
        ({"min_ts": now_s - 100, "max_ts": now_s + 1}, 3),
        ({"is_block_trade": "true"}, 0),
        ({"is_block_trade": "false"}, 3),
    ):
        found = await read(desk, "/markets/trades", ticker=desk.ticker, **query)
        assert len(found["trades"]) == count, query


# --- events and series -------------------------------------------------------------------------------


@at_desk()
async def test_events_have_their_fields_and_are_filtered(desk: Desk):
    everything = await read(desk, "/events")
    event, market = everything["events"][0], desk.listed.market

    assert set(event) >= {
        "event_ticker", "series_ticker", "title", "sub_title", "collateral_return_type",
        "mutually_exclusive", "settlement_sources",
    }  # fmt: skip
    assert {e["collateral_return_type"] for e in everything["events"]} == {"", "MECNET", "DIRECNET"}
    assert all(
        (e["collateral_return_type"] == "MECNET") is e["mutually_exclusive"] for e in everything["events"]
    )
    close_s = market.close_us // 1_000_000
    for query, is_there in (
        ({"series_ticker": market.series_ticker}, True),
        ({"series_ticker": "KXNONE"}, False),
        ({"tickers": f"{market.event_ticker},KXNONE"}, True),
        ({"status": "open"}, True),
        ({"status": "unopened"}, False),
        ({"min_close_ts": close_s - 1}, True),
        ({"min_close_ts": close_s}, False),
        ({"min_updated_ts": 0}, True),
        ({"min_updated_ts": close_s}, False),
    ):
        found = [e["event_ticker"] for e in (await read(desk, "/events", **query))["events"]]
        assert (market.event_ticker in found) is is_there, query


@at_desk()
async def test_events_come_in_pages_with_markets_and_milestones_if_asked_for(desk: Desk):
    page = await read(desk, "/events", limit=1, with_nested_markets="true", with_milestones="true")
    following = await read(desk, "/events", limit=200, cursor=page["cursor"])

    assert page["milestones"] == []
    assert desk.ticker in [market["ticker"] for market in page["events"][0]["markets"]]
    assert page["events"][0]["event_ticker"] not in [e["event_ticker"] for e in following["events"]]
    assert "markets" not in following["events"][0]
    assert await refused(desk, "/events", limit=201) == (400, "invalid_parameters")
    assert await refused(desk, "/events", status="paused") == (400, "invalid_parameters")
    assert await refused(desk, "/events", with_nested_markets="maybe") == (400, "invalid_parameters")


@at_desk()
async def test_combo_events_are_not_among_the_events(desk: Desk):
    for ticker in desk.exchange.world.events[desk.listed.market.event_ticker].market_tickers:
        desk.exchange.world.markets[ticker].mve_collection_ticker = "KXMVE-R"
    found = [event["event_ticker"] for event in (await read(desk, "/events"))["events"]]

    assert desk.listed.market.event_ticker not in found


@at_desk()
async def test_combo_events_have_a_list_of_their_own(desk: Desk):
    event = desk.listed.market.event_ticker
    assert (await read(desk, "/events/multivariate"))["events"] == []
    for ticker in desk.exchange.world.events[event].market_tickers:
        desk.exchange.world.markets[ticker].mve_collection_ticker = "KXMVE-R"

    for query, tickers in (
        ({}, [event]),
        ({"collection_ticker": "KXMVE-R"}, [event]),
        ({"collection_ticker": "KXMVE-S"}, []),
    ):
        found = await read(desk, "/events/multivariate", **query)
        assert [each["event_ticker"] for each in found["events"]] == tickers


@at_desk()
async def test_the_metadata_of_an_event_names_its_markets(desk: Desk):
    body = await read(desk, f"/events/{desk.listed.market.event_ticker}/metadata")

    assert desk.ticker in [market["market_ticker"] for market in body["market_details"]]
    assert await refused(desk, "/events/KXNONE/metadata") == (404, "not_found")


@at_desk()
async def test_an_event_tells_when_it_last_changed(desk: Desk):
    path, at_us = f"/events/{desk.listed.market.event_ticker}", desk.exchange.now_us() + 10**9
    before = (await read(desk, path))["event"]["last_updated_ts"]
    desk.listed.become("inactive", now_us=at_us)

    assert (await read(desk, path))["event"]["last_updated_ts"] > before


@at_desk()
async def test_one_event_comes_with_its_markets_beside_it_and_inside_if_asked(desk: Desk):
    path = f"/events/{desk.listed.market.event_ticker}"
    beside, inside = await read(desk, path), await read(desk, path, with_nested_markets="true")

    assert beside["markets"] == inside["markets"] == inside["event"]["markets"]
    assert "markets" not in beside["event"]
    assert await refused(desk, "/events/KXNONE") == (404, "not_found")


@at_desk()
async def test_one_series_has_its_fields(desk: Desk):
    ticker = desk.listed.market.series_ticker
    series = (await read(desk, f"/series/{ticker}"))["series"]

    assert set(series) >= {
        "ticker", "frequency", "title", "category", "categories", "tags", "settlement_sources",
        "contract_url", "contract_terms_url", "fee_type", "fee_multiplier", "additional_prohibitions",
    }  # fmt: skip
    assert series["ticker"] == ticker
    assert await refused(desk, "/series/KXNONE") == (404, "not_found")


@at_desk()
async def test_series_are_filtered_and_told_with_their_volume(desk: Desk):
    await lay_out(desk)
    await desk.rest("bid", "0.4700", count="1.00")
    everything = (await read(desk, "/series"))["series"]
    own = next(series for series in everything if series["ticker"] == desk.listed.market.series_ticker)
    of_category = (await read(desk, "/series", category=own["category"], include_volume="true"))["series"]

    assert len(of_category) < len(everything)
    assert next(s for s in of_category if s["ticker"] == own["ticker"])["volume_fp"] == "1.00"
    assert "volume_fp" not in own
    assert (await read(desk, "/series", tags="Nothing"))["series"] == []
    later_s = desk.exchange.now_us() // 1_000_000
    assert (await read(desk, "/series", min_updated_ts=later_s))["series"] == []
    with_metadata = await read(desk, "/series", include_product_metadata="true")
    assert "product_metadata" in with_metadata["series"][0]


@at_desk()
async def test_series_fee_changes_are_announced_then_in_force(desk: Desk):
    changes, market = desk.exchange.fee_changes, desk.listed.market
    at_us = desk.exchange.now_us() + MINUTE_US
    changes.schedule_series(market.series_ticker, fee_type="quadratic", multiplier_e4=5_000, at_us=at_us)
    (change,) = (await read(desk, "/series/fee_changes"))["series_fee_change_arr"]

    assert set(change) == {"id", "series_ticker", "fee_type", "fee_multiplier", "scheduled_ts"}
    assert change["fee_multiplier"] == 0.5
    assert (await read(desk, "/series/fee_changes", series_ticker="KXNONE"))["series_fee_change_arr"] == []

    changes.advance(now_us=at_us)
    assert (await read(desk, "/series/fee_changes"))["series_fee_change_arr"] == []
    past = await read(desk, "/series/fee_changes", show_historical="true")
    assert past["series_fee_change_arr"] == [change]
    series = (await read(desk, f"/series/{market.series_ticker}"))["series"]
    assert series["fee_multiplier"] == 0.5
    assert desk.listed.market.fee_multiplier_e4 == 5_000


@at_desk()
async def test_event_fee_changes_override_the_fees_of_the_series_and_end(desk: Desk):
    changes, market = desk.exchange.fee_changes, desk.listed.market
    at_us = desk.exchange.now_us() + MINUTE_US
    name = (market.event_ticker, market.series_ticker)
    changes.schedule_event(*name, fee_type="flat", multiplier_e4=20_000, at_us=at_us)
    changes.schedule_event(*name, fee_type=None, multiplier_e4=None, at_us=at_us + 1)
    announced = await read(desk, "/events/fee_changes", limit=1)

    (change,) = announced["event_fee_changes"]
    assert set(change) == {
        "id", "event_ticker", "series_ticker", "fee_type_override", "fee_multiplier_override", "scheduled_ts",
    }  # fmt: skip
    assert announced["cursor"]

    changes.advance(now_us=at_us)
    event = (await read(desk, f"/events/{market.event_ticker}"))["event"]
    assert (event["fee_type_override"], event["fee_multiplier_override"]) == ("flat", 2)
    assert desk.listed.market.fee_type == "flat"
    changes.advance(now_us=at_us + 1)
    event = (await read(desk, f"/events/{market.event_ticker}"))["event"]
    assert "fee_type_override" not in event
    assert desk.listed.market == replace(market, fee_type="quadratic")


# --- candlesticks ------------------------------------------------------------------------------------


async def trade_and_quote(desk: Desk) -> dict[str, int]:
    """A minute with a trade; the query that finds it."""
    await lay_out(desk)
    await desk.rest("bid", "0.4700", count="1.00")
    now_us = desk.exchange.now_us()
    desk.exchange.publisher.send_due_tickers(now_us)
    now_s = now_us // 1_000_000
    return {"start_ts": now_s - 60, "end_ts": now_s + 2 * DAY_S, "period_interval": 1}


@pytest.mark.parametrize("period", [1, 60, 1440])
@at_desk()
async def test_candlesticks_of_a_market_for_each_period(desk: Desk, period: int):
    query = await trade_and_quote(desk) | {"period_interval": period}
    path = f"/series/{desk.listed.market.series_ticker}/markets/{desk.ticker}/candlesticks"
    body = await read(desk, path, **query)
    candle = body["candlesticks"][-1]

    assert body["ticker"] == desk.ticker
    assert candle["end_period_ts"] % (60 * period) == 0
    assert set(candle["yes_bid"]) == {"open_dollars", "low_dollars", "high_dollars", "close_dollars"}
    assert (candle["yes_bid"]["close_dollars"], candle["yes_ask"]["close_dollars"]) == ("0.4500", "0.4700")
    assert candle["price"] == {
        "open_dollars": "0.4700",
        "low_dollars": "0.4700",
        "high_dollars": "0.4700",
        "close_dollars": "0.4700",
        "mean_dollars": "0.4700",
        "previous_dollars": None,
    }
    assert (candle["volume_fp"], candle["open_interest_fp"]) == ("1.00", "1.00")


@at_desk()
async def test_candlesticks_begin_with_the_latest_before_the_start_if_asked_for(desk: Desk):
    query = await trade_and_quote(desk)
    path = f"/series/{desk.listed.market.series_ticker}/markets/{desk.ticker}/candlesticks"
    query["start_ts"] = desk.exchange.now_us() // 1_000_000 + 600
    (candle,) = (await read(desk, path, **query, include_latest_before_start="true"))["candlesticks"]

    assert (await read(desk, path, **query))["candlesticks"] == []
    assert candle["end_period_ts"] >= query["start_ts"]
    assert (candle["price"]["close_dollars"], candle["price"]["previous_dollars"]) == (None, "0.4700")


@at_desk()
async def test_candlesticks_of_many_markets(desk: Desk):
    query = await trade_and_quote(desk)
    other = (await tickers(desk))[1]
    body = await read(desk, "/markets/candlesticks", market_tickers=f"{desk.ticker},{other}", **query)

    assert [set(entry) for entry in body["markets"]] == [{"market_ticker", "candlesticks"}] * 2
    assert body["markets"][0]["market_ticker"] == desk.ticker
    assert len(body["markets"][0]["candlesticks"]) >= 1
    crowd = ",".join([desk.ticker] * 101)
    path = "/markets/candlesticks"
    assert await refused(desk, path, market_tickers=crowd, **query) == (400, "invalid_parameters")


@at_desk()
async def test_candlesticks_of_an_event_are_those_of_its_markets(desk: Desk):
    query, market = await trade_and_quote(desk), desk.listed.market
    path = f"/series/{market.series_ticker}/events/{market.event_ticker}/candlesticks"
    body = await read(desk, path, **query)
    alone = await read(desk, f"/series/{market.series_ticker}/markets/{desk.ticker}/candlesticks", **query)

    place = body["market_tickers"].index(desk.ticker)
    assert body["market_candlesticks"][place] == alone["candlesticks"] != []
    assert len(body["market_candlesticks"]) == len(body["market_tickers"])
    wrong = path.replace(market.event_ticker, "KXNONE")
    assert await refused(desk, wrong, **query) == (404, "not_found")


@at_desk()
async def test_candlesticks_need_a_time_and_a_period_of_the_three(desk: Desk):
    path = f"/series/{desk.listed.market.series_ticker}/markets/{desk.ticker}/candlesticks"
    times = {"start_ts": 0, "end_ts": 1}

    assert await refused(desk, path, period_interval=1) == (400, "missing_parameters")
    assert await refused(desk, path, **times, period_interval=5) == (400, "invalid_parameters")
    wrong = path.replace(desk.listed.market.series_ticker, "KXNONE", 1)
    assert await refused(desk, wrong, **times, period_interval=1) == (404, "market_not_found")
