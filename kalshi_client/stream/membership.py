"""The markets that the venue sends on each subscription, as far as we have asked (protocol 5.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple

Action = Literal["add_markets", "delete_markets", "get_snapshot"]

MARKETS_A_COMMAND: Final = 1_000  # a command stays far below the size of a frame
RETRIED_TOGETHER: Final = (
    2  # refused markets, each in a command of its own: every refusal is a line in the log
)
MOST_UNANSWERED: Final = 1_000  # commands remembered that nothing ever answered
MOST_SUBSCRIBING: Final = 20  # requests to subscribe that are remembered, answered or not
NOT_THE_MARKETS: Final = frozenset({1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 15, 18, 25, 27})
"""Errors (5.3) that no other choice of markets would spare us."""


class Asked(NamedTuple):
    """A command that has not been answered."""

    sid: int
    action: Action
    tickers: list[str]


class Membership:
    """The markets of each subscription of one connection."""

    def __init__(self) -> None:
        self.newest_answer = 0
        """The latest request that the venue has answered: what it sent before that has come."""
        self._subscribing: dict[int, list[str]] = {}  # by the request that asked for them
        self._members: dict[int, set[str]] = {}  # by sid
        self._refused: dict[int, dict[str, None]] = {}  # by sid, the longest ago first
        self._asked: dict[int, Asked] = {}  # by request
        self._late: dict[int, Asked] = {}  # of subscriptions that had ended before they were answered
        # The newest unanswered request to add or delete a market, by (sid, ticker).
        self._adding: dict[tuple[int, str], int] = {}
        self._deleting: dict[tuple[int, str], int] = {}

    def subscribing(self, request_id: int, tickers: Iterable[str]) -> None:
        """A subscription to these markets is asked for."""
        self._subscribing[request_id] = list(tickers)
        if len(self._subscribing) > MOST_SUBSCRIBING:
            del self._subscribing[next(iter(self._subscribing))]

    def named_by(self, request_id: int) -> list[str]:
        """The markets that a request to subscribe named."""
        return self._subscribing.get(request_id, [])

    def subscribed(self, sid: int, request_id: int) -> None:
        """It stands, with the markets that its request named."""
        self._members[sid] = set(self.named_by(request_id))
        self._refused[sid] = {}

    def keep(self, sids: Collection[int]) -> None:
        """No other subscription stands any more."""
        for sid in [sid for sid in self._members if sid not in sids]:
            self._forget(sid)

    def _forget(self, sid: int) -> None:
        self._members.pop(sid, None)
        self._refused.pop(sid, None)
        # Its number may come again, and an answer to what was asked of it must not count for that.
        late = {request_id: asked for request_id, asked in self._asked.items() if asked.sid == sid}
        for request_id in late:
            self._answered(request_id)
        self._late = dict(list((self._late | late).items())[-MOST_UNANSWERED:])

    def has(self, sid: int, ticker: str) -> bool:
        """Whether the venue sends this market on this subscription."""
        return ticker in self._members.get(sid, ())

    def is_proved_by(self, request_id: int, sid: int, ticker: str) -> bool:
        """Whether all changes of this book come after a snapshot that answers that request (0 for none).

        Commands are carried out in their order. What was asked for before the market was deleted says
        nothing of what came after; and whoever asks by name may be answered although the market was
        never added.
        """
        deleting, adding = self._deleting.get((sid, ticker), 0), self._adding.get((sid, ticker))
        return request_id >= deleting and (not request_id or adding in (None, request_id))

    def unanswered(self, sid: int, tickers: Iterable[str]) -> list[str]:
        """The markets among these that the venue has not confirmed."""
        return [ticker for ticker in tickers if (sid, ticker) in self._adding]

    def changes(self, sid: int, wanted: Collection[str]) -> list[tuple[Action, list[str]]]:
        """The commands by which the subscription comes to have the wanted markets; removals first. A
        market that was refused by itself is left to ``retries``."""
        members = self._members.get(sid)
        if members is None:
            return []
        refused = self._refused[sid]
        for ticker in [ticker for ticker in refused if ticker not in wanted]:
            del refused[ticker]
        surplus = sorted(members.difference(wanted))
        missing = [ticker for ticker in wanted if ticker not in members and ticker not in refused]
        return [*_in_commands("delete_markets", surplus), *_in_commands("add_markets", missing)]

    def retries(self, sid: int) -> list[str]:
        """Some of the markets that were refused by themselves, to be asked for each by itself."""
        return list(self._refused.get(sid, ()))[:RETRIED_TOGETHER]

    def asked(self, request_id: int, asked: Asked) -> None:
        """A command leaves. A change counts as made unless it is refused."""
        self._asked[request_id] = asked
        if asked.action != "get_snapshot":
            pending = self._adding if asked.action == "add_markets" else self._deleting
            pending |= dict.fromkeys(((asked.sid, ticker) for ticker in asked.tickers), request_id)
        if len(self._asked) > MOST_UNANSWERED:
            self._answered(next(iter(self._asked)))
        self._change(asked, is_made=True)

    def granted(self, request_id: int, members: Collection[str] | None = None) -> None:
        """The venue carried out a request; ``members``: what the subscription has, if it says so."""
        self.newest_answer = max(self.newest_answer, request_id)
        if late := self._late.pop(request_id, None):  # carried out on the one that has its number now
            self._change(late, is_made=True)
        asked = self._answered(request_id)
        if asked is None or asked.action != "add_markets" or not members:
            return
        changes = (other for other in self._asked.values() if other.action != "get_snapshot")
        later = {ticker for change in changes for ticker in change.tickers}
        told = set(members)
        if lacking := [ticker for ticker in asked.tickers if ticker not in told and ticker not in later]:
            self.leave_out(asked.sid, lacking)

    def refused(self, request_id: int) -> Asked | None:
        """The venue refused a request; if it was a change, it was not made. What was asked for."""
        self.newest_answer = max(self.newest_answer, request_id)
        self._late.pop(request_id, None)
        asked = self._answered(request_id)
        if asked is not None:
            self._change(asked, is_made=False)
        return asked

    def waiting(self) -> dict[int, str]:
        """The subjects of the requests that are still to be answered, by request.

        Commands are carried out in their order: books that were asked for before something that has been
        answered were sent, or lost and are asked for again as they are missed. A change that was asked
        for anew is for the newer request to answer.
        """
        return {
            request_id: f"{asked.action} for {len(asked.tickers)} markets"
            for request_id, asked in self._asked.items()
            if self._is_waiting(request_id, asked)
        }

    def _is_waiting(self, request_id: int, asked: Asked) -> bool:
        if asked.action == "get_snapshot":
            return request_id > self.newest_answer
        pending = self._adding if asked.action == "add_markets" else self._deleting
        return any(pending.get((asked.sid, ticker)) == request_id for ticker in asked.tickers)

    def shown(self, sid: int, ticker: str) -> None:
        """A book came that names no request: it answers the oldest that asked for it."""
        for request_id, asked in self._asked.items():
            if asked.sid == sid and asked.action == "get_snapshot" and ticker in asked.tickers:
                del self._asked[request_id]
                return

    def leave_out(self, sid: int, tickers: Iterable[str]) -> None:
        """The venue does not send these: only ``retries`` names them from now on."""
        if sid in self._members:
            left_out = dict.fromkeys(tickers)
            self._members[sid].difference_update(left_out)
            self._refused[sid] |= left_out

    def _answered(self, request_id: int) -> Asked | None:
        asked = self._asked.pop(request_id, None)
        if asked is not None and asked.action != "get_snapshot":
            pending = self._adding if asked.action == "add_markets" else self._deleting
            for ticker in asked.tickers:
                if pending.get((asked.sid, ticker)) == request_id:
                    del pending[asked.sid, ticker]
        return asked

    def _change(self, asked: Asked, *, is_made: bool) -> None:
        members = self._members.get(asked.sid)
        if members is None or asked.action == "get_snapshot":
            return
        if (asked.action == "add_markets") is is_made:
            members.update(asked.tickers)
        else:
            members.difference_update(asked.tickers)
        for ticker in asked.tickers:
            self._refused[asked.sid].pop(ticker, None)


def narrower(tickers: Sequence[str], culprits: Collection[str]) -> tuple[list[list[str]], list[str]]:
    """The commands to send instead of one that was refused for one of its markets, and the markets that
    can be told to be the reason: those that the refusal names, or the only one."""
    named = [ticker for ticker in tickers if ticker in culprits]
    if named:
        others = [ticker for ticker in tickers if ticker not in culprits]
        return [others] if others else [], named
    if len(tickers) < 2:
        return [], list(tickers)
    half = len(tickers) // 2
    return [list(tickers[:half]), list(tickers[half:])], []


def _in_commands(action: Action, tickers: list[str]) -> list[tuple[Action, list[str]]]:
    starts = range(0, len(tickers), MARKETS_A_COMMAND)
    return [(action, tickers[start : start + MARKETS_A_COMMAND]) for start in starts]
