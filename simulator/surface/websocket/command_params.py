"""Reads the parameters of a WebSocket command (protocol 5.2).

Every function reads one thing out of a command and raises CommandError when it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from simulator.engine.matching.traded_market import TradedMarket
from simulator.surface.websocket.channels import (
    CHANNELS,
    COMMUNICATIONS,
    INDEX_CHANNELS,
    UNDERLYING_CHANNEL,
    Channel,
)
from simulator.surface.websocket.command_errors import CommandError

MOST_SHARDS: Final = 100  # shard_factor of the communications channel
MOST_ID: Final = 2**63 - 1
_FLAGS: Final = ("send_initial_snapshot", "skip_ticker_ack", "use_yes_price")
ACTIONS: Final = ("add_markets", "delete_markets", "get_snapshot")

Params = dict[str, Any]


class WantedMarkets(NamedTuple):
    """The markets a command names."""

    tickers: list[str]
    by_id: bool = False
    is_named: bool = True  # whether it names any, known or not


def decode(text: str | bytes) -> dict[str, Any]:
    try:
        command = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CommandError(1) from None
    if not isinstance(command, dict):
        raise CommandError(1)
    return command


def command_id(command: dict[str, Any]) -> int | None:
    """0 counts as none."""
    number = command.get("id")
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_ID:
        raise CommandError(1)
    return number or None


def params_of(command: dict[str, Any]) -> Params:
    params = command.get("params")
    if not isinstance(params, dict):
        raise CommandError(2)
    if not all(isinstance(params.get(name), bool | None) for name in _FLAGS):
        raise CommandError(11)
    return params


def channels_in(params: Params) -> list[Channel]:
    names = params.get("channels")
    if not isinstance(names, list) or not names:
        raise CommandError(3)
    if not all(isinstance(name, str) and name in CHANNELS for name in names):
        raise CommandError(8)
    channels = [CHANNELS[name] for name in dict.fromkeys(names)]
    for channel in channels:
        _check_filters(channel, params)
    return channels


def _check_filters(channel: Channel, params: Params) -> None:
    if channel.name == COMMUNICATIONS:
        _check_sharding(params)
    if channel.name in INDEX_CHANNELS and not params.get("index_ids"):
        raise CommandError(24)
    if channel.name == UNDERLYING_CHANNEL and not params.get("underlying_tickers"):
        raise CommandError(28)


def _check_sharding(params: Params) -> None:
    factor, key = _whole(params, "shard_factor"), _whole(params, "shard_key")
    if factor is None:
        if key is not None:
            raise CommandError(20)
        return
    if factor <= 0:
        raise CommandError(19)
    if factor > MOST_SHARDS:
        raise CommandError(22)
    if key is not None and not 0 <= key < factor:
        raise CommandError(21)


def _whole(params: Params, name: str) -> int | None:
    value = params.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise CommandError(11)
    return value


def sids_in(params: Params) -> list[Any]:
    """``sid`` and ``sids`` are the same; null is the same as absent."""
    sid, sids = params.get("sid"), params.get("sids")
    if sids is None:
        return [] if sid is None else [sid]
    if not isinstance(sids, list):
        raise CommandError(11)
    return sids


def action_in(params: Params) -> str:
    action = params.get("action")
    if action is None:
        raise CommandError(15)
    if action not in ACTIONS:
        raise CommandError(13)
    return str(action)


def flag_in(params: Params, name: str, *, default: bool = False) -> bool:
    value = params.get(name)
    return default if value is None else bool(value)


def markets_in(
    params: Params, markets: Mapping[str, TradedMarket], *, takes_ids: bool, ignores_unknown: bool = False
) -> WantedMarkets:
    """By ticker, or by id on a channel that takes them. Unknown ones are a mistake, or left out."""
    tickers = _texts(params, "market_ticker", "market_tickers")
    ids = _texts(params, "market_id", "market_ids")
    is_named = bool(tickers or ids)
    unknown = [ticker for ticker in tickers if ticker not in markets]
    if unknown and not ignores_unknown:
        raise CommandError(11, market_tickers=unknown)
    if ids and not takes_ids:
        raise CommandError(11)
    named = [ticker for ticker in tickers if ticker in markets]
    if ids:
        named += _tickers_of(ids, markets, ignores_unknown=ignores_unknown)
    return WantedMarkets(list(dict.fromkeys(named)), by_id=bool(ids), is_named=is_named)


def _tickers_of(ids: list[str], markets: Mapping[str, TradedMarket], *, ignores_unknown: bool) -> list[str]:
    ticker_of = {listed.market_id: ticker for ticker, listed in markets.items()}
    known = [market_id for market_id in ids if market_id in ticker_of]
    if len(known) < len(ids) and not ignores_unknown:
        raise CommandError(11)
    return [ticker_of[market_id] for market_id in known]


def _texts(params: Params, one: str, many: str) -> list[str]:
    texts = params.get(many)
    if texts is None:
        texts = []
    if params.get(one) is not None:
        texts = [*texts, params[one]] if isinstance(texts, list) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise CommandError(11)
    return texts
