"""The rules that hold after every command to a matching engine.

Contracts and money are conserved, books are not crossed and are what the deltas told add up to,
trades happen at the best price, and nobody in a queue is passed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.reserve import market_reserve_e6
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import SIDES, Order
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import ONE_DOLLAR_E4, BookSide

Queues = list[list[tuple[Order, int]]]
"""The queue of every level, each order with what it had filled."""


class Broken(Exception):
    """A rule of the exchange that a command has broken."""


class Tape:
    """Hears the engine: the books as a subscriber would keep them, and their history."""

    def __init__(self) -> None:
        self.books: dict[str, Counter[tuple[BookSide, int]]] = {}
        self.history = hashlib.sha256()

    def book_changed(
        self, listed: TradedMarket, cause: Order, side: BookSide, *, price_e4: int, delta_e2: int, now_us: int
    ) -> None:
        ticker = listed.ticker
        book = self.books.setdefault(ticker, Counter())
        if delta_e2 < 0 and cause.side != side and price_e4 != _best(book, side):
            raise Broken(f"a trade at {price_e4}, not at the best price")
        book[side, price_e4] += delta_e2
        if book[side, price_e4] < 0:
            raise Broken(f"{side} {price_e4} is below nothing at {now_us}")
        if not book[side, price_e4]:
            del book[side, price_e4]
        self.history.update(f"{ticker},{side},{price_e4},{delta_e2}\n".encode())

    def __getattr__(self, _: str) -> Any:
        """Everything else that the engine tells is of no concern here."""
        return lambda *_args, **_terms: None


def _best(book: Iterable[tuple[BookSide, int]], side: BookSide) -> int:
    prices = [price for at, price in book if at == side]
    return max(prices) if side == "bid" else min(prices)


def queues_of(listed: TradedMarket) -> Queues:
    return [
        [(order, order.filled_e2) for order in level.orders.values()]
        for side in SIDES
        for level in listed.book.levels(side).values()
    ]


def judge_book(listed: TradedMarket, tape: Tape) -> None:
    book = listed.book
    bid_e4, ask_e4 = book.best_bid_e4, book.best_ask_e4
    if bid_e4 is not None and ask_e4 is not None and bid_e4 >= ask_e4:
        raise Broken("the book is crossed")
    held = {(side, price): level.count_e2 for side in SIDES for price, level in book.levels(side).items()}
    if held != tape.books.get(listed.ticker, {}):
        raise Broken("the deltas told do not add up to the book")
    for queue in queues_of(listed):
        if any(order.remaining_e2 <= 0 or order.status != "resting" for order, _ in queue):
            raise Broken("an order that has ended is on the book")
    if sum(held.values()) != sum(order.remaining_e2 for order in book.orders()):
        raise Broken("a level is not the sum of its orders")


def judge_queues(
    listed: TradedMarket, before: Queues, *, queued: Mapping[int, int], acting: Order | None
) -> None:
    """``queued`` says after which command an order stands at its place; ``acting`` may take."""
    for queue in queues_of(listed):
        places = [queued[order.number] for order, _ in queue]
        if places != sorted(places):
            raise Broken("a queue is out of order")
    for queue in before:
        passive = [(order, order.filled_e2 > filled_e2) for order, filled_e2 in queue if order is not acting]
        last = max((place for place, (_, was_filled) in enumerate(passive) if was_filled), default=0)
        if any(order.status == "resting" for order, _ in passive[:last]):
            raise Broken("an order was filled before one that stood ahead of it")


def judge_contracts(listed: TradedMarket, accounts: Iterable[Account]) -> None:
    positions = [account.holdings[listed.ticker].position_e2 for account in accounts]
    if sum(positions):
        raise Broken(f"positions add up to {sum(positions)}")
    if listed.settled_us is not None and any(positions):
        raise Broken("a market has settled and is still held")
    if listed.settled_us is None and listed.open_interest_e2 != sum(
        position for position in positions if position > 0
    ):
        raise Broken("the open interest is not what is held")


def judge_money(engine: MatchingEngine, *, paid_in_e6: int) -> None:
    cash_e6 = sum(sum(account.cash_e6.values()) for account in engine.accounts)
    collateral_e6 = sum(listed.open_interest_e2 for listed in engine.markets.values()) * ONE_DOLLAR_E4
    if cash_e6 + collateral_e6 + engine.fees_e6 != paid_in_e6:
        raise Broken("cash, collateral and fees are not what was paid in")


def judge_account(account: Account, markets: Mapping[str, TradedMarket], *, paid_in_e6: int) -> None:
    """Cash is what was paid in, less what is invested and paid in fees, and what was gained; and the
    reserve is that of the resting orders, and covered."""
    holdings = account.holdings.values()
    gained_e6 = sum(holding.realised_e6 - holding.cost_e6 - holding.fees_e6 for holding in holdings)
    if sum(account.cash_e6.values()) != paid_in_e6 + gained_e6:
        raise Broken("cash, cost, profit and fees of an account do not fit together")
    reserved_e6 = sum(
        market_reserve_e6(
            listed.market,
            account.holdings[ticker].position_e2,
            [(o.side, o.price_e4, o.remaining_e2) for o in listed.book.orders() if o.owner is account],
        )
        for ticker, listed in markets.items()
    )
    if account.reserved_e6 != reserved_e6:
        raise Broken("a reserve is not that of the resting orders")
    if any(account.available_e6(shard) < 0 for shard in account.cash_e6):
        raise Broken("an account has reserved more than it has")
