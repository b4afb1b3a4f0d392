"""The venue's messages as frozen values in the system's integers.

The values of the other channels stand beside their frames (``public``) or by themselves
(``news``); ``Message`` below joins all that a frame can be. What only reads return is in
``records``.

Field names of fills and orders are those of ``trading.events``, so a record becomes a fact by
adding the time it was seen.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from kalshi_client.wire.envelope import Numbered, Streamed
from kalshi_client.wire.news import EventFeesUpdated, EventListed, MarketNews, OrderGroupUpdated
from kalshi_client.wire.public import TickerMessage, TradeMessage
from trading.market import BookSide, Side

# Structs, not dataclasses: one is built per frame, and a frozen dataclass takes six times as long.


class BookSnapshot(Numbered, frozen=True, gc=False):
    """Every level of a book; each side priced in its own outcome."""

    ticker: str
    yes: dict[int, int]  # count_e2 by price_e4
    no: dict[int, int]
    request_id: int  # of the get_snapshot command it answers; 0 for none


class BookDelta(Numbered, frozen=True, gc=False):
    """A signed change of one level, priced in its own outcome."""

    ticker: str
    side: Side
    price_e4: int
    delta_e2: int
    ts_ms: int | None
    client_order_id: str  # only on changes made by an order of ours, else ""


class FillMessage(Streamed, frozen=True, gc=False):
    """A fill, by stream or by read; a read knows neither client_order_id nor position."""

    trade_id: str
    order_id: str
    client_order_id: str
    ticker: str
    exchange_index: int
    side: BookSide
    price_e4: int
    count_e2: int
    fee_e6: int
    is_taker: bool | None  # None: not told
    post_position_e2: int | None
    ts_ms: int
    subaccount: int = 0


class OrderMessage(Streamed, frozen=True, gc=False):
    """An order as the venue holds it, by stream or by read."""

    order_id: str
    client_order_id: str
    ticker: str
    exchange_index: int
    side: BookSide
    price_e4: int
    status: str  # resting, canceled, executed, unknown
    initial_e2: int
    fill_e2: int
    remaining_e2: int
    reason: str  # last_update_reason; a read knows none
    expiration_ms: int | None
    ts_ms: int  # of its last change, else of its sending; 0: not told, its creation may be long ago
    created_ms: int | None = None
    taker_cost_e6: int = 0  # paid for what it took, without fees
    maker_cost_e6: int = 0  # paid for what was taken of it
    taker_fees_e6: int = 0
    maker_fees_e6: int = 0
    order_group_id: str = ""
    self_trade_prevention: str = ""  # taker_at_cross, maker (protocol 7.2)
    subaccount: int = 0
    user_id: str = ""
    cancel_on_pause: bool | None = None  # only reads tell


class PositionMessage(Streamed, frozen=True, gc=False):
    """A position by stream, which does not name the shard."""

    ticker: str
    position_e2: int
    cost_e6: int | None  # None, here and below, is what was not told
    realised_e6: int | None  # without fees
    fees_e6: int | None  # since the first fill
    position_fees_e6: int | None  # of the position held now
    volume_e2: int | None  # traded by this account
    subaccount: int = 0
    user_id: str = ""


class ListedSubscription(NamedTuple):
    channel: str
    sid: int


class Subscribed(Streamed, frozen=True, gc=False):
    request_id: int
    channel: str
    sid: int


class Unsubscribed(Streamed, frozen=True, gc=False):
    request_id: int
    sid: int
    seq: int | None


class Ok(Streamed, frozen=True, gc=False):
    """A command was carried out. ``seq`` may or may not be a number of its own (protocol 5.4)."""

    request_id: int
    sid: int | None
    seq: int | None
    tickers: tuple[str, ...] | None = None  # all of the subscription now; None = not said
    market_ids: tuple[str, ...] | None = None
    subscriptions: tuple[ListedSubscription, ...] | None = None  # answers list_subscriptions


class ErrorMessage(Streamed, frozen=True, gc=False):
    """A refused command, or with a ``sid`` and no request the end of a subscription."""

    request_id: int
    sid: int | None
    seq: int | None
    code: int
    text: str
    tickers: tuple[str, ...]


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """A well-formed message of a type that this client does not read."""

    name: str


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are not a message of this protocol, or hold an impossible value."""

    reason: str
    type_name: str = ""  # "" when not even that could be read
    # Of a message of a book whose shape is right and whose values are not: all else is well.
    sid: int | None = None
    seq: int = 0
    ticker: str = ""


Message = (
    BookSnapshot
    | BookDelta
    | TradeMessage
    | TickerMessage
    | FillMessage
    | OrderMessage
    | PositionMessage
    | MarketNews
    | EventListed
    | EventFeesUpdated
    | OrderGroupUpdated
    | Subscribed
    | Unsubscribed
    | Ok
    | ErrorMessage
    | Unknown
    | Malformed
)
