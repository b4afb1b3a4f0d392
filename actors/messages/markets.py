"""Messages about markets: which there are, which are traded and watched, and how they stand."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.messages.base import Message
from trading.market import Market
from trading.shard_marks import ShardMarks
from trading.venue_time import BEFORE_ALL, VenueTimeUs


class MarketsDiscovered(Message, frozen=True):
    """Columns in one order, the best market first.

    ``event_no`` points into ``events``: (ticker, at most one of its markets pays, open markets or 0 for
    not known). ``strikes`` are (kind, floor, cap). The last ``others`` of the markets are open as well:
    they may stay watched, and what is held may be watched; ``left_over`` counts what was not offered.
    ``unlisted`` are markets held that the venue does not list. ``fallback`` says why these are the
    configured fallback; "" if they are not. ``missing`` are names of the configuration that do not trade:
    (setting, name, why, what was meant or ""). No tickers: nothing was found. ``as_of_us``: when it was so.
    ``mapped``: (title, close) of those open that the market map names.
    """

    tickers: list[str]
    closes_us: list[VenueTimeUs]
    activity_e2: list[int]  # contracts traded in 24 hours
    strikes: list[tuple[str, float | None, float | None]]
    event_no: list[int]
    events: list[tuple[str, bool, int]]
    others: int = 0
    left_over: int = 0
    unlisted: list[str] = msgspec.field(default_factory=list)
    fallback: str = ""
    missing: list[tuple[str, str, str, str]] = msgspec.field(default_factory=list)
    as_of_us: VenueTimeUs = BEFORE_ALL
    mapped: dict[str, tuple[str, VenueTimeUs]] = msgspec.field(default_factory=dict)


class MarketsWanted(Message, frozen=True):
    """Search for so many markets from now on, and soon."""

    most: int


class MarketsChosen(Message, frozen=True):
    """Tickers are the data venue's, here and in every other message but three: ``MarketsRead``,
    ``MarketsHeld.without_data`` and the ``Telemetry`` of OrderManager and FillProcessor have the execution
    venue's.

    The execution venue is asked about ``asked_about`` too, which are not traded yet.
    """

    tickers: list[str]
    number: int = 1
    asked_about: list[str] = msgspec.field(default_factory=list)


class MarketsListed(Message, frozen=True):
    """The execution venue's answer about the choice of this number.

    ``refused`` are markets that take no orders there, by the reason; all others of the choice do.
    ``renamed`` counts the traded ones that have another ticker there, and ``mapped`` has (title, close)
    there of those that are listed.
    """

    number: int
    refused: dict[str, list[str]]
    renamed: int = 0
    mapped: dict[str, tuple[str, VenueTimeUs]] = msgspec.field(default_factory=dict)


class MarketsHeld(Message, frozen=True):
    """Markets with a position or an order that is not over.

    ``without_data``: execution tickers of those that have no ticker at the data venue.
    """

    tickers: list[str]
    without_data: list[str] = msgspec.field(default_factory=list)


class MarketsUnwatched(Message, frozen=True):
    """Markets in which something is held or rests, and which are to be found."""

    tickers: list[str]


class EventAssigned(msgspec.Struct, frozen=True):
    """The markets of one event: ``members`` are positions in the shard's tickers, ``strikes`` theirs."""

    ticker: str
    is_exclusive: bool  # at most one of its markets pays
    is_whole: bool  # every open market of it is here
    members: list[int]
    strikes: list[tuple[str, float | None, float | None]]


class ShardAssigned(Message, frozen=True):
    """``closes_us`` is in the order of ``tickers``; every ticker is in one of ``events``.

    Replaces what was assigned before: most of it is the same when markets open and close.
    """

    shard: int
    shards: int
    tickers: list[str]
    closes_us: list[VenueTimeUs]
    events: list[EventAssigned] = msgspec.field(default_factory=list)


class MarketsRead(Message, frozen=True):
    """``outbox_id`` is OrderManager's: our client_order_ids carry its beginning."""

    markets: list[Market]
    outbox_id: str


class MarketsObserved(Message, frozen=True):
    """``columns`` is a packed ``trading.observation.Observation``; the watcher's tape tells of it up to
    row ``tape_no``. ``incarnation`` is counted over the whole session, as its tapes are.
    """

    shard: int
    incarnation: int
    batch_no: int
    columns: dict[str, Any]
    tape_no: int = 0


class ShardObserved(Message, frozen=True):
    marks: ShardMarks


class ShardListRequested(Message, frozen=True):
    """The tickers of the shard's version never came; to be sent with the next ``ShardObserved``."""

    shard: int


class MarketTermsChanged(Message, frozen=True):
    """Something that an order depends on is not what it was: grid, fees, status or close."""

    tickers: list[str]
