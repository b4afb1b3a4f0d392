"""Asks one connection for the books of some markets, and for their public trades if wanted.

The half of a ``session.BookSession`` that speaks; it knows no book.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kalshi_client.stream.command_queue import CommandQueue
from kalshi_client.stream.session_events import SessionEvent
from kalshi_client.stream.subscription import Attempts, Subscription
from kalshi_client.stream.subscriptions import Subscriptions, is_end
from kalshi_client.stream.wanted_markets import WantedMarkets
from kalshi_client.wire import commands
from kalshi_client.wire.values import BookSnapshot, ErrorMessage, Ok, Subscribed, Unsubscribed

BOOKS: Final = commands.BOOK_CHANNEL
TRADES: Final = "trade"
UNKNOWN_SUBSCRIPTION: Final = 7  # error code (5.3)

Reply = Subscribed | Unsubscribed | Ok | ErrorMessage


class BookRequests:
    """The subscriptions of one connection to some markets, and its commands."""

    def __init__(self, tickers: Iterable[str], *, with_trades: bool) -> None:
        self._with_trades = with_trades
        self._markets = WantedMarkets(tickers)
        self.start_over()

    def start_over(self) -> None:
        """A connection opened, which has nothing yet."""
        self._queue = CommandQueue()
        self.book = Subscription(BOOKS, Attempts())
        self.trade = Subscription(TRADES, Attempts(), is_vital=False)  # books do without trades
        wanted = [self.book, self.trade] if self._with_trades else [self.book]
        self._markets.start_over(self._queue)
        self.subscriptions = Subscriptions(wanted, self._markets, self._queue)

    @property
    def tickers(self) -> dict[str, None]:
        """The markets that are wanted, in the order they were added."""
        return self._markets.tickers

    @property
    def crowded_out(self) -> list[str]:
        """The markets that were refused because a subscription has as many as it may."""
        return self._markets.crowded_out(self.subscriptions.sids)

    def take_commands(self) -> list[bytes]:
        """The commands to send since the last call."""
        return self._queue.take()

    def look(self, now: float) -> Sequence[SessionEvent]:
        """The consequences of the time alone: commands that have had no answer for too long."""
        return self.subscriptions.look(now, self._markets.membership.waiting())

    # --- what is asked for -------------------------------------------------------------------------

    def add(self, tickers: Iterable[str]) -> None:
        """Want more markets."""
        self._markets.tickers |= dict.fromkeys(tickers)
        self._settle()

    def remove(self, tickers: Iterable[str]) -> None:
        """Want these no longer."""
        for ticker in tickers:
            self._markets.tickers.pop(ticker, None)
        self._settle()

    def ask_for_books(self, tickers: Iterable[str]) -> None:
        """None before the subscription stands: their snapshots are on their way."""
        if self.book.sid is not None:
            self._markets.ask_for_books(self.book.sid, tickers)

    def ask_again(self, tickers: Sequence[str]) -> None:
        """Ask once more for these books, and for some markets that were refused."""
        if self.book.sid is not None:
            self._markets.add_unanswered(self.book.sid, tickers)
        self.ask_for_books(tickers)
        self._settle()
        self._markets.add_refused(self.subscriptions.sids)

    def _settle(self) -> None:
        """Bring what the venue sends up to what is wanted."""
        self.subscriptions.ask_for_idle()
        self._markets.settle(self.subscriptions.sids)

    # --- what the venue says -----------------------------------------------------------------------

    def take(self, reply: Reply) -> tuple[SessionEvent, ...]:
        """Take an answer, or the end of a subscription."""
        match reply:
            case Subscribed():
                return self._stand(reply)
            case Unsubscribed():  # nobody asks for it: the venue ended it, whatever its reason
                return self._lose(reply.sid)
            case ErrorMessage():
                return self._on_error(reply)
            case Ok():
                self._markets.membership.granted(reply.request_id, reply.tickers)
                return ()

    def _stand(self, reply: Subscribed) -> tuple[SessionEvent, ...]:
        events = self._lose(reply.sid) if self.subscriptions.is_of_another(reply) else ()
        if self.subscriptions.stand(reply):
            self._markets.stand(reply.sid, reply.request_id)
            self._markets.membership.keep(self.subscriptions.sids)
        self._settle()
        return (*events, reply)

    def _on_error(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        asked = self._markets.refuse(error)
        if error.code == UNKNOWN_SUBSCRIPTION and asked is not None:  # it ended, and we missed that
            return self._lose(asked.sid, error.code)
        if is_end(error):
            return self._lose(error.sid, error.code)
        return self.subscriptions.refuse(error)

    def _lose(self, sid: int | None, code: int = 0) -> tuple[SessionEvent, ...]:
        events = self.subscriptions.lose(sid, code)
        self._markets.membership.keep(self.subscriptions.sids)
        return events

    # --- what follows for a book -------------------------------------------------------------------

    def unsent(self, tickers: Iterable[str]) -> list[str]:
        """The markets among these whose changes the venue does not send."""
        return [ticker for ticker in tickers if not self._is_sent(ticker)]

    def is_followed_up(self, snapshot: BookSnapshot) -> bool:
        """Whether the venue sends all changes that come after this book, and it is wanted."""
        membership, sid, ticker = self._markets.membership, snapshot.sid, snapshot.ticker
        if snapshot.request_id:
            membership.granted(snapshot.request_id)
        else:
            membership.shown(sid, ticker)
        if ticker not in self._markets.tickers or not membership.has(sid, ticker):
            return False
        return membership.is_proved_by(snapshot.request_id, sid, ticker)

    def _is_sent(self, ticker: str) -> bool:
        return self.book.sid is not None and self._markets.membership.has(self.book.sid, ticker)
