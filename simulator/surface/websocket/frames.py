"""Writes the WebSocket messages (protocol 5.5, 5.6).

The ``msg`` of a market message is rendered once and shared by all who get it; only the envelope
with ``sid`` and ``seq`` differs. Tickers and client order ids come from a checked alphabet, so
nothing here needs escaping; replies to commands, which echo foreign text, go through a JSON encoder.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from simulator.engine.accounts.holding import Holding
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill, Trade
from simulator.surface.rest.account_bodies import outcome_of, remaining_e2
from simulator.surface.rest.market_bodies import wire_levels
from simulator.surface.wire_text import count_text, money_6dp, price_text, rfc3339_ms, rfc3339_s, rfc3339_us
from trading.market import (
    ONE_DOLLAR_E4,
    ONE_DOLLAR_E6,
    BookSide,
    complement_e4,
    format_count_e2,
    format_money_e6,
    format_price_e4,
)


@lru_cache(maxsize=4096)
def frame_head(size: int) -> bytes:
    """RFC 6455 5.2: what precedes the payload of an unmasked, unfragmented text frame."""
    if size < 126:
        return struct.pack("!BB", 0x81, size)
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size)
    return struct.pack("!BBQ", 0x81, 127, size)


def delta_msg(
    cause: Order, side: BookSide, *, price_e4: int, delta_e2: int, now_us: int, yes_price: bool, is_own: bool
) -> bytes:
    listed = cause.market
    shown_e4 = price_e4 if side == "bid" or yes_price else ONE_DOLLAR_E4 - price_e4
    own = f'"client_order_id":"{cause.request.client_order_id}","subaccount":0,' if is_own else ""
    return (
        f'{{"market_ticker":"{listed.market.ticker}","market_id":"{listed.market_id}",'
        f'"price_dollars":"{price_text(shown_e4)}","delta_fp":"{count_text(delta_e2)}",'
        f'"side":"{"yes" if side == "bid" else "no"}",{own}{_times(now_us)}}}'
    ).encode()


@lru_cache(maxsize=16)
def _times(now_us: int) -> str:
    """All that happens in one step of the engine happens at one time."""
    return f'"ts":"{rfc3339_us(now_us)}","ts_ms":{now_us // 1000}'


def snapshot_msg(listed: TradedMarket, *, yes_price: bool, omits_empty: bool = False) -> bytes:
    """``omits_empty``: the key of an empty side is left out, as the venue does (protocol 5.5)."""
    no_bids = listed.book.no_bids()
    if yes_price:
        no_bids = [(complement_e4(price_e4), count_e2) for price_e4, count_e2 in no_bids]
    sides = (("yes_dollars_fp", listed.book.yes_bids()), ("no_dollars_fp", no_bids))
    levels = "".join(f',"{key}":{_levels(side)}' for key, side in sides if side or not omits_empty)
    return f'{{"market_ticker":"{listed.ticker}","market_id":"{listed.market_id}"{levels}}}'.encode()


def _levels(levels: list[tuple[int, int]]) -> str:
    return "[" + ",".join(f'["{price}","{count}"]' for price, count in wire_levels(levels)) + "]"


def ticker_msg(listed: TradedMarket, now_us: int) -> bytes:
    book = listed.book
    ask_e4 = ONE_DOLLAR_E4 if book.best_ask_e4 is None else book.best_ask_e4
    dollars = listed.last_price_e4 * listed.volume_e2 // ONE_DOLLAR_E6
    open_dollars = listed.last_price_e4 * listed.open_interest_e2 // ONE_DOLLAR_E6
    return (
        f'{{"market_id":"{listed.market_id}","market_ticker":"{listed.ticker}",'
        f'"price_dollars":"{format_price_e4(listed.last_price_e4)}",'
        f'"yes_bid_dollars":"{format_price_e4(book.best_bid_e4 or 0)}",'
        f'"yes_ask_dollars":"{format_price_e4(ask_e4)}",'
        f'"yes_bid_size_fp":"{format_count_e2(book.count_at_best_e2("bid"))}",'
        f'"yes_ask_size_fp":"{format_count_e2(book.count_at_best_e2("ask"))}",'
        f'"last_trade_size_fp":"{format_count_e2(listed.last_count_e2)}",'
        f'"volume_fp":"{format_count_e2(listed.volume_e2)}",'
        f'"open_interest_fp":"{format_count_e2(listed.open_interest_e2)}",'
        f'"dollar_volume":{dollars},"dollar_open_interest":{open_dollars},'
        f'"ts":{now_us // 1_000_000},"ts_ms":{now_us // 1000},"time":"{rfc3339_ms(now_us)}"}}'
    ).encode()


def trade_msg(trade: Trade, trade_id: str, *, with_direction: bool = True) -> bytes:
    outcome = outcome_of(trade.taker_side)
    deprecated = f'"taker_side":"{outcome}",' if with_direction else ""
    return (
        f'{{"trade_id":"{trade_id}","market_ticker":"{trade.market.ticker}",'
        f'"yes_price_dollars":"{format_price_e4(trade.price_e4)}",'
        f'"no_price_dollars":"{format_price_e4(complement_e4(trade.price_e4))}",'
        f'"count_fp":"{format_count_e2(trade.count_e2)}",'
        f'{deprecated}"taker_outcome_side":"{outcome}","taker_book_side":"{trade.taker_side}",'
        f'"is_block_trade":false,"ts":{trade.at_us // 1_000_000},"ts_ms":{trade.at_us // 1000}}}'
    ).encode()


def fill_msg(fill: Fill, *, with_direction: bool = True) -> bytes:
    order, outcome = fill.order, outcome_of(fill.order.side)
    words = f'"side":"{outcome}","action":"buy","purchased_side":"{outcome}",'
    deprecated = words if with_direction else ""
    return (
        f'{{"trade_id":"{fill.trade_id}","order_id":"{order.order_id}",'
        f'"client_order_id":"{order.request.client_order_id}","market_ticker":"{order.market.ticker}",'
        f'"exchange_index":{order.market.market.exchange_index},'
        f'"is_taker":{"true" if fill.is_taker else "false"},'
        f'{deprecated}"outcome_side":"{outcome}",'
        f'"book_side":"{order.side}","yes_price_dollars":"{format_price_e4(fill.price_e4)}",'
        f'"count_fp":"{format_count_e2(fill.count_e2)}","fee_cost":"{money_6dp(fill.fee_e6)}",'
        f'"post_position_fp":"{format_count_e2(fill.post_position_e2)}","subaccount":0,'
        f'"ts":{fill.at_us // 1_000_000},"ts_ms":{fill.at_us // 1000}}}'
    ).encode()


def user_order_msg(order: Order, *, with_direction: bool = True) -> bytes:
    request = order.request
    deprecated = '"side":"yes","is_yes":true,' if with_direction else ""
    outcome = outcome_of(order.side)
    optional = f',"last_update_reason":"{order.last_update_reason}"' if order.last_update_reason else ""
    if order.group is not None:
        optional += f',"order_group_id":"{order.group.group_id}"'
    if request.expires_s is not None:
        expires = rfc3339_s(request.expires_s * 1_000_000)
        optional += f',"expiration_time":"{expires}","expiration_ts_ms":{request.expires_s * 1000}'
    return (
        f'{{"order_id":"{order.order_id}","user_id":"{order.owner.user_id}","ticker":"{request.ticker}",'
        f'"exchange_index":{order.market.market.exchange_index},"status":"{order.status}",'
        f'{deprecated}"outcome_side":"{outcome}","book_side":"{order.side}",'
        f'"yes_price_dollars":"{format_price_e4(order.price_e4)}",'
        f'"initial_count_fp":"{format_count_e2(request.count_e2)}",'
        f'"fill_count_fp":"{format_count_e2(order.filled_e2)}",'
        f'"remaining_count_fp":"{format_count_e2(remaining_e2(order))}",'
        f'"taker_fill_cost_dollars":"{money_6dp(order.taker_cost_e6)}",'
        f'"maker_fill_cost_dollars":"{money_6dp(order.maker_cost_e6)}",'
        f'"taker_fees_dollars":"{money_6dp(order.taker_fees_e6)}",'
        f'"maker_fees_dollars":"{money_6dp(order.maker_fees_e6)}",'
        f'"client_order_id":"{request.client_order_id}",'
        f'"self_trade_prevention_type":"{request.self_trade_prevention}",'
        f'"created_time":"{rfc3339_ms(order.created_us)}","created_ts_ms":{order.created_us // 1000},'
        f'"last_update_time":"{rfc3339_ms(order.updated_us)}",'
        f'"last_updated_ts_ms":{order.updated_us // 1000},"subaccount_number":0{optional}}}'
    ).encode()


def position_msg(user_id: str, ticker: str, holding: Holding) -> bytes:
    return (
        f'{{"user_id":"{user_id}","market_ticker":"{ticker}",'
        f'"position_fp":"{format_count_e2(holding.position_e2)}",'
        f'"position_cost_dollars":"{format_money_e6(holding.cost_e6)}",'
        f'"realized_pnl_dollars":"{format_money_e6(holding.realised_e6)}",'
        f'"fees_paid_dollars":"{format_money_e6(holding.fees_e6)}",'
        f'"position_fee_cost_dollars":"{format_money_e6(holding.position_fees_e6)}",'
        f'"volume_fp":"{format_count_e2(holding.volume_e2)}"}}'
    ).encode()
