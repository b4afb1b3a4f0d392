"""What does the venue say of the whole account, read in one go?

The reads stand between two ``user_data_timestamp``s, because they lag the engine (protocol 3.1).
One call on a background thread.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kalshi_client.errors import NotFound
from kalshi_client.rest.client import RestClient
from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt


@dataclass(frozen=True, slots=True)
class AccountRead:
    """Fills and settlements since the time asked for; everything else as it is now."""

    before_us: int
    after_us: int
    fills: list[FillMessage]
    settlements: list[Settlement]
    resting: list[OrderMessage]
    ended: list[OrderMessage]  # orders we thought resting and the venue does not
    positions: list[PositionAt]
    available_e6: dict[int, int]

    def has_fills_inside(self) -> bool:
        """Whether something filled while this was read."""
        return any(fill.ts_ms * 1000 > self.before_us for fill in self.fills)


def read_account(rest: RestClient, since_s: int, believed_resting: Collection[str]) -> AccountRead:
    """``since_s``: epoch seconds; ``believed_resting``: order ids. Raises KalshiError."""
    before_us = rest.user_data_timestamp()
    fills = rest.fills(min_ts_s=since_s)
    settlements = rest.settlements(min_ts_s=since_s)
    resting = rest.orders(status="resting")
    positions = rest.positions()
    available_e6 = rest.balance().available_e6
    after_us = rest.user_data_timestamp()
    listed = {order.order_id for order in resting}
    ended = [_order(rest, order_id) for order_id in believed_resting if order_id not in listed]
    return AccountRead(
        before_us=before_us,
        after_us=after_us,
        fills=fills,
        settlements=settlements,
        resting=resting,
        ended=[order for order in ended if order is not None],
        positions=positions,
        available_e6=available_e6,
    )


def _order(rest: RestClient, order_id: str) -> OrderMessage | None:
    try:
        return rest.order(order_id)
    except NotFound:
        return None  # archived already, or never on this shard: it proves nothing
