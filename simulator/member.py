"""A user of the exchange's API."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.access.tokens import Budget, Tier
from simulator.engine.accounts.account import Account


@dataclass(slots=True, eq=False)
class Member:
    """An API user: an account, its key and its request budget."""

    key_id: str
    account: Account
    tier: Tier
    budget: Budget
    name: str = ""
    can_write: bool = True  # else its key has the scope ``read`` alone
