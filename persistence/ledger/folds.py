"""The past that the ledger lane needs to tell the changes that new events make.

It is read from the database where it is needed: the cash with the cursor, a market with its next fill, an
order with its next fact. So a start costs the same after a million events as after ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from persistence.database.connections import Cursor
from persistence.database.named_queries import queries
from persistence.ledger.events import find_events
from persistence.ledger.rows import Sessions, SessionStart
from persistence.ledger.sources import RecordedEvent
from persistence.outbox import Writer
from trading.order_life import FACTS, EventPlace, OrderLives, names_in
from trading.order_life import Writer as OrderWriter
from trading.portfolio import Portfolio, Position
from trading.position_history import moved_by
from trading.venue_time import VenueTimeUs

MOST_KEPT: Final = 20_000  # orders and markets in memory; beyond it they are read again where needed


class LedgerFolds:
    """The folds of one account as of a cursor; not to be used after a step that failed."""

    def __init__(self, account: str, outboxes: dict[Writer, int], state: dict[str, Any]) -> None:
        """``state``: that of the cursor of FillProcessor's outbox."""
        self.lives = OrderLives()
        self.portfolio = _portfolio(state)
        self.sessions = Sessions()
        self._account = account
        self._outboxes = outboxes
        self._recalled: set[str] = set()

    @property
    def state(self) -> dict[str, Any]:
        """The state with which the next fold has to begin."""
        if not self.portfolio.is_opened:
            return {}
        cash_e6 = {str(shard): money_e6 for shard, money_e6 in self.portfolio.cash_e6.items()}
        return {"cash_e6": cash_e6, "fills_from_us": self.portfolio.fills_from_us}

    @property
    def is_large(self) -> bool:
        return len(self.lives) + len(self._recalled) > MOST_KEPT

    def prepare(self, cursor: Cursor, page: Sequence[RecordedEvent]) -> None:
        """Read what is needed for these events."""
        self._recall_markets(cursor, {ticker for each in page for ticker in moved_by(each.event)})
        facts = [each.event for each in page if isinstance(each.event, FACTS)]
        self._bring_orders(cursor, {name for fact in facts for name in names_in(fact)})

    def read_sessions(self, cursor: Cursor) -> None:
        if (outbox := self._outboxes.get("Recorder")) is not None:
            cursor.execute(
                queries("ledger")["find_sessions"], {"account": self._account, "outbox_id": outbox}
            )
            self.sessions = Sessions(SessionStart(*row) for row in cursor.fetchall())

    def _recall_markets(self, cursor: Cursor, tickers: set[str]) -> None:
        wanted = sorted(tickers - self._recalled)
        if not wanted:
            return
        of_markets: dict[str, Any] = {"account": self._account, "tickers": wanted}
        cursor.execute(queries("ledger")["find_settled"], of_markets)
        settled = dict(cursor.fetchall())
        of_markets["outbox_id"] = self._outboxes["FillProcessor"]
        cursor.execute(queries("ledger")["find_positions"], of_markets)
        held = {ticker: Position(*figures) for ticker, *figures in cursor.fetchall()}
        for ticker in held.keys() | settled.keys():
            self.portfolio.recall(ticker, held.get(ticker, Position()), settled_at_e4=settled.get(ticker))
        self._recalled.update(wanted)

    def _bring_orders(self, cursor: Cursor, names: set[str]) -> None:
        """The earlier facts of every order that bears one of these names, and of those that they name."""
        while wanted := sorted(names - self.lives.known):
            self.lives.known.update(wanted)
            question = {
                "account": self._account,
                "ledger_id": self._outboxes["FillProcessor"],
                "names": wanted,
            }
            cursor.execute(queries("ledger")["find_orders"], question)
            seqs: dict[OrderWriter, list[int]] = {"OrderManager": [], "FillProcessor": []}
            for *bears, ours, theirs in cursor.fetchall():
                names.update(name for name in bears if name)
                seqs["OrderManager"] += ours
                seqs["FillProcessor"] += theirs
            for writer, numbers in seqs.items():
                names |= self.lives.bring(self._facts(cursor, writer, numbers))

    def _facts(
        self, cursor: Cursor, writer: OrderWriter, seqs: list[int]
    ) -> Iterable[tuple[EventPlace, Any]]:
        if writer not in self._outboxes:
            return []
        found = find_events(cursor, self._account, self._outboxes[writer], seqs)
        return [(EventPlace(writer, seq), event) for seq, event in found.items()]


def _portfolio(state: dict[str, Any]) -> Portfolio:
    if not state:
        return Portfolio()
    cash_e6 = {int(shard): money_e6 for shard, money_e6 in state["cash_e6"].items()}
    return Portfolio.resumed(cash_e6, fills_from_us=VenueTimeUs(state["fills_from_us"]))
