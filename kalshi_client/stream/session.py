"""One WebSocket connection's messages about some books, and the commands that follow from them.

A session is a value without I/O: the shell says when a connection opened or ended, sends what
``connected`` and ``commands`` hand out, and feeds every frame to ``receive``. A new connection
starts empty (protocol 5.1), so ``connected`` forgets everything but the counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kalshi_client.stream.book_subscription import BOOKS, TRADES, BookSubscription
from kalshi_client.stream.changes import apply_changes, decode_all
from kalshi_client.stream.sequence import Verdict
from kalshi_client.stream.session_events import (
    AuditFailed,
    GapFound,
    ImpossibleChange,
    SessionEvent,
    TradesMissed,
)
from kalshi_client.stream.subscription import MAX_ATTEMPTS
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

BookEvent = GapFound | ImpossibleChange | AuditFailed | TradeMessage | TradesMissed | SessionEvent


class BookSession(BookSubscription):
    """The books of some markets over one connection, and their public trades if wanted.

    A change is applied only to a book whose snapshot came before it with no loss in between, so
    a book is right, or ``books.untrusted`` names it. The shell asks again (``ask_again``) for what
    stays untrusted too long; a session has no clock.
    """

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
        """Apply changes of trusted books, each the next of its subscription.

        Answers the position of the first frame that is anything else, which is left untouched.
        """
        first = self._sequences.last(self._book_sid) + 1
        taken = apply_changes(
            frames[start:] if start else frames,
            self._trusted,
            self._books.changed,
            self._books.tape.rows,
            sid=self._book_sid,
            first_seq=first,
            received_us=received_us,
        )
        if taken:
            newest = frames[start + taken - 1]
            self.sent_ms = None if newest is None else newest.sending_ts_ms
            self._took(first + taken - 1, received_us)
            self.counters.frames += taken
            self._books.deltas += taken
        return start + taken

    def _took(self, seq: int, received_us: int) -> None:
        """Every message of the books up to ``seq`` is in them, or was missed and they say so."""
        self._sequences.advance(self._book_sid, seq)
        self._books.seqs[self._connection] = seq
        self._books.confirmed_us[self._connection] = self.confirmed_us = received_us

    def _receive_rare(self, message: Message, received_us: int) -> Sequence[BookEvent]:
        if not self.counters.heard(message):
            return ()
        match message:
            case BookDelta() | BookSnapshot():
                return self._on_book(message, received_us)
            case TradeMessage():
                return self._on_trade(message)
            case Ok() | Unsubscribed() | ErrorMessage():
                return self._on_reply(message)
            case Subscribed():
                return self._on_subscribed(message)
            case Malformed():
                return (message, *self._on_malformed(message, received_us))
            case _:
                return ()  # of a channel that nobody asked for here

    def _on_subscribed(self, reply: Subscribed) -> tuple[SessionEvent, ...]:
        events: tuple[SessionEvent, ...] = ()
        if self._sids.get(reply.sid, reply.channel) != reply.channel:  # it ended, and nobody said so
            events = self._on_terminal(ErrorMessage(0, reply.sid, None, 0, "", ()))
        if reply.sid not in self._sids:
            self._sequences.start(reply.sid)
            self._membership.subscribed(reply.sid, reply.request_id)
            self._membership.leave_out(reply.sid, self._left_out)
            if reply.channel == BOOKS:
                self._distrust(self._tickers, "subscription_lost")  # were there another one before it
                self._book_sid = reply.sid
        events += super()._on_subscribed(reply)
        self._tell_membership()
        return events

    def _on_book(self, message: BookDelta | BookSnapshot, received_us: int) -> Sequence[BookEvent]:
        if message.sid != self._book_sid:
            self.counters.unbased += 1
            return ()
        verdict, expected = self._sequences.book(message.sid, message.seq)
        if verdict is Verdict.DUPLICATE:
            self.counters.duplicates += 1
            return ()
        events: tuple[BookEvent, ...] = ()
        if verdict is Verdict.GAP:
            events = self._on_gap(GapFound(message.sid, expected, message.seq), message)
        self._took(message.seq, received_us)
        if isinstance(message, BookSnapshot):
            return (*events, *self._on_snapshot(message, received_us))
        return (*events, *self._on_change(message, received_us))

    def _on_change(self, change: BookDelta, received_us: int) -> tuple[BookEvent, ...]:
        book = self._trusted.get(change.ticker)
        if book is None:
            self.counters.unbased += 1
            return ()
        if not book.apply(change.side, change.price_e4, change.delta_e2):
            self.distrust([change.ticker], "negative_level")
            return (ImpossibleChange(change.ticker),)
        self._books.tape.changed(book.market, change.side, change.price_e4, change.delta_e2)
        self._books.deltas += 1
        self._books.changed.setdefault(change.ticker, received_us)
        return ()

    def _on_snapshot(self, snapshot: BookSnapshot, received_us: int) -> tuple[BookEvent, ...]:
        ticker = snapshot.ticker
        if snapshot.request_id:
            self._membership.granted(snapshot.request_id)
        else:
            self._membership.shown(snapshot.sid, ticker)
        # A book without the changes that follow it would be wrong soon, and nothing would say so.
        if ticker not in self._tickers or not self._membership.has(snapshot.sid, ticker):
            return ()
        if not self._membership.is_proved_by(snapshot.request_id, snapshot.sid, ticker):
            return ()
        events = self._compare(snapshot) if ticker in self._trusted else ()
        book = self._books.confirm(
            ticker, snapshot.yes, snapshot.no, received_us=received_us, connection=self._connection
        )
        if book is not None:
            self._trusted[ticker] = self.shown[ticker] = book
            if len(self._trusted) == len(self._tickers):
                self._attempts = 0
        if ticker in self._disproved:
            self._books.distrust([ticker], "audit")
        return events

    def _compare(self, snapshot: BookSnapshot) -> tuple[BookEvent, ...]:
        """Whether a book is what the venue says it is. If not, its changes may not be sent to us: it is
        followed and not trusted until an audit agrees; the second time, until its changes come as well."""
        ticker = snapshot.ticker
        book = self._trusted[ticker]
        self.counters.audits += 1
        if (book.yes, book.no) == (snapshot.yes, snapshot.no):
            if (book.yes, book.no) != self._disproved.get(ticker):
                self._disproved.pop(ticker, None)
            return ()
        self.counters.audits_failed += 1
        is_known = ticker in self._disproved
        self._disproved[ticker] = (dict(snapshot.yes), dict(snapshot.no)) if ticker in self._failed else None
        self._failed.add(ticker)
        if is_known:
            return ()
        self.distrust([other for other in self._tickers if other not in self._disproved], "audit")
        return (AuditFailed(ticker),)

    def _on_trade(self, trade: TradeMessage) -> Sequence[BookEvent]:
        verdict, _ = self._sequences.book(trade.sid, trade.seq)
        if verdict is Verdict.DUPLICATE:
            self.counters.duplicates += 1
            return ()
        if verdict is Verdict.STRAY or self._sids.get(trade.sid) != TRADES:
            self.counters.unbased += 1
            return ()
        self._trade_attempts = 0
        self._books.trade_seqs[self._connection] = trade.seq
        return (TradesMissed(), trade) if verdict is Verdict.GAP else (trade,)

    # --- what goes wrong -------------------------------------------------------------------------

    def _on_gap(self, gap: GapFound, message: Message | None = None) -> tuple[BookEvent, ...]:
        self.counters.gaps += 1
        self._distrust(self._tickers, "gap")
        if not self._another_attempt():
            return (gap, *self._give_up(f"{MAX_ATTEMPTS} gaps without a recovery between them"))
        # A snapshot that showed the gap comes after what was lost, so it is good.
        known = message.ticker if isinstance(message, BookSnapshot) else ""
        self._request_snapshots(ticker for ticker in self._tickers if ticker != known)
        return (gap,)

    def _on_malformed(self, message: Malformed, received_us: int) -> tuple[BookEvent, ...]:
        """It may have been a change of any book: who waits for the gap trusts too long."""
        if message.sid is not None:
            return self._on_impossible(message, message.sid, received_us)
        if message.type_name not in _MAY_CHANGE_A_BOOK:
            return ()
        self._distrust(self._tickers, "malformed")
        if not self._another_attempt():
            return self._give_up(f"{MAX_ATTEMPTS} malformed messages without a recovery between them")
        self._request_snapshots(self._tickers)
        return ()

    def _on_impossible(self, message: Malformed, sid: int, received_us: int) -> tuple[BookEvent, ...]:
        """It came in its turn, and what it says of one book cannot be true: the others are not concerned."""
        if sid != self._book_sid:
            return ()
        verdict, expected = self._sequences.book(sid, message.seq)
        if verdict is Verdict.DUPLICATE:
            return ()
        events = self._on_gap(GapFound(sid, expected, message.seq)) if verdict is Verdict.GAP else ()
        self._took(message.seq, received_us)
        if message.type_name == "orderbook_snapshot":  # asked for at once it would be the same again
            self._distrust([message.ticker], "malformed")
        else:
            self.distrust([message.ticker], "malformed")
        return events

    def _on_reply(self, reply: Ok | Unsubscribed | ErrorMessage) -> Sequence[BookEvent]:
        events: tuple[BookEvent, ...] = ()
        if reply.sid is not None and reply.seq is not None:
            verdict, expected = self._sequences.reply(reply.sid, reply.seq)
            if verdict is Verdict.GAP:
                gap = GapFound(reply.sid, expected, reply.seq)
                events = self._on_gap(gap) if reply.sid == self._book_sid else (TradesMissed(),)
        if isinstance(reply, ErrorMessage):
            return (*events, *self._on_error(reply))
        if isinstance(reply, Unsubscribed):
            return (*events, *self._on_unsubscribed(reply))
        self._membership.granted(reply.request_id, reply.tickers)
        self._distrust_unsent()
        return events

    def _on_terminal(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        ended = [error.sid] if error.sid is not None else list(self._sids)
        events = super()._on_terminal(error)
        if events:
            for sid in ended:
                self._sequences.retire(sid)
                self._membership.forget(sid)
            if self._book_sid in ended:
                self._book_sid = -1
                self._distrust(self._tickers, "subscription_lost")
        return events
