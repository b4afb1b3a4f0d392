"""Decides when the Selector hears of the account: after each change, and no two times too close together."""

from __future__ import annotations

from typing import Final

ACCOUNT_GAP_S: Final = 0.04  # no two accounts closer than this


class AccountNews:
    """The state of the account that the Selector knows; times are monotonic seconds."""

    def __init__(self) -> None:
        self._version = 0
        self._known = (-1, -1)  # version and credits
        self._told_at = float("-inf")

    def changed(self) -> None:
        """The account is another one."""
        self._version += 1

    def start_over(self) -> None:
        """The Selector is new and knows nothing."""
        self._known = (-1, -1)

    def is_due(self, granted: int, now: float) -> bool:
        """Whether to tell the account now; ``granted``: the credits that would be told with it."""
        return (self._version, granted) != self._known and now - self._told_at >= ACCOUNT_GAP_S

    def told(self, granted: int, now: float) -> None:
        self._known, self._told_at = (self._version, granted), now
