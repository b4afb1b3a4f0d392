"""Makes the ids of one world.

All of them derive from the world's own random id, so two starts never share one, whatever seed
their order flow has.
"""

from __future__ import annotations

from uuid import UUID, uuid5


class Ids:
    """Names for the numbered things of a world; the same number always gives the same id."""

    def __init__(self, world_id: UUID) -> None:
        self.world_id = world_id

    def order(self, number: int) -> str:
        return self._make("order", number)

    def client_order(self, user_id: str, number: int) -> str:
        """For an order whose sender named none."""
        return self._make("client_order", f"{user_id} {number}")

    def trade(self, number: int) -> str:
        return self._make("trade", number)

    def group(self, number: int) -> str:
        return self._make("group", number)

    def fee_change(self, number: int) -> str:
        return self._make("fee_change", number)

    def transfer(self, user_id: str, number: int) -> str:
        return self._make("transfer", f"{user_id} {number}")

    def user(self, number: int) -> str:
        return self._make("user", number)

    def key(self, number: int) -> str:
        return self._make("key", number)

    def market(self, ticker: str) -> str:
        return self._make("market", ticker)

    def _make(self, kind: str, name: int | str) -> str:
        return str(uuid5(self.world_id, f"{kind}:{name}"))
