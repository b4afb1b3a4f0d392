"""Takes the frames of one connection into its books.

The half of a ``session.BookSession`` that listens. What is found wrong is a value that goes down once, to
``book_recovery``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kalshi_client.stream.book_recovery import BookRecovery
from kalshi_client.stream.book_requests import BookRequests, Reply
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.changes import apply_changes, decode_all
from kalshi_client.stream.followed_books import FollowedBooks
from kalshi_client.stream.sequence import Numbers, Verdict
from kalshi_client.stream.session_events import (
    BookEvent,
    Counters,
    GapFound,
    TradesMissed,
)
from kalshi_client.wire.frames import Frame
from kalshi_client.wire.messages import decode
from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    Malformed,
    Message,
    Ok,
    Subscribed,
    Unsubscribed,
)

_MAY_CHANGE_A_BOOK: Final = frozenset({"", "orderbook_delta", "orderbook_snapshot"})


class BookReader:
    """Reads the frames of one connection, thousands a second."""

    def __init__(
        self,
        books: BookSet,
        connection: int,
        requests: BookRequests,
        held: FollowedBooks,
        recovery: BookRecovery,
        counters: Counters,
    ) -> None:
        self.sent_ms: int | None = None
        """When the venue queued the newest change that was taken, by its clock, if it says so."""
        self.confirmed_us = 0
        """When the last message came that had missed nothing before it; 0 for never."""
        self._books = books
        self._connection = connection
        self._requests = requests
        self._held = held
        self._recovery = recovery
        self._counters = counters
        self._taped_trade_seq = 0

    def receive(self, frames: Sequence[bytes], received_us: int) -> list[BookEvent]:
        """Take the frames into the books. Answers what else they mean, mostly nothing.

        Never raises; what it cannot use it counts.
        """
        events: list[BookEvent] = []
        decoded = decode_all(frames)
        position, count = self._receive_changes(decoded, 0, received_us), len(frames)
        while position < count:
            events += self._receive_rare(decode(frames[position]), received_us)
            position = self._receive_changes(decoded, position + 1, received_us)
        self._tell_tape(received_us)
        return events

    def _tell_tape(self, received_us: int) -> None:
        """Write down the numbers that the books and the trades have come to."""
        books, connection = self._books, self._connection
        seq = books.seqs.get(connection)
        if seq is not None and self.confirmed_us == received_us:
            books.tape.took(connection, seq, received_us)
        trade_seq = books.trade_seqs.get(connection, 0)
        if trade_seq != self._taped_trade_seq:
            self._taped_trade_seq = trade_seq
            books.tape.heard_trade(connection, trade_seq)

    def _receive_changes(self, frames: Sequence[Frame | None], start: int, received_us: int) -> int:
        """Apply changes of followed books, each the next of its subscription.

        Answers the position of the first frame that is anything else, which is left untouched.
        """
        book = self._requests.book
        numbers = book.numbers
        first = numbers.last + 1
        taken = apply_changes(
            frames[start:] if start else frames,
            self._held.followed,
            self._books.changed,
            self._books.tape.rows,
            sid=book.sid,
            first_seq=first,
            received_us=received_us,
        )
        if taken:
            newest = frames[start + taken - 1]
            self.sent_ms = None if newest is None else newest.sending_ts_ms
            self._took(numbers, first + taken - 1, received_us)
            self._counters.frames += taken
            self._books.deltas += taken
        return start + taken

    def _took(self, numbers: Numbers, seq: int, received_us: int) -> None:
        """Every message of the books up to ``seq`` is in them, or was missed and they say so."""
        numbers.advance(seq)
        self._books.seqs[self._connection] = seq
        self._books.confirmed_us[self._connection] = self.confirmed_us = received_us

    def _receive_rare(self, message: Message, received_us: int) -> Sequence[BookEvent]:
        if not self._counters.heard(message):
            return ()
        match message:
            case BookDelta() | BookSnapshot():
                return self._on_book(message, received_us)
            case TradeMessage():
                return self._on_trade(message)
            case Subscribed() | Unsubscribed() | Ok() | ErrorMessage():
                return self._on_reply(message)
            case Malformed(sid=None, type_name=name):
                return (message, *(self._recovery.unreadable() if name in _MAY_CHANGE_A_BOOK else ()))
            case Malformed():
                return (message, *self._on_untrue(message, received_us))
            case _:
                return ()  # of a channel that nobody asked for here

    def _on_book(self, message: BookDelta | BookSnapshot, received_us: int) -> Sequence[BookEvent]:
        book = self._requests.book
        if message.sid != book.sid:
            self._counters.unbased += 1
            return ()
        verdict, expected = book.numbers.take(message.seq)
        if verdict is Verdict.DUPLICATE:
            self._counters.duplicates += 1
            return ()
        events: tuple[BookEvent, ...] = ()
        if verdict is Verdict.GAP:
            known = message.ticker if isinstance(message, BookSnapshot) else ""
            events = self._recovery.lost(GapFound(message.sid, expected, message.seq), known=known)
        self._took(book.numbers, message.seq, received_us)
        if isinstance(message, BookSnapshot):
            return (*events, *self._on_snapshot(message, received_us))
        impossible = self._held.change(message, received_us)
        return events if impossible is None else (*events, *self._recovery.impossible(impossible))

    def _on_snapshot(self, snapshot: BookSnapshot, received_us: int) -> tuple[BookEvent, ...]:
        # A book without the changes that follow it would be wrong soon, and nothing would say so.
        if not self._requests.is_followed_up(snapshot):
            return ()
        failed = self._held.show(snapshot, received_us)
        events = () if failed is None else self._recovery.disproved(failed)
        if len(self._held.followed) == len(self._requests.tickers):
            self._requests.book.attempts.succeeded()
        return events

    def _on_untrue(self, message: Malformed, received_us: int) -> tuple[BookEvent, ...]:
        """It is numbered, and its values cannot be."""
        book = self._requests.book
        if message.sid is None or message.sid != book.sid:
            return ()
        verdict, expected = book.numbers.take(message.seq)
        if verdict is Verdict.DUPLICATE:
            return ()
        gap = GapFound(message.sid, expected, message.seq)
        events = self._recovery.lost(gap) if verdict is Verdict.GAP else ()
        self._took(book.numbers, message.seq, received_us)
        self._recovery.untrue(message)
        return events

    def _on_trade(self, trade: TradeMessage) -> Sequence[BookEvent]:
        subscription = self._requests.trade
        if trade.sid != subscription.sid:
            self._counters.unbased += 1
            return ()
        verdict, _ = subscription.numbers.take(trade.seq)
        if verdict is Verdict.DUPLICATE:
            self._counters.duplicates += 1
            return ()
        subscription.attempts.succeeded()
        self._books.trade_seqs[self._connection] = trade.seq
        return (TradesMissed(), trade) if verdict is Verdict.GAP else (trade,)

    def _on_reply(self, reply: Reply) -> Sequence[BookEvent]:
        events, before = self._missed_before(reply), self._requests.book.sid
        events += self._requests.take(reply)
        if self._requests.book.sid != before:
            self._held.distrust(self._requests.tickers, "subscription_lost")
        # A book whose changes the venue does not send will be wrong, and nothing would say so.
        self._held.distrust(self._requests.unsent(self._held.followed), "refused")
        return events

    def _missed_before(self, reply: Reply) -> tuple[BookEvent, ...]:
        """The number of a reply may show that something was lost before it."""
        if isinstance(reply, Subscribed) or reply.seq is None:
            return ()
        subscription = self._requests.subscriptions.by_sid(reply.sid)
        if subscription is None:
            return ()
        verdict, expected = subscription.numbers.take_reply(reply.seq)
        if verdict is not Verdict.GAP:
            return ()
        if subscription is not self._requests.book:
            return (TradesMissed(),)
        return self._recovery.lost(GapFound(subscription.sid or 0, expected, reply.seq))
