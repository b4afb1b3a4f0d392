"""Holds what became of each order against the decisions and the risk of the replay.

An order that the replay did not decide on is none of its account. Every other verdict of the live session is
judged again by the same risk, on each state that the live ledger may have been in at that moment. What
nobody recorded (the lease, pauses, the marks of the moment …) is taken from the live verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from replay.difference import DecisionDifference
from replay.ledgers import RecordedLedgers
from trading.actions import Intent
from trading.decision import DecidedBatch
from trading.events import Answered, IntentRecorded, LedgerEvent, Refused
from trading.market import Market
from trading.market_map import MarketMap
from trading.order_desk import OrderDesk
from trading.risk import Approved, RiskLimits, RiskView, judge
from trading.venue_time import TOGETHER

JUDGED: Final = frozenset(
    {
        *("nothing_held", "opposite_held", "already_resting", "in_flight", "unresolved_order"),
        *("position_differs", "cash_differs", "max_open_orders", "max_contracts_per_order", "max_position"),
        *("max_exposure_per_market", "max_exposure_per_event", "max_exposure", "insufficient_cash"),
    }
)
"""Reasons that follow from the ledger, the market's terms and the limits, which are all recorded."""

_SAME: Final = {"unresolved_order": "in_flight"}  # which of the two depends on a thread that still waits


class Verdicts:
    """Takes the replay's intents and OrderManager's events, in their order."""

    def __init__(
        self,
        session: str,
        ledgers: RecordedLedgers,
        limits: RiskLimits | None,
        markets: Mapping[str, Market],
        names: MarketMap,
    ) -> None:
        """``limits``: None where they were not recorded; then no verdict is judged again."""
        self.differences: list[DecisionDifference] = []
        self.unasked: set[str] = set()
        """Orders of this session that the replay did not ask for, by our name of them and by the venue's."""
        self.judged = 0
        """Verdicts that were judged again."""
        self._session = session
        self._ledgers = ledgers
        self._limits = limits
        self._markets = markets
        self._names = names
        self._asked: dict[str, Intent] = {}  # by decision, until its verdict
        self._left_out: set[str] = set()  # batches that were not decided again

    def ask(self, intent: Intent) -> None:
        """The replay wants this."""
        ticker = self._names.to_execution(intent.ticker)
        if ticker is not None and ticker != intent.ticker:
            intent = replace(intent, ticker=ticker)
        self._asked[intent.decision] = intent

    def leave_out(self, live: DecidedBatch) -> None:
        """The batch is not decided again: that nothing of it is asked for is no news."""
        self._left_out.add(f"{live.session}-{live.incarnation}-{live.batch_no}")

    def hear(self, event: LedgerEvent, fold_fact: Callable[[], bool]) -> None:
        """An event of OrderManager before it is folded; ``fold_fact`` folds one more fact before it."""
        if isinstance(event, Answered) and event.client_order_id in self.unasked:
            self.unasked.add(event.order_id)
        if not isinstance(event, IntentRecorded | Refused):
            return
        if event.decision.partition("-")[0] != self._session:
            return
        intent = self._asked.pop(event.decision, None)
        if intent is None or (intent.ticker, intent.action) != (event.ticker, event.action):
            self._not_asked(event, intent)
        elif self._limits is not None and intent.ticker in self._markets:
            self._judge(event, intent, fold_fact, self._limits)

    def _not_asked(self, event: IntentRecorded | Refused, intent: Intent | None) -> None:
        if isinstance(event, IntentRecorded):
            self.unasked.add(event.client_order_id)
        if event.decision.partition("/")[0] in self._left_out:
            return
        asked = "nothing" if intent is None else f"{intent.action} in {intent.ticker}"
        self._differs(event, "intent", f"{event.action} in {event.ticker}", asked)

    def _judge(
        self,
        event: IntentRecorded | Refused,
        intent: Intent,
        fold_fact: Callable[[], bool],
        limits: RiskLimits,
    ) -> None:
        """Fold facts until the verdict is the live one.

        One that never is has folded every fact up to its batch; later ones are judged on these.
        """
        live = event.reason if isinstance(event, Refused) else f"{event.count_e2} approved"
        if isinstance(event, Refused) and event.reason not in JUDGED:
            return
        self.judged += 1
        if isinstance(event, IntentRecorded):  # at the price that the execution venue's book made of it
            price_e4, count_e2 = event.price_e4, max(intent.count_e2, event.count_e2)
            if (price_e4, count_e2) != (intent.price_e4, intent.count_e2):
                intent = replace(intent, price_e4=price_e4, count_e2=count_e2)
        first = found = self._verdict(intent, event.at_us, limits)
        while _SAME.get(found, found) != _SAME.get(live, live):
            if not fold_fact():
                self._differs(event, "verdict", live, first)
                return
            found = self._verdict(intent, event.at_us, limits)

    def _verdict(self, intent: Intent, now_us: int, limits: RiskLimits) -> str:
        view = _view(self._ledgers.desk, self._markets[intent.ticker], now_us)
        verdict = judge(intent, view, limits)
        return f"{verdict.count_e2} approved" if isinstance(verdict, Approved) else verdict.reason

    def _differs(self, event: IntentRecorded | Refused, column: str, live: str, replayed: str) -> None:
        self.differences.append(
            DecisionDifference(f"decision {event.decision}", event.ticker, column, live, replayed)
        )


def _view(desk: OrderDesk, market: Market, now_us: int) -> RiskView:
    """All permits as they have to be for an order to leave."""
    return RiskView(
        now_us=now_us,
        clock=TOGETHER,
        ledger=desk.ledger,
        market=market,
        untradable=None,
        lease_valid=True,
        stream_reconciled=True,
        venue_paused=False,
        state="trading",
        equity_e6=2**62,
        reduce_only=False,
        halted=False,
        open_orders=len(desk.managed()),
    )
