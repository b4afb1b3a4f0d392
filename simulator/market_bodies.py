"""What does REST say about series, events, markets, books and trades? (protocol 3.2)"""

from __future__ import annotations

from typing import Any, Final

from simulator.ids import Ids
from simulator.listing import Event, ListedMarket, Series
from simulator.order_book import OrderBook
from simulator.orders import Trade
from simulator.wire_text import rfc3339_ms, rfc3339_s
from trading.market import ONE_DOLLAR_E4, PriceGrid, complement_e4, format_count_e2, format_price_e4

Body = dict[str, Any]

_SOURCES: Final = [{"name": "Loopback", "url": "https://example.com"}]
_SETTLEMENT_TIMER_S: Final = 3600
_EXPIRES_AFTER_US: Final = 7 * 86_400 * 1_000_000
_STATUS_FILTERS: Final = {  # filter word of GET /markets → status of a market (protocol 7.4)
    "unopened": "initialized",
    "open": "active",
    "paused": "inactive",
    "closed": "closed",
    "settled": "finalized",
}


def market_body(listed: ListedMarket, now_us: int) -> Body:
    market = listed.market
    last = format_price_e4(listed.last_price_e4)
    quotes = _quotes(listed.book)
    return {
        "ticker": market.ticker,
        "event_ticker": market.event_ticker,
        "market_type": "binary",
        "title": listed.title,
        "subtitle": "",
        **rules(listed),
        **_schedule(listed),
        "settlement_timer_seconds": _SETTLEMENT_TIMER_S,
        "status": listed.status_at(now_us),
        **quotes,
        "last_price_dollars": last,
        "previous_yes_bid_dollars": quotes["yes_bid_dollars"],
        "previous_yes_ask_dollars": quotes["yes_ask_dollars"],
        "previous_price_dollars": last,
        "notional_value_dollars": format_price_e4(ONE_DOLLAR_E4),
        "volume_fp": format_count_e2(listed.volume_e2),
        "volume_24h_fp": format_count_e2(listed.volume_e2),
        "open_interest_fp": format_count_e2(listed.open_interest_e2),
        "result": "",
        "can_close_early": True,
        "expiration_value": "",
        "settlement_bounds_type": "default",
        "strike_type": "custom",
        "price_level_structure": listed.price_level_structure,
        "price_ranges": price_ranges_body(market.grid),
        "exchange_index": market.exchange_index,
        # Gone from the schema; clients written before October 2026 demand them (protocol 10.4).
        "liquidity_dollars": "0.0000",
        "fractional_trading_enabled": True,
    }


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
        "created_time": opened,
        "updated_time": opened,
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
        "yes_bid_dollars": format_price_e4(bid_e4),
        "yes_ask_dollars": format_price_e4(ask_e4),
        "no_bid_dollars": format_price_e4(complement_e4(ask_e4)),
        "no_ask_dollars": format_price_e4(complement_e4(bid_e4)),
        "yes_bid_size_fp": format_count_e2(book.count_at_best_e2("bid")),
        "yes_ask_size_fp": format_count_e2(book.count_at_best_e2("ask")),
    }


def has_status(listed: ListedMarket, filter_word: str, now_us: int) -> bool:
    """Whether a market passes a ``status`` filter. Raises KeyError for an unknown word."""
    return _STATUS_FILTERS[filter_word] == listed.status_at(now_us)


def wire_levels(levels: list[tuple[int, int]]) -> list[list[str]]:
    return [[format_price_e4(price_e4), format_count_e2(count_e2)] for price_e4, count_e2 in levels]


def book_body(book: OrderBook, *, depth: int = 0) -> Body:
    """``depth`` best levels a side, best last; 0 or less means all."""
    best = slice(-depth, None) if depth > 0 else slice(None)
    return {
        "yes_dollars": wire_levels(book.yes_bids()[best]),
        "no_dollars": wire_levels(book.no_bids()[best]),
    }


def trade_body(trade: Trade, ids: Ids) -> Body:
    outcome = "yes" if trade.taker_side == "bid" else "no"
    return {
        "trade_id": ids.trade(trade.number),
        "ticker": trade.market.ticker,
        "count_fp": format_count_e2(trade.count_e2),
        "yes_price_dollars": format_price_e4(trade.price_e4),
        "no_price_dollars": format_price_e4(complement_e4(trade.price_e4)),
        "taker_side": outcome,
        "taker_outcome_side": outcome,
        "taker_book_side": trade.taker_side,
        "created_time": rfc3339_ms(trade.at_us),
        "is_block_trade": False,
    }


def event_body(event: Event) -> Body:
    return {
        "event_ticker": event.ticker,
        "series_ticker": event.series.ticker,
        "title": event.title,
        "sub_title": event.sub_title,
        "collateral_return_type": event.collateral_return_type,
        "mutually_exclusive": event.mutually_exclusive,
        "settlement_sources": _SOURCES,
        "category": event.series.category,
        "strike_date": rfc3339_s(event.strike_us),
        "exchange_index": event.series.exchange_index,
    }


def price_ranges_body(grid: PriceGrid) -> list[dict[str, str]]:
    return [
        {
            "start": format_price_e4(r.start_e4),
            "end": format_price_e4(r.end_e4),
            "step": format_price_e4(r.step_e4),
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
        "settlement_sources": _SOURCES,
        "contract_url": "https://example.com/contract",
        "contract_terms_url": "https://example.com/terms",
        "fee_type": series.fee_type,
        "fee_multiplier": fee_multiplier(series.fee_multiplier_e4),
        "additional_prohibitions": None,
        "exchange_index": series.exchange_index,
    }
