"""The markets that one connection is to carry, and the commands that ask the venue to send them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from kalshi_client.stream.command_queue import CommandQueue
from kalshi_client.stream.membership import NOT_THE_MARKETS, Action, Asked, Membership, narrower
from kalshi_client.stream.subscriptions import OtherWay, Request
from kalshi_client.wire import commands
from kalshi_client.wire.values import ErrorMessage

MARKET_LIMIT: Final = 26  # error code (5.3)

_COMMANDS: Final = {
    "add_markets": commands.add_markets,
    "delete_markets": commands.delete_markets,
    "get_snapshot": commands.get_snapshot,
}


class WantedMarkets:
    """The scope of subscriptions that name their markets."""

    def __init__(self, tickers: Iterable[str]) -> None:
        self.tickers = dict.fromkeys(tickers)  # a set that keeps the order
        self.start_over(CommandQueue())

    def start_over(self, queue: CommandQueue) -> None:
        """A connection opened, whose commands wait in ``queue``."""
        self._queue = queue
        self.membership = Membership()
        self._left_out: dict[str, None] = {}  # refused before the subscription stood
        self._one_too_many: dict[str, None] = {}

    # --- as the scope of subscriptions -------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """No market is wanted, and naming none would ask for all of them."""
        return not self.tickers

    def subscribe(self, request_id: int, request: Request) -> bytes:
        """The command that asks for these channels."""
        named = self._not_left_out() or self.tickers if request.tickers is None else request.tickers
        self.membership.subscribing(request_id, named)
        return commands.subscribe(request_id, request.channels, tickers=named)

    def other_way(self, refusal: ErrorMessage, channels: Sequence[str]) -> OtherWay:
        """With fewer markets; the others are added when the subscription stands."""
        named = self.membership.named_by(refusal.request_id)
        if len(channels) > 1 and not refusal.tickers:  # each by itself: it may be for one of them only
            return OtherWay([Request([channel], named) for channel in channels])
        if refusal.code in NOT_THE_MARKETS:
            return OtherWay()
        parts, refused = narrower(named, refusal.tickers)
        self._left_out |= dict.fromkeys(refused)
        if parts:
            return OtherWay([Request(channels, parts[0])])
        others = self._not_left_out()
        return OtherWay([Request(channels, others)], is_attempt=True) if others else OtherWay()

    def _not_left_out(self) -> list[str]:
        return [ticker for ticker in self.tickers if ticker not in self._left_out]

    # --- what is asked for -------------------------------------------------------------------------

    def settle(self, sids: Iterable[int]) -> None:
        """Bring what the venue sends on these subscriptions up to what is wanted."""
        for sid in sids:
            for action, tickers in self.membership.changes(sid, self.tickers):
                self._ask(sid, action, tickers)

    def ask_for_books(self, sid: int, tickers: Iterable[str]) -> None:
        """Ask for the books of those that the venue sends on this subscription, all in one command."""
        if wanted := [ticker for ticker in tickers if self.membership.has(sid, ticker)]:
            self._ask(sid, "get_snapshot", wanted)

    def add_unanswered(self, sid: int, tickers: Iterable[str]) -> None:
        """Ask once more for those that the venue has neither added nor refused."""
        if unanswered := self.membership.unanswered(sid, tickers):
            self._ask(sid, "add_markets", unanswered)

    def add_refused(self, sids: Iterable[int]) -> None:
        """Ask once more for some that were refused, each by itself."""
        for sid in sids:
            for ticker in self.membership.retries(sid):
                self._ask(sid, "add_markets", [ticker])

    def _ask(self, sid: int, action: Action, tickers: list[str]) -> None:
        request_id = self._queue.new_id()
        self.membership.asked(request_id, Asked(sid, action, tickers))
        self._queue.put(_COMMANDS[action](request_id, sid, tickers))

    # --- what the venue says -----------------------------------------------------------------------

    def stand(self, sid: int, request_id: int) -> None:
        """A subscription that was asked for with this command stands."""
        self.membership.subscribed(sid, request_id)
        self.membership.leave_out(sid, self._left_out)

    def refuse(self, error: ErrorMessage) -> Asked | None:
        """One market that the venue does not know, or one too many, costs the others nothing."""
        asked = self.membership.refused(error.request_id)
        if asked is not None and asked.action != "delete_markets" and error.code not in NOT_THE_MARKETS:
            refused = self._ask_less(asked, error.tickers)
            if error.code == MARKET_LIMIT:
                self._one_too_many |= dict.fromkeys(refused)
        return asked

    def crowded_out(self, sids: Collection[int]) -> list[str]:
        """The markets that were refused because a subscription has as many as it may."""
        return [
            ticker
            for ticker in self._one_too_many
            if ticker in self.tickers and not all(self.membership.has(sid, ticker) for sid in sids)
        ]

    def _ask_less(self, asked: Asked, culprits: Sequence[str]) -> list[str]:
        """Ask for the others; those that are to blame."""
        parts, refused = narrower(asked.tickers, culprits)
        if asked.action == "add_markets":
            self.membership.leave_out(asked.sid, refused)
        for part in parts:
            self._ask(asked.sid, asked.action, part)
        return refused
