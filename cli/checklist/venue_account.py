"""An account as its venue's REST tells it, in one value that travels between two processes."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kalshi_client.rest.calls import Between
from kalshi_client.rest.client import RestClient
from trading.portfolio import by_market
from trading.scope import PRIMARY, in_scope

CLOCK_ERROR_US: Final = 5_000_000  # the offset is known to a part of a second at best


class Held(msgspec.Struct, frozen=True):
    """A position, and what it has brought and cost so far."""

    position_e2: int
    realised_e6: int
    fees_e6: int


class VenueOrder(msgspec.Struct, frozen=True):
    """An order in whatever state."""

    order_id: str
    ticker: str
    side: Literal["bid", "ask"]
    price_e4: int
    count_e2: int
    filled_e2: int
    status: str


class VenueFill(msgspec.Struct, frozen=True):
    """A fill of any order of the account."""

    order_id: str
    ticker: str
    side: Literal["bid", "ask"]
    price_e4: int
    count_e2: int
    fee_e6: int
    ts_ms: int  # by the venue's clock


class VenueAccount(msgspec.Struct, frozen=True):
    """Everything was read between two moments of the venue's own time."""

    before_us: int  # by the venue's clock
    after_us: int
    since_us: int  # by the venue's clock: the orders and fills since then are here
    available_e6: dict[int, int]
    positions: dict[str, Held]
    orders: dict[str, VenueOrder]  # by order_id: what rests as well, whenever it was made
    client_order_ids: dict[str, str]  # order_id by client_order_id
    fills: dict[str, VenueFill]  # by trade_id


def read_venue(rest: RestClient, since_us: int) -> VenueAccount:
    """The account, with orders and fills since then by this machine's clock. Raises KalshiError."""
    before_us = rest.user_data_timestamp()
    since_venue_us = rest.clock_offset().to_venue_us(since_us)
    since = Between((since_venue_us - CLOCK_ERROR_US) // 1_000_000)
    fills, _ = in_scope("fill", rest.all_fills(at=since, subaccount=PRIMARY))
    made, _ = in_scope("order", rest.all_orders(at=since, subaccount=PRIMARY))
    resting, _ = in_scope("order", rest.orders(status="resting", subaccount=PRIMARY))
    positions, _ = in_scope("position", rest.positions(subaccount=PRIMARY))
    available_e6 = rest.balance(subaccount=PRIMARY).available_e6
    after_us = rest.user_data_timestamp()
    # An order of the first list may have ended before the second was read.
    orders = {order.order_id: order for order in (*made, *resting)}
    return VenueAccount(
        before_us=before_us,
        after_us=after_us,
        since_us=since_venue_us,
        available_e6=available_e6,
        positions={
            ticker: Held(held.position_e2, held.realised_e6, held.fees_e6)
            for ticker, held in by_market(positions).items()
        },
        orders={
            order_id: VenueOrder(
                order_id, each.ticker, each.side, each.price_e4, each.initial_e2, each.fill_e2, each.status
            )
            for order_id, each in orders.items()
        },
        client_order_ids={each.client_order_id: order_id for order_id, each in orders.items()},
        fills={
            each.trade_id: VenueFill(
                each.order_id, each.ticker, each.side, each.price_e4, each.count_e2, each.fee_e6, each.ts_ms
            )
            for each in fills
        },
    )
