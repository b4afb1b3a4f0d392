"""Tells the records that have moved into the archive (protocol 3.1, 3.3).

A record lives in one place alone: live until the cut passes it, under ``/historical`` from then on.
Nothing is copied; the cut says where each record is to be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.choices import Choices
from simulator.engine.accounts.account import Account
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Fill


def cut_us(choices: Choices, now_us: int) -> int:
    """The time before which records have moved; whole seconds, as the wire tells it."""
    return max(0, now_us // 1_000_000 - choices.archive_after_s) * 1_000_000


def has_moved(listed: TradedMarket, cut: int) -> bool:
    """A market goes by its settlement, and its candlesticks with it."""
    return listed.settled_us is not None and listed.settled_us < cut


def order_has_moved(order: Order, cut: int) -> bool:
    """An order goes by its end; while it rests it stays."""
    return order.status != "resting" and order.updated_us < cut


def position_has_moved(account: Account, listed: TradedMarket, cut: int) -> bool:
    """A settled position goes by its last change."""
    return listed.settled_us is not None and account.holdings[listed.ticker].updated_us < cut


def split_orders(orders: Iterable[Order], cut: int, *, moved: bool) -> Iterator[Order]:
    return (order for order in orders if order_has_moved(order, cut) is moved)


def split_fills(fills: Iterable[Fill], cut: int, *, moved: bool) -> Iterator[Fill]:
    return (fill for fill in fills if (fill.at_us < cut) is moved)
