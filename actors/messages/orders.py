"""Messages from an intent to its order's fate, and about the account that it moves."""

from __future__ import annotations

from actors.messages.base import Message
from trading.actions import Intent
from trading.decision import Account
from trading.events import SessionValued


class OrderIntents(Message, frozen=True):
    batch_no: int
    intents: list[Intent]


class AccountObserved(Message, frozen=True):
    """The account as it is now, and which orders may be asked for.

    ``credits`` counts every write granted since this Selector was wired, used ones included, so a
    message under way neither loses nor doubles one. ``outcomes`` are those new since the last.
    """

    account: Account
    credits: int
    outcomes: list[tuple[str, str]]  # (decision, outcome)


class FactsCommitted(Message, frozen=True):
    """``live`` holds only while the private stream is connected and reconciled since. ``checked`` is the
    number of the newest check that was asked for and is done; 0 before the first."""

    outbox_id: str
    seq: int
    live: bool
    generation: int
    checked: int = 0


class AccountCheckRequested(Message, frozen=True):
    """Nobody sends orders before the account was read anew and found right, or said to be wrong.

    May come again under the same number, until that is told to be ``checked``.
    """

    number: int


class AccountValued(Message, frozen=True):
    """The last word of a session on its account."""

    valued: SessionValued
