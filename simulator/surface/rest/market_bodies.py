"""REST bodies of series, events, markets, books and trades (protocol 3.2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from simulator.engine.candlesticks import DayAgo
from simulator.engine.catalogue.listing import Event, ListedMarket, Series
from simulator.engine.ids import Ids
from simulator.engine.matching.order_book import OrderBook
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Trade
from simulator.surface.wire_text import count_text, price_text, rfc3339_ms, rfc3339_s
from trading.market import ONE_DOLLAR_E4, PriceGrid, complement_e4

Body = dict[str, Any]

SOURCES: Final = [{"name": "Loopback", "url": "https://example.com"}]
_EXPIRES_AFTER_US: Final = 7 * 86_400 * 1_000_000


def market_body(listed: TradedMarket, now_us: int, then: DayAgo | None = None) -> Body:
    """``then`` None: a young market, whose past is the present."""
    market = listed.market
    last = price_text(listed.last_price_e4)
    quotes = _quotes(listed.book)
    return {
        "ticker": market.ticker,
        "event_ticker": market.event_ticker,
        "market_type": listed.market_type,
        "title": listed.title,
        "subtitle": "",
        **rules(listed),
        **_schedule(listed),
        "settlement_timer_seconds": listed.settlement_timer_s,
        "status": listed.status_at(now_us),
        **quotes,
        "last_price_dollars": last,
        "previous_yes_bid_dollars": price_text(then.bid_e4) if then else quotes["yes_bid_dollars"],
        "previous_yes_ask_dollars": price_text(then.ask_e4) if then else quotes["yes_ask_dollars"],
        "previous_price_dollars": price_text(then.price_e4) if then else last,
        "notional_value_dollars": price_text(ONE_DOLLAR_E4),
        "volume_fp": count_text(listed.volume_e2),
        "volume_24h_fp": count_text(then.volume_since_e2 if then else listed.volume_e2),
        "open_interest_fp": count_text(listed.open_interest_e2),
        **_outcome(listed),
        "can_close_early": True,
        "early_close_condition": "Closes early once the outcome is known.",
        "settlement_bounds_type": "default",
        **strike_fields(listed),
        "price_level_structure": listed.price_level_structure,
        "price_ranges": price_ranges_body(market.grid),
        "exchange_index": market.exchange_index,
        **({"mve_collection_ticker": listed.mve_collection_ticker} if listed.is_combo else {}),
        # Gone from the schema; clients written before October 2026 demand them (protocol 10.4).
        "liquidity_dollars": "0.0000",
        "fractional_trading_enabled": True,
    }


def _outcome(listed: ListedMarket) -> Body:
    """The value is there from determination on, the time of settlement once it is paid."""
    body: Body = {"result": listed.result, "expiration_value": listed.expiration_value}
    if listed.settlement_value_e4 is not None:
        body["settlement_value_dollars"] = price_text(listed.settlement_value_e4)
    if listed.settled_us is not None:
        body["settlement_ts"] = rfc3339_s(listed.settled_us)
    return body


def strike_fields(listed: ListedMarket) -> Body:
    kind, floor, cap = listed.strike
    body: Body = {"strike_type": kind}
    if floor is not None:
        body["floor_strike"] = floor
    if cap is not None:
        body["cap_strike"] = cap
    if kind == "custom":
        body["custom_strike"] = {"outcome": listed.outcome}
    return body


def rules(listed: ListedMarket) -> dict[str, str]:
    return {
        "yes_sub_title": listed.outcome,
        "no_sub_title": f"Not {listed.outcome}",
        "rules_primary": f"Resolves to Yes if {listed.outcome} is the outcome.",
        "rules_secondary": "",
    }


def _schedule(listed: ListedMarket) -> dict[str, str]:
    opened, closes = rfc3339_s(listed.open_us), rfc3339_s(listed.market.close_us)
    expires = rfc3339_s(listed.market.close_us + _EXPIRES_AFTER_US)
    return {
        "created_time": rfc3339_s(listed.created_us or listed.open_us),
        "updated_time": rfc3339_s(listed.updated_us or listed.open_us),
        "open_time": opened,
        "close_time": closes,
        "expected_expiration_time": closes,
        "expiration_time": expires,
        "latest_expiration_time": expires,
    }


def _quotes(book: OrderBook) -> dict[str, str]:
    bid_e4 = book.best_bid_e4 or 0
    ask_e4 = ONE_DOLLAR_E4 if book.best_ask_e4 is None else book.best_ask_e4
    return {
        "yes_bid_dollars": price_text(bid_e4),
        "yes_ask_dollars": price_text(ask_e4),
        "no_bid_dollars": price_text(complement_e4(ask_e4)),
        "no_ask_dollars": price_text(complement_e4(bid_e4)),
        "yes_bid_size_fp": count_text(book.count_at_best_e2("bid")),
        "yes_ask_size_fp": count_text(book.count_at_best_e2("ask")),
    }


def wire_levels(levels: list[tuple[int, int]]) -> list[list[str]]:
    return [[price_text(price_e4), count_text(count_e2)] for price_e4, count_e2 in levels]


def book_body(book: OrderBook, *, depth: int = 0, best_first: bool = False) -> Body:
    """``depth`` best levels a side, best last unless asked for first; 0 or less means all."""
    best = slice(-depth, None) if depth > 0 else slice(None)
    order = slice(None, None, -1) if best_first else slice(None)
    return {
        "yes_dollars": wire_levels(book.yes_bids()[best][order]),
        "no_dollars": wire_levels(book.no_bids()[best][order]),
    }


def trade_body(trade: Trade, ids: Ids, *, with_direction: bool = True) -> Body:
    """``with_direction``: with the deprecated word for what the taker acquired."""
    outcome = "yes" if trade.taker_side == "bid" else "no"
    return {
        "trade_id": ids.trade(trade.number),
        "ticker": trade.market.ticker,
        "count_fp": count_text(trade.count_e2),
        "yes_price_dollars": price_text(trade.price_e4),
        "no_price_dollars": price_text(complement_e4(trade.price_e4)),
        **({"taker_side": outcome} if with_direction else {}),
        "taker_outcome_side": outcome,
        "taker_book_side": trade.taker_side,
        "created_time": rfc3339_ms(trade.at_us),
        "is_block_trade": False,
    }


def event_body(event: Event, *, fee_type: str | None = None, multiplier_e4: int | None = None) -> Body:
    """With the fees that override those of the series, if any do."""
    overrides: Body = {}
    if fee_type is not None:
        overrides["fee_type_override"] = fee_type
    if multiplier_e4 is not None:
        overrides["fee_multiplier_override"] = fee_multiplier(multiplier_e4)
    return overrides | {
        "event_ticker": event.ticker,
        "series_ticker": event.series.ticker,
        "title": event.title,
        "sub_title": event.sub_title,
        "collateral_return_type": event.collateral_return_type,
        "mutually_exclusive": event.mutually_exclusive,
        "settlement_sources": SOURCES,
        "category": event.series.category,
        "strike_date": rfc3339_s(event.strike_us),
        "exchange_index": event.series.exchange_index,
    }


@lru_cache(maxsize=64)
def price_ranges_body(grid: PriceGrid) -> list[dict[str, str]]:
    """One list for all markets of a grid: it is only ever written out."""
    return [
        {
            "start": price_text(r.start_e4),
            "end": price_text(r.end_e4),
            "step": price_text(r.step_e4),
        }
        for r in grid.ranges
    ]


def fee_multiplier(multiplier_e4: int) -> float:
    """A JSON number, whole when it can be."""
    return multiplier_e4 // 10_000 if multiplier_e4 % 10_000 == 0 else multiplier_e4 / 10_000


def series_body(series: Series) -> Body:
    return {
        "ticker": series.ticker,
        "frequency": series.frequency,
        "title": series.title,
        "category": series.category,
        "categories": [series.category],
        "tags": None,
        "settlement_sources": SOURCES,
        "contract_url": "https://example.com/contract",
        "contract_terms_url": "https://example.com/terms",
        "fee_type": series.fee_type,
        "fee_multiplier": fee_multiplier(series.fee_multiplier_e4),
        "additional_prohibitions": None,
        "exchange_index": series.exchange_index,
    }
