"""The records of one session, read for its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.named_queries import queries
from persistence.sessions.listing import ListedSession

MOST_LINES: Final = 200  # of differences, conflicts and gaps


class OrderCount(NamedTuple):
    """The orders of one market that are in one state."""

    ticker: str
    state: str
    orders: int
    sent: int
    accepted: int
    filled: int  # in part or whole


class Latencies(NamedTuple):
    """Of each step, how long it took with the orders of which both ends are known."""

    decision_to_record_us: list[int]
    record_to_send_us: list[int]
    send_to_answer_us: list[int]
    decision_to_answer_us: list[int]


class MarketOutcome(NamedTuple):
    """The session's outcome in one market."""

    ticker: str
    fills: int
    realised_e6: int  # before fees
    fees_e6: int
    position_e2: int  # at its end
    cost_e6: int


class DecisionCount(NamedTuple):
    action: str
    outcome: str
    decisions: int


class ToldSentence(NamedTuple):
    """A sentence, and when."""

    at_us: int
    sentence: str


class Gap(NamedTuple):
    at_us: int
    of: str
    sentence: str


class Move(NamedTuple):
    """A market and its shard's cash after a fill or a settlement."""

    at_us: int
    exchange_index: int
    cash_e6: int
    ticker: str
    position_e2: int
    cost_e6: int


class Cash(NamedTuple):
    """Of one shard, by the ledger."""

    at_us: int
    exchange_index: int
    cash_e6: int


class AccountHistory(NamedTuple):
    """The account's holding when the session began, and each change of it."""

    before: dict[str, tuple[int, int]]  # position_e2 and cost_e6
    moves: list[Move]
    cash: list[Cash]
    markets: list[MarketOutcome]


class LastWord(NamedTuple):
    """The account as the session itself valued it at its end."""

    at_us: int
    since_us: int  # when its gain began to count
    cash_e6: int
    available_e6: int
    held_e6: int
    gain_e6: int
    marks: str  # whose books: data, execution
    worth_e6: dict[str, int]  # of what is held, by market

    @property
    def equity_e6(self) -> int:
        return self.cash_e6 + self.held_e6


class TapeSize(NamedTuple):
    chunks: int
    changes: int
    bytes: int


class SessionFacts(NamedTuple):
    """Everything but the decisions themselves."""

    session: ListedSession
    python: str
    pid: int
    config: dict[str, Any]
    orders: list[OrderCount]
    latencies: Latencies
    refusals: list[tuple[str, int]]
    decisions: list[DecisionCount]
    account: AccountHistory
    last_word: LastWord | None  # None while it runs, and where it was killed
    contracts_e2: dict[str, int]  # filled, by market
    titles: dict[str, tuple[str, str]]  # event and title, by market
    checks: int
    checks_with_differences: int
    differences: list[ToldSentence]
    conflicts: list[ToldSentence]
    gaps: list[Gap]
    tape: TapeSize


def read_session(connection: Connection, session: ListedSession) -> SessionFacts:
    """As of one moment. Raises as ``transaction``."""
    with transaction(connection) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _Reading(cursor, session).all()


class _Reading:
    def __init__(self, cursor: Cursor, session: ListedSession) -> None:
        self._cursor = cursor
        self._session = session
        upto_us = session.started_us + session.duration_us
        self._asked = {
            "account": session.account,
            "session": session.session,
            "from_us": session.started_us,
            "upto_us": upto_us,
            "most": MOST_LINES,
        }

    def all(self) -> SessionFacts:
        ((config, python, pid),) = self._rows("configuration")
        ((checks, different),) = self._rows("reconciliations")
        orders = [OrderCount(*row) for row in self._rows("orders")]
        account = self._account()
        tickers = {each.ticker for each in orders} | {market.ticker for market in account.markets}
        return SessionFacts(
            session=self._session,
            python=python,
            pid=pid,
            config=config,
            orders=orders,
            latencies=_latencies(self._rows("latencies")),
            refusals=self._rows("refusals"),
            decisions=[DecisionCount(*row) for row in self._rows("decisions")],
            account=account,
            last_word=next((LastWord(*row) for row in self._rows("value")), None),
            contracts_e2=dict(self._rows("contracts")),
            titles={
                ticker: (event, title)
                for ticker, event, title in self._rows("titles", tickers=sorted(tickers))
            },
            checks=checks,
            checks_with_differences=different,
            differences=[
                ToldSentence(at_us, _sentence(each))
                for at_us, found in self._rows("differences")
                for each in found
            ],
            conflicts=[ToldSentence(*row) for row in self._rows("conflicts")],
            gaps=[Gap(*row) for row in self._rows("gaps")],
            tape=TapeSize(*self._rows("tape")[0]),
        )

    def _account(self) -> AccountHistory:
        """By the ledger that was written last, if the account's file was replaced meanwhile."""
        ledgers = self._rows("ledgers")
        if not ledgers:
            return AccountHistory({}, [], [], [])
        outbox_id, first_seq = ledgers[-1]
        of_ledger = {"outbox_id": outbox_id, "seq": first_seq}
        before = self._rows("positions_before", **of_ledger)
        return AccountHistory(
            {ticker: (position_e2, cost_e6) for ticker, position_e2, cost_e6 in before},
            list(map(Move._make, self._rows("moves", **of_ledger))),
            [Cash(*row) for row in self._rows("cash", **of_ledger)],
            [MarketOutcome(*row) for row in self._rows("markets", **of_ledger)],
        )

    def _rows(self, query: str, **more: Any) -> list[Any]:
        self._cursor.execute(queries("report")[query], {**self._asked, **more})
        return self._cursor.fetchall()


def _latencies(rows: list[tuple[int | None, ...]]) -> Latencies:
    steps = zip(*rows, strict=True) if rows else [()] * len(Latencies._fields)
    # A clock that was set back makes a time that never was.
    return Latencies(*([us for us in step if us is not None and us >= 0] for step in steps))


def _sentence(difference: Any) -> str:
    """Of a difference as its ledger wrote it."""
    if isinstance(difference, Mapping) and "sentence" in difference:
        return str(difference["sentence"])
    return str(difference)
