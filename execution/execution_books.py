"""The books that orders are priced on and positions may be valued by: those of the execution venue.

Where it is the data venue as well, the watchers' books are these, and nothing more is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from trading.divergence import AgedQuote
from trading.execution_price import Pricing, as_decided
from trading.held_prices import OutcomePrices
from trading.ledger import Ledger
from trading.market import Market


class Marks(Protocol):
    """The values of positions; times are monotonic seconds."""

    def mark(self, ticker: str) -> OutcomePrices: ...
    def confirmed_at(self, ticker: str) -> float: ...


class ExecutionBooks(Marks, Protocol):
    """The books of one account's execution venue (``venue_books``)."""

    @property
    def trouble(self) -> str:
        """Why none of them is known to be right, whatever is known of each; "" while some may be."""
        ...

    def look(self, ledger: Ledger, markets: Mapping[str, Market], now: float) -> list[str]: ...
    def asked(self, tickers: Iterable[str], now: float) -> None: ...
    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]: ...
    def pricing(self, ticker: str, ledger: Ledger) -> Pricing: ...
    def quotes(self, now: float) -> dict[str, AgedQuote | None]: ...
    def connections(self, now: float) -> list[dict[str, Any]]: ...


class WatchedBooks:
    """The watchers' books, on which every order was decided: it is priced already."""

    trouble = ""  # their watchers tell

    def __init__(self, watched: Marks) -> None:
        self._watched = watched

    def look(
        self,
        ledger: Ledger,  # noqa: ARG002  # the watchers look
        markets: Mapping[str, Market],  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> list[str]:
        return []

    def asked(self, tickers: Iterable[str], now: float) -> None:
        """All of them are watched."""

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:  # noqa: ARG002  # the watchers tell
        return []

    def pricing(self, ticker: str, ledger: Ledger) -> Pricing:  # noqa: ARG002  # of any market
        return as_decided

    def mark(self, ticker: str) -> OutcomePrices:
        return self._watched.mark(ticker)

    def confirmed_at(self, ticker: str) -> float:
        return self._watched.confirmed_at(ticker)

    def quotes(self, now: float) -> dict[str, AgedQuote | None]:  # noqa: ARG002  # there is one book, so no two to compare
        return {}

    def connections(self, now: float) -> list[dict[str, Any]]:  # noqa: ARG002  # the watchers hold them
        return []
