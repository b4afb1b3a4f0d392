"""The account of a replay beside the live one: without the orders that the replay did not decide on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from replay.difference import DecisionDifference
from replay.ledgers import RecordedLedgers
from replay.recording import Recording
from replay.terms import limits_of, markets_of
from replay.verdicts import Verdicts
from settings.config import Config
from trading.actions import Intent
from trading.decision import Account, DecidedBatch, Setup
from trading.events import AccountOpened, CashMoved, FillSeen, LedgerEvent, SettlementSeen
from trading.market_map import MarketMap
from trading.portfolio import Portfolio, Position

_DEFAULT_LIMITS: Final = Config().limits()  # of nothing that is judged


class AccountStanding(NamedTuple):
    """Where an account stands at the end of its session."""

    positions: Mapping[str, Position]
    realised_e6: int
    fees_e6: int

    def held(self) -> dict[str, int]:
        """The holding in each market that is not flat."""
        return {ticker: at.position_e2 for ticker, at in self.positions.items() if at.position_e2}


NOTHING: Final = AccountStanding({}, 0, 0)


class Accounts:
    """Folded along the batches of one session."""

    def __init__(self, recording: Recording, setup: Setup) -> None:
        about, names = recording.about(), MarketMap(setup.renamed)
        limits, markets = limits_of(about, recording.session), markets_of(about)
        self._recording = recording
        self._ledgers = RecordedLedgers(recording, limits or _DEFAULT_LIMITS, markets, names)
        self._verdicts = Verdicts(recording.session, self._ledgers, limits, markets, names)

    @property
    def differences(self) -> list[DecisionDifference]:
        """Between what became of orders and what the replay says to them."""
        return self._verdicts.differences

    @property
    def judged(self) -> int:
        """Verdicts of risk that were judged again."""
        return self._verdicts.judged

    def at(self, live: DecidedBatch) -> Account:
        """The account as the Selector was told it for this batch. Raises NotFolded."""
        return self._ledgers.at(live.ledgers, now_us=live.decided_us, hear=self._verdicts.hear)

    def ask(self, intent: Intent) -> None:
        """The replay wants this order."""
        self._verdicts.ask(intent)

    def leave_out(self, live: DecidedBatch) -> None:
        """The batch is not decided again, so nothing is asked for."""
        self._verdicts.leave_out(live)

    def end(self, *, is_over: bool) -> tuple[AccountStanding, AccountStanding]:
        """The account after the last batch, live and of the replay; of a session that is over, at its end.

        Raises NotFolded.
        """
        if is_over:
            self._ledgers.rest(before_us=self._recording.ended_us(), hear=self._verdicts.hear)
        ledger = self._ledgers.ledger
        live = AccountStanding(ledger.positions, ledger.realised_e6, ledger.fees_e6)
        unasked = self._verdicts.unasked
        return live, self._without(unasked) if unasked else live

    def _without(self, orders: set[str]) -> AccountStanding:
        """The account as it would be without the fills of these orders."""
        portfolio = Portfolio()
        for event in self._ledgers.facts():
            if isinstance(event, FillSeen) and orders & {event.client_order_id, event.order_id}:
                continue
            _take(portfolio, event)
        return AccountStanding(portfolio.positions, portfolio.realised_e6, portfolio.fees_e6)


def _take(portfolio: Portfolio, event: LedgerEvent) -> None:
    match event:
        case AccountOpened():
            portfolio.open(event)
        case FillSeen():
            portfolio.fill(event)
        case SettlementSeen():
            portfolio.settle(event)
        case CashMoved():
            portfolio.move_cash(event)
        case _:
            pass
