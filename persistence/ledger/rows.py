"""The rows that events of the ledger become, table by table: values in, values out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from persistence.ledger.codec import clean, json_text, stored
from persistence.ledger.sources import RecordedEvent
from trading.events import (
    AccountOpened,
    BalanceSeen,
    CashMoved,
    FillSeen,
    IntentRecorded,
    MarketSeen,
    Reconciled,
    Refused,
    SessionStarted,
    SessionValued,
    SettlementSeen,
)
from trading.order_life import OrderLife
from trading.position_history import PositionChange

Row = tuple[Any, ...]

_DIGITS: Final = 16


def outbox_number(outbox_id: str) -> int:
    """The id of an outbox as the database keeps it: its 16 hexadecimal digits, as a signed number."""
    return int.from_bytes(bytes.fromhex(outbox_id.rjust(_DIGITS, "0")), "big", signed=True)


class SessionStart(NamedTuple):
    started_us: int
    session: str


class Sessions:
    """The sessions of one place, by which each event is told."""

    def __init__(self, starts: Iterable[SessionStart] = ()) -> None:
        self._starts = sorted(starts)

    def start(self, started_us: int, session: str) -> None:
        self._starts = sorted([*self._starts, SessionStart(started_us, session)])

    def at(self, at_us: int) -> str:
        """The session of a time; "" before the first that was recorded."""
        number = bisect_right(self._starts, at_us, key=lambda start: start.started_us)
        return self._starts[number - 1].session if number else ""

    @property
    def newest_us(self) -> int:
        return self._starts[-1].started_us if self._starts else 0


class Origin(NamedTuple):
    """Where an event is from: the beginning of most rows."""

    account: str
    outbox: int
    seq: int
    session: str


def event_row(account: str, outbox: int, recorded: RecordedEvent) -> Row:
    kind, at_us, payload = stored(recorded.event)
    return (account, outbox, recorded.seq, kind, at_us, payload)


def session_values(account: str, outbox: int, started: SessionStarted) -> dict[str, Any]:
    return {
        "account": account,
        "outbox_id": outbox,
        "session": started.session,
        "started_us": started.at_us,
        "data": started.data,
        "execution": started.execution,
        "strategy": clean(started.strategy),
        "version": started.version,
        "python": started.python,
        "host": clean(started.host),
        "pid": started.pid,
        "config": json_text(started.config),
    }


def market_row(account: str, venue: str, seen: MarketSeen) -> Row:
    texts = (clean(seen.event_ticker), clean(seen.series_ticker), clean(seen.status))
    fee = (clean(seen.fee_type), seen.fee_multiplier_e4)
    return (
        *(account, "execution", clean(seen.ticker), venue, *texts),
        *(seen.exchange_index, seen.close_us, *fee, seen.at_us, clean(seen.title)),
    )


def value_row(origin: Origin, valued: SessionValued) -> Row:
    return (
        *(origin.account, valued.session, origin.outbox, origin.seq, valued.at_us, valued.since_us),
        *(valued.cash_e6, valued.available_e6, valued.held_e6, valued.gain_e6, valued.marks),
        json_text(valued.worth_e6),
    )


def fill_row(origin: Origin, fill: FillSeen) -> Row:
    return (
        *(origin.account, clean(fill.trade_id), origin.outbox, origin.seq, origin.session, fill.at_us),
        *(fill.ts_ms, clean(fill.order_id), clean(fill.ticker), fill.exchange_index, fill.side),
        *(fill.price_e4, fill.count_e2, fill.fee_e6, fill.is_taker),
    )


def settlement_row(origin: Origin, seen: SettlementSeen) -> Row:
    return (
        *(origin.account, clean(seen.ticker), origin.outbox, origin.seq, origin.session, seen.at_us),
        *(seen.exchange_index, clean(seen.result), seen.value_e4, seen.revenue_e6),
    )


def realised_by(change: PositionChange) -> tuple[int, int]:
    """An event's realised gain before fees, and its fees, in money_e6."""
    before, after = change.before, change.after
    # What was realised before the ledger began is part of the position and no news of that moment.
    is_news = change.cause != "opened"
    return (after.realised_e6 - before.realised_e6) * is_news, (after.fees_e6 - before.fees_e6) * is_news


