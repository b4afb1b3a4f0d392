"""Reads the whole account from the venue in one go.

The reads stand between two ``user_data_timestamp``s, because they lag the engine (protocol 3.1).
Each is asked of the one subaccount that trades here, and what comes of another is left out all the
same. One call on a background thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from execution.settlements import NONE_KNOWN, KnownSettlements, exactly_paid
from kalshi_client.errors import NotFound
from kalshi_client.rest.calls import Between
from kalshi_client.rest.client import RestClient
from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt
from trading.scope import PRIMARY, in_scope
from trading.venue_time import VenueTimeUs


@dataclass(frozen=True, slots=True)
class AccountRead:
    """Fills and settlements since the time asked for; everything else as it is now."""

    before_us: VenueTimeUs
    after_us: VenueTimeUs
    fills: list[FillMessage]
    settlements: list[Settlement]
    resting: list[OrderMessage]
    ended: list[OrderMessage]  # orders we thought resting and the venue does not
    positions: list[PositionAt]
    available_e6: dict[int, int]
    left_out: Counter[str] = field(default_factory=Counter)  # of other subaccounts, by kind

    def has_fills_inside(self) -> bool:
        """Whether something filled while this was read."""
        return any(fill.ts_ms * 1000 > self.before_us for fill in self.fills)


def read_account(
    rest: RestClient, since_s: int, believed_resting: Collection[str], known: KnownSettlements = NONE_KNOWN
) -> AccountRead:
    """``since_s``: epoch seconds; ``believed_resting``: order ids. Raises KalshiError."""
    before_us = rest.user_data_timestamp()
    fills, other_fills = in_scope("fill", rest.fills(min_ts_s=since_s, subaccount=PRIMARY))
    settlements, other_settlements = in_scope(
        "settlement", rest.settlements(min_ts_s=since_s, subaccount=PRIMARY)
    )
    resting, other_orders = in_scope("order", rest.orders(status="resting", subaccount=PRIMARY))
    positions, other_positions = in_scope("position", rest.positions(subaccount=PRIMARY))
    available_e6 = rest.balance(subaccount=PRIMARY).available_e6
    after_us = rest.user_data_timestamp()
    exact = exactly_paid(rest, settlements, known)
    listed = {order.order_id for order in resting}
    found = [_order(rest, order_id) for order_id in believed_resting if order_id not in listed]
    ended, other_ended = in_scope("order", [order for order in found if order is not None])
    return AccountRead(
        before_us=before_us,
        after_us=after_us,
        fills=fills,
        settlements=exact,
        resting=resting,
        ended=ended,
        positions=positions,
        available_e6=available_e6,
        left_out=other_fills + other_settlements + other_orders + other_positions + other_ended,
    )


@dataclass(frozen=True, slots=True)
class PastRead:
    """Every fill and settlement since a time, wherever the venue keeps it by now."""

    fills: list[FillMessage]
    settlements: list[Settlement]
    left_out: Counter[str]


def read_past(rest: RestClient, since_s: int, known: KnownSettlements) -> PastRead:
    """``since_s``: epoch seconds by the venue's clock. Raises KalshiError."""
    fills, other_fills = in_scope("fill", rest.all_fills(at=Between(since_s, None)))
    settlements, others = in_scope("settlement", rest.settlements(min_ts_s=since_s, subaccount=PRIMARY))
    return PastRead(fills, exactly_paid(rest, settlements, known), other_fills + others)


def _order(rest: RestClient, order_id: str) -> OrderMessage | None:
    try:
        return rest.order(order_id)
    except NotFound:
        return None  # archived already, or never on this shard: it proves nothing
