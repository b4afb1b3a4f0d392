"""Compares the account of a session with its venue's REST, in as many rounds as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cli.checklist import account_figures, recorded_figures
from cli.checklist.account_reader import AccountReader, AccountUnread
from cli.checklist.comparison import Comparison, Figures
from cli.checklist.evidence import Compared
from cli.checklist.ledger_reader import LedgerReader
from cli.checklist.page_socket import PageListener
from cli.checklist.venue_account import VenueAccount
from cli.errors import PreflightRefused
from cli.running_session import RunningSession

MOST_ROUNDS: Final = 12
SETTLE_S: Final = 1.0  # two rounds are as long as a fill may take to become a position


class AccountCheck:
    """Page, socket and ledgers of one session, and a reader of its account at the venue."""

    def __init__(
        self, running: RunningSession, socket: PageListener, ledger: LedgerReader, reader: AccountReader
    ) -> None:
        self._running = running
        self._socket = socket
        self._ledger = ledger
        self._reader = reader

    def compare(self, tell: Callable[[str], None]) -> Compared:
        """Rounds until another one would tell nothing new."""
        compared = Compared()
        for number in range(1, MOST_ROUNDS + 1):
            tell(f"comparing the account with its venue, round {number}")
            try:
                compared = self._round(compared)
            except (AccountUnread, PreflightRefused) as error:
                return replace(compared, unread="" if compared.venue else str(error))
            if (
                all(each.is_settled for each in (compared.page, compared.socket))
                and compared.ledger.is_proven
            ):
                break
        return compared

    def _round(self, compared: Compared) -> Compared:
        as_of_us = time.time_ns() // 1_000
        page, socket, ledger = self._page(), self._of_socket(), self._of_ledger()
        venue = self._reader.read(self._ledger.recorded.since_us)
        time.sleep(SETTLE_S)
        theirs = account_figures.of_venue(venue)
        _add(compared.page, page, _without_orders(theirs), self._page())
        _add(compared.socket, socket, theirs, self._of_socket())
        self._add_ledger(compared, ledger, venue)
        return replace(compared, venue=venue, as_of_us=as_of_us)

    def _add_ledger(self, compared: Compared, before: Figures, venue: VenueAccount) -> None:
        after = self._of_ledger()
        recorded = self._ledger.recorded
        compared.ledger.add(
            recorded_figures.since(before, recorded, venue),
            recorded_figures.of_venue(venue, recorded.orders.keys()),
            recorded_figures.since(after, recorded, venue),
        )

    def _page(self) -> dict[str, str]:
        told = self._running.ask("/rl/trader/status")
        return _without_orders(
            account_figures.of_page(
                [*(told["positions"] or ()), *(told["closed"] or ())], told["open_orders"], told["balance"]
            )
        )

    def _of_socket(self) -> dict[str, str]:
        return self._socket.look(account_figures.of_mirror)

    def _of_ledger(self) -> dict[str, str]:
        return recorded_figures.of_ledger(self._ledger.refresh())


def _add(comparison: Comparison, before: Figures, venue: Figures, after: Figures) -> None:
    ours_before, ours_after = (account_figures.comparable(figures, venue) for figures in (before, after))
    comparison.add(ours_before, venue, ours_after)


def _without_orders(figures: Figures) -> dict[str, str]:
    return {key: text for key, text in figures.items() if not key.startswith("order ")}
