"""Reads the whole account from the venue in one go.

The reads stand between two ``user_data_timestamp``s, because they lag the engine (protocol 3.1). They
are complete over the live lists and the archive, into which what is over moves (protocol 3.3). Each is
asked of the one subaccount that trades here, and what comes of another is left out all the same.
One call on a background thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from execution.settlements import NONE_KNOWN, KnownSettlements, exactly_paid
from kalshi_client.errors import NotFound
from kalshi_client.rest.calls import Between
from kalshi_client.rest.client import RestClient
from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt
from trading.scope import PRIMARY, in_scope
from trading.venue_time import VenueTimeUs

MOST_FOUND: Final = 500  # ends of orders that one read asks for one by one; each may take three requests
MOST_BY_ORDER: Final = 50  # ends asked for one by one; more are picked out of the list of all orders first
MOST_FILLED: Final = 200  # orders whose fills one read asks for, in the live list and the archive
MOST_BY_TICKER: Final = 10  # archived positions asked for one by one; more are picked out of the whole list
FILL_GRAIN_US: Final = 1_000_000  # a fill may be told with its second alone


@dataclass(frozen=True, slots=True)
class Known:
    """Our knowledge of the account, so that a read asks for what is missing and for little else.

    Of orders a read asks for only so many, the first ones first.
    """

    since_s: int | None  # epoch seconds: every fill and settlement up to then; None: not opened yet
    not_ended: Mapping[str, str]  # tickers by order_id: the venue has not told their end
    lacking_fills: Collection[str]  # order_ids: the venue counts more of them than we know
    traded: Collection[str]  # tickers of the positions that are compared with the venue's
    settlements: KnownSettlements = NONE_KNOWN
    heard_of: Collection[str] = ()  # order_ids: any fact tells of them; the end of any other is read as well


@dataclass(frozen=True, slots=True)
class AccountRead:
    """Fills and settlements since the time asked for; everything else as it is now."""

    before_us: VenueTimeUs
    after_us: VenueTimeUs
    fills: list[FillMessage]
    settlements: list[Settlement]
    resting: list[OrderMessage]
    ended: list[OrderMessage]  # of orders that we thought resting, or of which a fill is the first word
    positions: list[PositionAt]
    available_e6: dict[int, int]
    archived: list[PositionAt] = field(default_factory=list)  # of those traded, what is not live any more
    left_out: Counter[str] = field(default_factory=Counter)  # of other subaccounts, by kind
    ends_asked: Collection[str] = ()  # order_ids that were looked for, found or not
    fills_asked: Collection[str] = ()  # order_ids whose fills were asked for

    def has_fills_inside(self) -> bool:
        """Whether something filled while this was read, or so shortly before that its time does not tell."""
        return any(fill.ts_ms * 1000 > self.before_us - FILL_GRAIN_US for fill in self.fills)


def read_account(rest: RestClient, known: Known) -> AccountRead:
    """Raises KalshiError."""
    before_us = rest.user_data_timestamp()
    fills_asked = list(known.lacking_fills)[:MOST_FILLED]
    fills, other_fills = in_scope("fill", _fills(rest, known.since_s, fills_asked))
    settlements, other_settlements = in_scope(
        "settlement", rest.settlements(min_ts_s=known.since_s or 0, subaccount=PRIMARY)
    )
    resting, other_orders = in_scope("order", rest.orders(status="resting", subaccount=PRIMARY))
    positions, other_positions = in_scope("position", rest.positions(subaccount=PRIMARY))
    available_e6 = rest.balance(subaccount=PRIMARY).available_e6
    after_us = rest.user_data_timestamp()
    exact = exactly_paid(rest, settlements, known.settlements)
    listed = {order.order_id for order in resting}
    orders_filled = {fill.order_id: fill.ticker for fill in fills if fill.order_id not in known.heard_of}
    wanted = {**known.not_ended, **orders_filled}
    found, ends_asked = _ended(rest, {key: wanted[key] for key in wanted if key not in listed})
    ended, other_ended = in_scope("order", found)
    archived, other_archived = in_scope("position", _archived(rest, known, positions))
    return AccountRead(
        before_us=before_us,
        after_us=after_us,
        fills=fills,
        settlements=exact,
        resting=resting,
        ended=ended,
        positions=positions,
        available_e6=available_e6,
        archived=archived,
        left_out=other_fills
        + other_settlements
        + other_orders
        + other_positions
        + other_ended
        + other_archived,
        ends_asked=ends_asked,
        fills_asked=fills_asked,
    )


@dataclass(frozen=True, slots=True)
class PastRead:
    """Every fill and settlement since a time, wherever the venue keeps it by now."""

    fills: list[FillMessage]
    settlements: list[Settlement]
    left_out: Counter[str]


def read_past(rest: RestClient, since_s: int, known: KnownSettlements) -> PastRead:
    """``since_s``: epoch seconds by the venue's clock. Raises KalshiError."""
    fills, other_fills = in_scope("fill", rest.all_fills(at=Between(since_s), subaccount=PRIMARY))
    settlements, others = in_scope("settlement", rest.settlements(min_ts_s=since_s, subaccount=PRIMARY))
    return PastRead(fills, exactly_paid(rest, settlements, known), other_fills + others)


def _fills(rest: RestClient, since_s: int | None, lacking: Iterable[str]) -> list[FillMessage]:
    if since_s is None:  # the figures that the account opens with hold all that is archived
        fills = rest.fills(subaccount=PRIMARY)
    else:
        fills = rest.all_fills(at=Between(since_s), subaccount=PRIMARY)
    for order_id in lacking:
        fills += rest.all_fills(order_id=order_id, subaccount=PRIMARY)
    return list({(fill.trade_id, fill.order_id): fill for fill in fills}.values())


def _ended(rest: RestClient, wanted: Mapping[str, str]) -> tuple[list[OrderMessage], list[str]]:
    """The ends of these orders (tickers by order_id), and the orders that were looked for."""
    found: dict[str, OrderMessage] = {}
    if len(wanted) > MOST_BY_ORDER:
        every = rest.orders(subaccount=PRIMARY)
        found = {order.order_id: order for order in every if order.order_id in wanted}
    missing = [order_id for order_id in wanted if order_id not in found][:MOST_FOUND]
    asked = [*found, *missing]
    for order_id in missing:
        try:
            found[order_id] = rest.find_order(order_id, wanted[order_id], subaccount=PRIMARY)
        except NotFound:
            continue  # neither live nor archived: it proves nothing
    return list(found.values()), asked


def _archived(rest: RestClient, known: Known, positions: Iterable[PositionAt]) -> list[PositionAt]:
    missing = set(known.traded).difference(at.ticker for at in positions)
    if len(missing) > MOST_BY_TICKER:
        return [at for at in rest.historical_positions(subaccount=PRIMARY) if at.ticker in missing]
    found: list[PositionAt] = []
    for ticker in sorted(missing):
        found += rest.historical_positions(ticker=ticker, subaccount=PRIMARY)
    return found
