"""Trades, and the half of a trade that each of two accounts has."""

from __future__ import annotations

from typing import NamedTuple

from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import BookSide


class Fill(NamedTuple):
    """One account's half of a trade."""

    number: int  # shared by both halves
    trade_id: str
    order: Order
    price_e4: int
    count_e2: int
    fee_e6: int
    is_taker: bool
    post_position_e2: int
    at_us: int


class Trade(NamedTuple):
    """A match, as everybody may see it."""

    number: int
    market: TradedMarket
    price_e4: int
    count_e2: int
    taker_side: BookSide
    at_us: int
