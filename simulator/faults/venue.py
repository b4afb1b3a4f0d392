"""The changes that a fault of the venue itself makes, and their undoing when it ends."""

from __future__ import annotations

from simulator.engine.calendar.market_stages import void_value_e4
from simulator.engine.matching.traded_market import TradedMarket
from simulator.exchange import Exchange
from simulator.faults.faults import PAUSE_KINDS, Fault
from simulator.surface.rest.errors import Declined
from trading.market import ONE_DOLLAR_E4


def begin(exchange: Exchange, fault: Fault, *, now_s: float) -> None:
    """Make it so, at once. Raises Refused if the market named is not listed."""
    if fault.kind == "clock_skew":
        exchange.skew_us = fault.skew_ms * 1000
    elif fault.kind in PAUSE_KINDS and fault.shard is not None:
        _pause_shard(exchange, fault, fault.shard, now_s)
    elif fault.kind == "trading_pause":
        exchange.pause_trading(until_us=_until_us(exchange, fault, now_s))
    elif fault.kind == "exchange_pause":
        exchange.pause_exchange(until_us=_until_us(exchange, fault, now_s))
    elif fault.kind == "close_market":
        exchange.lifecycle.close_market(_listed(exchange, fault), now_us=exchange.now_us())
    elif fault.kind == "settle_market":
        listed = _listed(exchange, fault)
        value_e4 = _value_e4(fault, listed)
        exchange.lifecycle.settle_market(listed, now_us=exchange.now_us(), value_e4=value_e4)


def lift(exchange: Exchange, fault: Fault) -> None:
    """Put back what can be; a market that was closed or settled stays so."""
    if fault.kind == "clock_skew":
        exchange.skew_us = 0
    elif fault.kind in PAUSE_KINDS:
        exchange.hours.resume()


def _pause_shard(exchange: Exchange, fault: Fault, shard: int, now_s: float) -> None:
    if not 0 <= shard < exchange.world.shards:
        raise Declined("invalid_parameters", f"exchange_index must be below {exchange.world.shards}")
    is_exchange = fault.kind == "exchange_pause"
    exchange.pause_shard(shard, is_exchange=is_exchange, until_us=_until_us(exchange, fault, now_s))


def _until_us(exchange: Exchange, fault: Fault, now_s: float) -> int | None:
    """When the venue says it expects to go on."""
    if fault.until_s is None:
        return None
    return exchange.now_us() + round((fault.until_s - now_s) * 1_000_000)


def _listed(exchange: Exchange, fault: Fault) -> TradedMarket:
    listed = exchange.world.markets.get(fault.market)
    if listed is None:
        raise Declined("market_not_found")
    return listed


def _value_e4(fault: Fault, listed: TradedMarket) -> int | None:
    """The payout of one YES; None leaves it to the event's own end."""
    if fault.value_e4 is not None:
        return fault.value_e4
    if fault.result == "void":
        return void_value_e4(listed)
    return {"yes": ONE_DOLLAR_E4, "no": 0, "scalar": ONE_DOLLAR_E4 // 2}.get(fault.result)
