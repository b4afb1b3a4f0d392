"""An account as its venue's REST tells it, in one value that travels between two processes."""

from __future__ import annotations

from typing import Literal

import msgspec


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
