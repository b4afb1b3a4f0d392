"""Requests to the exchange, and the orders that become of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from simulator.engine.accounts.owner import Owner
from simulator.engine.catalogue.listing import ListedMarket
from simulator.engine.matching.order_groups import OrderGroup
from trading.market import ONE_DOLLAR_E4, BookSide

TimeInForce = Literal["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]
SelfTradePrevention = Literal["taker_at_cross", "maker"]
OrderStatus = Literal["resting", "canceled", "executed"]
SIDES: Final[tuple[BookSide, BookSide]] = ("bid", "ask")


class NewOrder(NamedTuple):
    """The create request after its JSON was understood; nothing about it is judged yet."""

    ticker: str
    side: BookSide
    price_e4: int
    count_e2: int
    time_in_force: TimeInForce = "good_till_canceled"
    self_trade_prevention: SelfTradePrevention = "taker_at_cross"
    client_order_id: str = ""
    post_only: bool = False
    reduce_only: bool = False
    expires_s: int | None = None
    cancel_on_pause: bool = False
    exchange_index: int = -1  # -1 = route by ticker
    order_group_id: str = ""


class Amendment(NamedTuple):
    """The new terms of a resting order."""

    price_e4: int
    count_e2: int  # the new total: already filled and wanted remaining
    client_order_id: str
    expires_s: int | None


class Refusal(NamedTuple):
    """Why a request has no effect: one of the venue's error codes (protocol 2.3)."""

    code: str
    details: str = ""


@dataclass(slots=True, eq=False)
class Order:
    """An accepted order. ``remaining_e2`` is 0 as soon as it can no longer trade."""

    number: int  # order of acceptance, exchange wide
    order_id: str
    owner: Owner
    market: ListedMarket
    request: NewOrder
    remaining_e2: int
    created_us: int
    updated_us: int
    status: OrderStatus = "resting"
    last_update_reason: str = ""
    filled_e2: int = 0
    taker_cost_e6: int = 0
    maker_cost_e6: int = 0
    taker_fees_e6: int = 0
    maker_fees_e6: int = 0
    rounding_e6: int = 0  # accumulator of protocol 7.3 step 3
    group: OrderGroup | None = None

    @property
    def side(self) -> BookSide:
        return self.request.side

    @property
    def price_e4(self) -> int:
        return self.request.price_e4


def opposite(side: BookSide) -> BookSide:
    return "ask" if side == "bid" else "bid"


def outcome_price_e4(side: BookSide, price_e4: int) -> int:
    """The price of one contract of the outcome that a side acquires, at a YES price."""
    return price_e4 if side == "bid" else ONE_DOLLAR_E4 - price_e4
