"""The takers of the makers' quotes: their side, their price and their size.

Some takers know the fair value and trade when it is worth the fee. Most trade for reasons of their
own: they go on doing what the last one did, and like to buy what is unlikely. A few watch whether
an event's outcomes can be had together for less than the dollar that one of them pays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.engine.accounts.fees import trade_fee_e6
from simulator.flow.quoting import Quoting
from trading.market import ONE_DOLLAR_E4, BookSide

if TYPE_CHECKING:
    from random import Random

NOISE_PERSISTENCE: Final = 0.4  # chance that a noise taker copies the last one
OPTIMISM: Final = 0.15  # more than half of the others buy an outcome that is nearly impossible
OPTIMISM_BELOW_E4: Final = 3_000
EDGE_E4: Final = 30  # that an informed taker wants besides the fee
_FEE_OF_E2: Final = 10_000  # a hundred contracts: rounding does not matter
_FRACTIONAL_SHARE: Final = 0.05


class Wish(NamedTuple):
    """A taker's wish."""

    side: BookSide
    price_e4: int


def informed_wish(quoting: Quoting) -> Wish | None:
    """Whatever is quoted on the wrong side of the fair value by more than it costs."""
    book, fair_e4, grid = quoting.listed.book, quoting.fair_e4, quoting.listed.market.grid
    ask_e4, bid_e4 = book.best_ask_e4, book.best_bid_e4
    if ask_e4 is not None and ask_e4 + EDGE_E4 < fair_e4:
        limit_e4 = grid.floor(int(fair_e4 - EDGE_E4 - taker_fee_e4(quoting, ask_e4)))
        return None if limit_e4 is None or limit_e4 < ask_e4 else Wish("bid", limit_e4)
    if bid_e4 is not None and bid_e4 - EDGE_E4 > fair_e4:
        limit_e4 = grid.ceil(int(fair_e4 + EDGE_E4 + taker_fee_e4(quoting, bid_e4)) + 1)
        return None if limit_e4 is None or limit_e4 > bid_e4 else Wish("ask", limit_e4)
    return None


def noise_wish(quoting: Quoting) -> Wish | None:
    """The best price of a side chosen for no good reason."""
    rng, book = quoting.rng, quoting.listed.book
    side = quoting.last_taker_side
    if rng.random() >= NOISE_PERSISTENCE:
        longshot = max(0.0, 1 - quoting.estimate_e4 / OPTIMISM_BELOW_E4)
        side = "bid" if rng.random() < 0.5 + OPTIMISM * longshot else "ask"
    price_e4 = book.best_ask_e4 if side == "bid" else book.best_bid_e4
    return None if price_e4 is None else Wish(side, price_e4)


def arbitrage(event: Sequence[Quoting]) -> tuple[list[Wish], int]:
    """Orders for all of a complete exclusive event, and how many of each; none if it does not pay."""
    books = [quoting.listed.book for quoting in event]
    asks = [book.best_ask_e4 for book in books if book.best_ask_e4 is not None]
    if len(asks) == len(event) and sum(asks) < ONE_DOLLAR_E4:
        fees_e4 = sum(taker_fee_e4(quoting, ask) for quoting, ask in zip(event, asks, strict=True))
        if sum(asks) + fees_e4 < ONE_DOLLAR_E4:
            return [Wish("bid", ask) for ask in asks], min(book.count_at_best_e2("ask") for book in books)
    bids = [book.best_bid_e4 for book in books if book.best_bid_e4 is not None]
    if len(bids) == len(event) and sum(bids) > ONE_DOLLAR_E4:
        fees_e4 = sum(taker_fee_e4(quoting, bid) for quoting, bid in zip(event, bids, strict=True))
        if sum(bids) - fees_e4 > ONE_DOLLAR_E4:
            return [Wish("ask", bid) for bid in bids], min(book.count_at_best_e2("bid") for book in books)
    return [], 0


def taker_fee_e4(quoting: Quoting, price_e4: int) -> float:
    """A contract's fee."""
    fee_e6 = trade_fee_e6(quoting.listed.market, price_e4=price_e4, count_e2=_FEE_OF_E2, is_taker=True)
    return fee_e6 / _FEE_OF_E2


def size_e2(rng: Random, median: float, spread: float) -> int:
    """Log-normal, ``spread`` of the logarithm; one in twenty is no whole number of contracts."""
    contracts = median * math.exp(rng.gauss(0.0, spread))
    if rng.random() < _FRACTIONAL_SHARE:
        return max(1, int(contracts * 100))
    return max(1, round(contracts)) * 100
