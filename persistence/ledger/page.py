"""One step's events as the rows of each table."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from persistence.ledger.folds import LedgerFolds
from persistence.ledger.rows import (
    Origin,
    Row,
    balance_rows,
    event_row,
    fill_row,
    market_row,
    position_row,
    realised_by,
    reconciliation_row,
    refusal_row,
    settlement_row,
    value_row,
)
from persistence.ledger.session_totals import SessionTotals
from persistence.ledger.sources import RecordedEvent
from persistence.outbox import Writer
from trading import position_history
from trading.events import (
    AccountOpened,
    BalanceSeen,
    CashMoved,
    Difference,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    MarketSeen,
    Reconciled,
    Refused,
    SessionEnded,
    SessionStarted,
    SessionValued,
    SettlementSeen,
)
from trading.order_life import FACTS, EventPlace


class LedgerPage:
    """The rows to be written; ``fills`` and ``settlements`` by what the account has once."""

    def __init__(self, account: str, venue: str, outboxes: dict[Writer, int]) -> None:
        self.events: list[Row] = []
        self.started: list[tuple[int, SessionStarted]] = []
        self.ended: list[dict[str, Any]] = []
        self.values: list[Row] = []
        self.markets: dict[str, Row] = {}
        self.fills: dict[str, tuple[Row, FillSeen]] = {}
        self.settlements: dict[str, tuple[Row, SettlementSeen]] = {}
        self.refusals: list[Row] = []
        self.positions: list[Row] = []
        self.balances: list[Row] = []
        self.reconciliations: list[Row] = []
        self.conflicts: list[Row] = []
        self.totals = SessionTotals()
        self._account = account
        self._venue = venue
        self._outboxes = outboxes

    def take(self, recorded: RecordedEvent, folds: LedgerFolds) -> None:
        """Fold one event and keep its rows."""
        writer, seq, event = recorded
        outbox = self._outboxes[writer]
        self.events.append(event_row(self._account, outbox, recorded))
        if isinstance(event, SessionStarted):
            self.started.append((outbox, event))
            folds.sessions.start(event.at_us, event.session)
            self.totals.heard(event.session, event.at_us)
            return
        if writer != "Recorder" and isinstance(event, FACTS):
            folds.lives.take(EventPlace(writer, seq), event)
        origin = Origin(self._account, outbox, seq, folds.sessions.at(event.at_us))
        self.totals.heard(origin.session, event.at_us)
        for change in position_history.take(folds.portfolio, event):
            self.positions.append(position_row(origin, event.at_us, change))
            self.totals.realised(origin.session, *realised_by(change))
        self._keep(origin, event, folds)

    def _keep(self, origin: Origin, event: LedgerEvent, folds: LedgerFolds) -> None:
        match event:
            case IntentRecorded():
                self.totals.order(event.decision.partition("-")[0])
            case FillSeen():
                self.fills[event.trade_id] = (fill_row(origin, event), event)
            case SettlementSeen():
                self.settlements[event.ticker] = (settlement_row(origin, event), event)
            case AccountOpened() | CashMoved() | BalanceSeen():
                self.balances += balance_rows(origin, event, folds.portfolio.cash_e6)
            case Reconciled():
                self.reconciliations.append(reconciliation_row(origin, event))
                self._keep_conflicts(origin, event)
            case Refused():
                self.refusals.append(refusal_row(origin, event))
            case SessionValued():
                self.values.append(value_row(origin, event))
            case SessionEnded():
                ended = {"ended_us": event.at_us, "end_reason": event.reason}
                self.ended.append({"session": event.session, **ended})
            case MarketSeen():
                self.markets[event.ticker] = market_row(self._account, self._venue, event)
            case _:
                pass

    def count_fills(self, known: Collection[str]) -> None:
        """Add to the totals those that the account had not got already."""
        for trade_id, (row, _) in self.fills.items():
            if trade_id not in known:
                _, _, _, _, session, *_ = row
                self.totals.fill(session)

    def _keep_conflicts(self, origin: Origin, event: Reconciled) -> None:
        """The facts that FillProcessor was told in two ways; its outbox has only the first of them."""
        for difference in event.differences:
            if isinstance(difference, Difference) and difference.kind == "conflict":
                place = (origin.account, difference.key, origin.outbox, origin.seq)
                self.conflicts.append((*place, event.at_us, difference.sentence))