def position_row(origin: Origin, at_us: int, change: PositionChange) -> Row:
    after, (realised_change_e6, fees_change_e6) = change.after, realised_by(change)
    return (
        *(origin.account, origin.outbox, origin.seq, clean(change.ticker), origin.session, at_us),
        *(change.exchange_index, change.cause, after.position_e2, after.cost_e6, after.realised_e6),
        *(after.fees_e6, after.traded_e6, realised_change_e6, fees_change_e6, change.cash_e6),
    )


def balance_rows(
    origin: Origin, event: AccountOpened | CashMoved | BalanceSeen, cash_e6: dict[int, int]
) -> list[Row]:
    """A row for each shard; ``cash_e6`` is what the ledger has after the event."""
    available_e6: dict[int, int] = {}
    match event:
        case AccountOpened():
            source, reason, shards = "opened", "", list(event.cash_e6)
        case CashMoved():
            source, reason, shards = "moved", clean(event.reason), list(event.change_e6)
        case BalanceSeen():
            source, reason, shards, available_e6 = "seen", "", list(event.available_e6), event.available_e6
    place = (origin.account, origin.outbox, origin.seq)
    return [
        (
            *(*place, shard, origin.session, event.at_us, source),
            *(cash_e6.get(shard, 0), available_e6.get(shard), reason),
        )
        for shard in shards
    ]


def reconciliation_row(origin: Origin, event: Reconciled) -> Row:
    return (
        *(origin.account, origin.outbox, origin.seq, origin.session, event.at_us),
        *(event.generation, event.in_motion, event.as_of_us, json_text(event.differences)),
    )


def refusal_row(origin: Origin, event: Refused) -> Row:
    return (
        *(origin.account, origin.outbox, origin.seq, event.decision.partition("-")[0], event.at_us),
        *(clean(event.ticker), event.action, event.reason, clean(event.decision)),
    )


def order_row(account: str, ledger: int, sender: int | None, life: OrderLife) -> Row:
    """``ledger``: FillProcessor's outbox. ``sender``: OrderManager's."""
    intent = life.intent
    name = clean(life.client_order_id)
    order = (
        *(clean(life.order_id) or None, name if name not in ("", life.key) else None),
        *(life.is_ours, life.is_closed, clean(life.ticker), life.exchange_index, life.side),
        *(intent.action if intent else None, life.price_e4, life.count_e2, life.filled_e2, life.state),
        *(clean(intent.reason) if intent else "", clean(life.end_reason)),
    )
    decided_us = (intent.decided_us or None) if intent else None
    times = (
        *(decided_us, intent.at_us if intent else None, life.sent_us, life.answered_us),
        *(life.ended_us, life.updated_us),
    )
    seqs = (
        [place.seq for place in life.places if place.writer == "OrderManager"],
        [place.seq for place in life.places if place.writer == "FillProcessor"],
    )
    is_sent_by_us = life.is_ours or bool(seqs[0])
    head = (account, ledger, clean(life.key), sender if is_sent_by_us else None)
    return (*head, *_decision(intent), *order, *times, *seqs)


def _decision(intent: IntentRecorded | None) -> tuple[str, int | None, int | None, int | None]:
    """Session, incarnation, batch and row of what asked for an order."""
    if intent is None:
        return "", None, None, None
    batch, _, row = intent.decision.partition("/")
    session, *numbers = batch.split("-")
    try:
        incarnation, batch_no = map(int, numbers)
        return session, incarnation, batch_no, int(row)
    except ValueError:
        return session, None, None, None  # in ledgers that were written before decisions had such names
