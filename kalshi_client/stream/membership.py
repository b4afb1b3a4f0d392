"""Which markets does the venue send on each subscription, as far as we have asked? (protocol 5.2)"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal

Change = Literal["add_markets", "delete_markets"]

MARKETS_A_COMMAND: Final = 1_000  # a command stays far below the size of a frame


class Membership:
    """The markets of each subscription of one connection."""

    def __init__(self) -> None:
        self._subscribing: dict[int, set[str]] = {}  # by the request that asked for them
        self._members: dict[int, set[str]] = {}  # by sid
        self._asked: dict[int, tuple[int, Change, list[str]]] = {}  # by request

    def subscribing(self, request_id: int, tickers: Iterable[str]) -> None:
        """A subscription to these markets is asked for."""
        self._subscribing[request_id] = set(tickers)

    def subscribed(self, sid: int, request_id: int) -> None:
        """It stands, with the markets that its request named."""
        self._members[sid] = set(self._subscribing.get(request_id, ()))

    def forget(self, sid: int) -> None:
        """The subscription is over."""
        self._members.pop(sid, None)

    def has(self, sid: int, ticker: str) -> bool:
        """Whether the venue sends this market on this subscription."""
        return ticker in self._members.get(sid, ())

    def changes(self, sid: int, wanted: Collection[str]) -> list[tuple[Change, list[str]]]:
        """What to ask for so that the subscription has the wanted markets; removals first."""
        members = self._members.get(sid)
        if members is None:
            return []
        surplus = sorted(members.difference(wanted))
        missing = [ticker for ticker in wanted if ticker not in members]
        return [*_in_commands("delete_markets", surplus), *_in_commands("add_markets", missing)]

    def asked(self, request_id: int, sid: int, action: Change, tickers: list[str]) -> None:
        """A change is asked for; it counts as made unless it is refused."""
        self._asked[request_id] = (sid, action, tickers)
        members = self._members[sid]
        if action == "add_markets":
            members.update(tickers)
        else:
            members.difference_update(tickers)

    def granted(self, request_id: int) -> None:
        """The venue carried out a request."""
        self._asked.pop(request_id, None)

    def refused(self, request_id: int) -> None:
        """The venue refused a request; if it was a change, it was not made."""
        if request_id not in self._asked:
            return
        sid, action, tickers = self._asked.pop(request_id)
        members = self._members.get(sid, set())
        if action == "add_markets":
            members.difference_update(tickers)
        else:
            members.update(tickers)


def _in_commands(action: Change, tickers: list[str]) -> list[tuple[Change, list[str]]]:
    starts = range(0, len(tickers), MARKETS_A_COMMAND)
    return [(action, tickers[start : start + MARKETS_A_COMMAND]) for start in starts]
