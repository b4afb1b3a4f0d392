"""The lines about orders and fills: sent, known to the venue, answered, filled, and counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from cli.checklist.evidence import Evidence
from cli.checklist.lines import Line, line
from cli.checklist.recorded import SentOrder
from cli.checklist.recorded_figures import DENIED, FILL, SENT
from trading.events import FillSeen

ACCEPTED_SHARE: Final = 0.75  # a price may be gone, or cross a second venue's book, when an order arrives
MOST_TOLD: Final = 3  # differences in one line


def order_lines(seen: Evidence) -> Iterator[Line]:
    """From an order's way to the venue to its fill."""
    yield _reached(seen)
    yield _acknowledged(seen.orders)
    yield _life_cycle(seen)
    yield _fills(seen)


def _reached(seen: Evidence) -> Line:
    limit = "each found by the venue's own REST"
    if seen.compared.unread:
        return line("orders at the venue", seen.compared.unread, limit, holds=None)
    told = seen.compared.ledger.tell((SENT,))
    taken = [order for order in seen.orders if order.outcome not in DENIED]
    found = sum(f"{SENT} {order.intent.client_order_id}" in seen.compared.ledger.equal for order in taken)
    figure = f"{found:,} of {len(taken):,} found by client_order_id{differences(told.different)}"
    if not taken and not told.different:
        return line("orders at the venue", "the venue took no order", limit, holds=None)
    return line("orders at the venue", figure, limit, holds=found == len(taken) and not told.different)


def _acknowledged(orders: Sequence[SentOrder]) -> Line:
    limit = f"≥ {ACCEPTED_SHARE:.0%} accepted, none unknown"
    outcomes = Counter(order.outcome or "unanswered" for order in orders)
    answered = outcomes["accepted"] + outcomes["rejected"]
    codes = Counter(order.said for order in orders if order.outcome == "rejected")
    why = (
        f" ({', '.join(f'{code} × {number:,}' for code, number in codes.most_common(MOST_TOLD))})"
        if codes
        else ""
    )
    open_ones = outcomes["unknown"] + outcomes["absent"] + outcomes["unanswered"]
    figure = (
        f"{outcomes['accepted']:,} accepted, {outcomes['rejected']:,} rejected{why}, {open_ones:,} unknown"
    )
    if not answered and not open_ones:
        return line("acknowledged", "no order was sent", limit, holds=None)
    is_enough = outcomes["accepted"] >= ACCEPTED_SHARE * answered
    return line("acknowledged", figure, limit, holds=bool(answered) and is_enough and not open_ones)


def _life_cycle(seen: Evidence) -> Line:
    limit = "decided, sent, acknowledged, filled, counted, shown"
    by_order: dict[str, FillSeen] = {}
    for fill in seen.fills:
        by_order.setdefault(fill.order_id, fill)
    filled = [order for order in seen.orders if order.order_id in by_order and order.answered_us]
    if not filled:
        return line("order life cycle", "no order was filled", limit, holds=None)
    # A fill may be told before the answer to its order; the usual way shows more.
    usual = [each for each in filled if by_order[each.order_id].at_us >= (each.answered_us or 0)]
    order = (usual or filled)[0]
    shown = order.label in seen.fills_shown
    figure = _story(order, by_order[order.order_id]) + (
        ", shown by the page" if shown else ", not shown by the page"
    )
    return line("order life cycle", figure, limit, holds=shown)


def _story(order: SentOrder, fill: FillSeen) -> str:
    start_us = order.intent.at_us

    def after(at_us: int | None) -> str:
        return f"{((at_us or start_us) - start_us) / 1_000:,.0f} ms"

    return (
        f"{order.label} {order.intent.action}: sent after {after(order.sent_us)},"
        f" acknowledged after {after(order.answered_us)}, fill counted after {after(fill.at_us)}"
    )


def _fills(seen: Evidence) -> Line:
    limit = "each the venue's own, none missing"
    told = seen.compared.ledger.tell((FILL,))
    figure = f"{told.equal:,} equal{differences(told.different)}"
    if not told.equal and not told.different:
        return line("fills", "no trade at the venue", limit, holds=None)
    return line("fills", figure, limit, holds=not told.different)


def differences(found: tuple[str, ...]) -> str:
    """The first few, and how many there are."""
    if not found:
        return ""
    more = f" and {len(found) - MOST_TOLD:,} more" if len(found) > MOST_TOLD else ""
    return f"; DIFFERENT: {'; '.join(found[:MOST_TOLD])}{more}"
