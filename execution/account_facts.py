"""The venue's messages and records about the account as facts.

``at_us``, by this machine's clock, is when a fact became known here: of two that the venue dates alike the
later one counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_client.wire.records import Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import FillProcessorEvent, FillSeen, OrderSeen, SettlementSeen
from trading.venue_time import BEFORE_ALL, VenueTimeUs


def fill_seen(fill: FillMessage, *, at_us: int) -> FillSeen:
    """A fill as a fact."""
    return FillSeen(
        at_us=at_us,
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        client_order_id=fill.client_order_id,
        ticker=fill.ticker,
        exchange_index=fill.exchange_index,
        side=fill.side,
        price_e4=fill.price_e4,
        count_e2=fill.count_e2,
        fee_e6=fill.fee_e6,
        is_taker=fill.is_taker,
        ts_ms=fill.ts_ms,
        post_position_e2=fill.post_position_e2,
    )


def fills_seen(fills: Iterable[FillMessage], *, at_us: int) -> list[FillSeen]:
    """Fills as facts, in the order in which they happened."""
    return [fill_seen(fill, at_us=at_us) for fill in sorted(fills, key=lambda fill: fill.ts_ms)]


def order_seen(order: OrderMessage, *, at_us: int, as_of_us: VenueTimeUs = BEFORE_ALL) -> OrderSeen:
    """An order's message or record as a fact. A record that tells no time is as fresh as its read."""
    return OrderSeen(
        at_us=at_us,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        ticker=order.ticker,
        exchange_index=order.exchange_index,
        side=order.side,
        price_e4=order.price_e4,
        status=order.status,
        initial_e2=order.initial_e2,
        fill_e2=order.fill_e2,
        remaining_e2=order.remaining_e2,
        reason=order.reason,
        ts_ms=order.ts_ms or as_of_us // 1000,
    )


def each_before_its_fills(
    orders: Iterable[OrderSeen], fills: Iterable[FillSeen]
) -> list[OrderSeen | FillSeen]:
    """All of them, the fills in their order and each order before its first fill.

    An order that a fill alone tells of would count as open until its end is folded too; one whose fills
    come late would keep its reserve until then.
    """
    seen = {order.order_id: order for order in orders}
    facts: list[OrderSeen | FillSeen] = []
    for fill in fills:
        if (order := seen.pop(fill.order_id, None)) is not None:
            facts.append(order)
        facts.append(fill)
    return [*seen.values(), *facts]


def settlements_seen(settlements: Iterable[Settlement], *, at_us: int) -> list[SettlementSeen]:
    """Settlements as facts, but for those that tell no payout: AccountKeeper names them."""
    return [
        SettlementSeen(at_us, s.ticker, s.exchange_index, s.result, s.value_e4, s.revenue_e6)
        for s in settlements
        if s.value_e4 is not None
    ]


def touched(events: Iterable[FillProcessorEvent]) -> set[str]:
    """Tickers that these events move; every other kind moves none."""
    return {event.ticker for event in events if isinstance(event, FillSeen | OrderSeen | SettlementSeen)}
