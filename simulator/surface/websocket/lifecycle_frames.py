"""Writes the news about markets, events and order groups (protocol 5.6).

Rare messages with titles in them: a JSON encoder writes them, unlike those of ``frames``.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from simulator.engine.catalogue.listing import Event, ListedMarket
from simulator.surface.rest.market_bodies import fee_multiplier, price_ranges_body, rules, strike_fields
from trading.market import format_count_e2, format_price_e4


def market_msg(listed: ListedMarket, event_type: str, now_us: int) -> bytes:
    """News about a market that is already what it became. Raises KeyError for an unknown kind."""
    details = _DETAILS[event_type](listed, now_us)
    return msgspec.json.encode({"market_ticker": listed.ticker, "event_type": event_type} | details)


def _created(listed: ListedMarket, _: int) -> dict[str, Any]:
    closes_s = listed.market.close_us // 1_000_000
    return {
        "open_ts": listed.open_us // 1_000_000,
        "close_ts": closes_s,
        "exchange_index": listed.market.exchange_index,
        "price_level_structure": listed.price_level_structure,
        "additional_metadata": {
            "name": listed.outcome,
            "title": listed.title,
            **rules(listed),
            "can_close_early": True,
            "event_ticker": listed.market.event_ticker,
            "expected_expiration_ts": closes_s,
        },
    }


def _activated(_: ListedMarket, __: int) -> dict[str, Any]:
    return {"is_deactivated": False}


def _deactivated(_: ListedMarket, __: int) -> dict[str, Any]:
    return {"is_deactivated": True}


def _close_date_updated(listed: ListedMarket, _: int) -> dict[str, Any]:
    return {"close_ts": listed.market.close_us // 1_000_000}


def _determined(listed: ListedMarket, now_us: int) -> dict[str, Any]:
    return {
        "result": listed.result,
        "settlement_value": format_price_e4(listed.settlement_value_e4 or 0),
        "determination_ts": now_us // 1_000_000,
    }


def _settled(_: ListedMarket, now_us: int) -> dict[str, Any]:
    return {"settled_ts": now_us // 1_000_000}


def _price_level_structure_updated(listed: ListedMarket, _: int) -> dict[str, Any]:
    return {
        "price_level_structure": listed.price_level_structure,
        "price_ranges": price_ranges_body(listed.market.grid),
    }


def _metadata_updated(listed: ListedMarket, _: int) -> dict[str, Any]:
    return {"yes_sub_title": listed.outcome, **strike_fields(listed)}


_DETAILS: Final = {
    "created": _created,
    "activated": _activated,
    "deactivated": _deactivated,
    "close_date_updated": _close_date_updated,
    "determined": _determined,
    "settled": _settled,
    "price_level_structure_updated": _price_level_structure_updated,
    "metadata_updated": _metadata_updated,
}


def event_msg(event: Event) -> bytes:
    return msgspec.json.encode(
        {
            "event_ticker": event.ticker,
            "title": event.title,
            "subtitle": event.sub_title,
            "series_ticker": event.series.ticker,
            "collateral_return_type": event.collateral_return_type,
            "exchange_index": event.series.exchange_index,
        }
    )


def event_fee_msg(event_ticker: str, fee_type: str | None, multiplier_e4: int | None) -> bytes:
    """None = back to the series' own fees."""
    return msgspec.json.encode(
        {
            "event_ticker": event_ticker,
            "fee_type_override": fee_type,
            "fee_multiplier_override": None if multiplier_e4 is None else fee_multiplier(multiplier_e4),
        }
    )


def order_group_msg(change: str, group_id: str, contracts_limit_e2: int | None, *, at_us: int) -> bytes:
    body: dict[str, Any] = {"event_type": change, "order_group_id": group_id}
    if contracts_limit_e2 is not None:
        body["contracts_limit_fp"] = format_count_e2(contracts_limit_e2)
    return msgspec.json.encode(body | {"ts_ms": at_us // 1000})
