"""The bytes of the commands over a WebSocket (protocol 5.2).

``request_id`` comes back with every reply; a connection uses each once, from 1 on: 0 counts as
none. No tickers means every market, on the channels that allow it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

BOOK_CHANNEL: Final = "orderbook_delta"

Action = Literal["add_markets", "delete_markets", "get_snapshot"]


def subscribe(
    request_id: int,
    channels: Iterable[str],
    *,
    tickers: Iterable[str] = (),
    market_ids: Iterable[str] = (),
    send_initial_snapshot: bool = False,
    skip_ticker_ack: bool = False,
) -> bytes:
    """Start one subscription per channel; each is answered with its own ``Subscribed``.

    ``market_ids`` and ``send_initial_snapshot`` are for the ticker channel. ``skip_ticker_ack``
    keeps the list of markets out of the replies to later changes.
    """
    params: dict[str, Any] = {"channels": list(channels)}
    params |= _markets(tickers, market_ids)
    if BOOK_CHANNEL in params["channels"]:
        # Each side in its own outcome. Said explicitly because the default will change (5.5).
        params["use_yes_price"] = False
    params |= _flags(send_initial_snapshot=send_initial_snapshot, skip_ticker_ack=skip_ticker_ack)
    return _command(request_id, "subscribe", params)


def unsubscribe(request_id: int, sids: Iterable[int]) -> bytes:
    """End subscriptions; each is answered with its own ``Unsubscribed``."""
    return _command(request_id, "unsubscribe", {"sids": list(sids)})


def add_markets(
    request_id: int,
    sid: int,
    tickers: Iterable[str] = (),
    *,
    market_ids: Iterable[str] = (),
    send_initial_snapshot: bool = False,
    skip_ticker_ack: bool = False,
) -> bytes:
    """Follow more markets. Answered with ``Ok``; each new book starts with its snapshot."""
    flags = _flags(send_initial_snapshot=send_initial_snapshot, skip_ticker_ack=skip_ticker_ack)
    return _update(request_id, sid, "add_markets", _markets(tickers, market_ids) | flags)


def delete_markets(
    request_id: int,
    sid: int,
    tickers: Iterable[str] = (),
    *,
    market_ids: Iterable[str] = (),
    skip_ticker_ack: bool = False,
) -> bytes:
    """Follow fewer markets. Answered with ``Ok``."""
    flags = _flags(skip_ticker_ack=skip_ticker_ack)
    return _update(request_id, sid, "delete_markets", _markets(tickers, market_ids) | flags)


def get_snapshot(request_id: int, sid: int, tickers: Iterable[str]) -> bytes:
    """Ask for books again without touching the subscription. Answered with the snapshots."""
    return _update(request_id, sid, "get_snapshot", _markets(tickers))


def list_subscriptions(request_id: int) -> bytes:
    """Ask what the connection has. Answered with an ``Ok`` that lists it."""
    return msgspec.json.encode({"id": request_id, "cmd": "list_subscriptions"})


def _update(request_id: int, sid: int, action: Action, params: dict[str, Any]) -> bytes:
    return _command(request_id, "update_subscription", {"sids": [sid], "action": action} | params)


def _markets(tickers: Iterable[str], market_ids: Iterable[str] = ()) -> dict[str, list[str]]:
    named = {"market_tickers": list(tickers), "market_ids": list(market_ids)}
    return {key: names for key, names in named.items() if names}


def _flags(**flags: bool) -> dict[str, bool]:
    """False is the venue's default of each of these, so it is left out."""
    return {name: True for name, is_set in flags.items() if is_set}


def _command(request_id: int, cmd: str, params: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"id": request_id, "cmd": cmd, "params": params})
