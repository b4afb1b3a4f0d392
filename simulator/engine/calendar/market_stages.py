"""The statuses that may follow each status, and the effect of a change on a market (protocol 7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from simulator.engine.calendar.settlement import result_word, settle_account
from simulator.engine.matching.listener import Listener
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import ONE_DOLLAR_E4, PriceGrid

BEFORE: Final[Mapping[str, tuple[str, ...]]] = {  # status → statuses it may follow
    "active": ("initialized", "inactive"),
    "inactive": ("active",),
    "closed": ("active", "inactive"),
    "determined": ("closed",),
    "disputed": ("determined",),
    "amended": ("disputed",),
    "finalized": ("determined", "disputed", "amended"),
}


class MarketStages:
    """Moves one market at a time. What its status does not allow is left undone."""

    def __init__(self, engine: MatchingEngine, listener: Listener) -> None:
        self._engine = engine
        self._listener = listener

    def activate(self, listed: TradedMarket, now_us: int) -> None:
        """Open, or trade on after a pause."""
        if _become(listed, "active", now_us):
            self._listener.market_changed(listed, "activated", now_us)

    def pause(self, listed: TradedMarket, now_us: int) -> None:
        if _become(listed, "inactive", now_us):
            self._engine.halt_market(listed, now_us=now_us)
            self._listener.market_changed(listed, "deactivated", now_us)

    def close(self, listed: TradedMarket, now_us: int) -> bool:
        """Whether it was open. No message marks the moment, as no other close time does."""
        if not _become(listed, "closed", now_us):
            return False
        self._engine.close_market(listed, now_us=now_us)
        return True

    def close_early(self, listed: TradedMarket, now_us: int) -> None:
        if self.close(listed, now_us):
            self.close_at(listed, min(listed.market.close_us, now_us), now_us)

    def close_at(self, listed: TradedMarket, close_us: int, now_us: int) -> None:
        """Give it another close time, and say so if it is another."""
        if close_us != listed.market.close_us:
            listed.close_at(close_us, now_us=now_us)
            self._listener.market_changed(listed, "close_date_updated", now_us)

    def change_grid(self, listed: TradedMarket, structure: str, now_us: int) -> None:
        listed.market = replace(listed.market, grid=PriceGrid.named(structure))
        listed.price_level_structure, listed.updated_us = structure, now_us
        self._listener.market_changed(listed, "price_level_structure_updated", now_us)

    def rename(self, listed: TradedMarket, outcome: str, now_us: int) -> None:
        listed.outcome, listed.updated_us = outcome, now_us
        self._listener.market_changed(listed, "metadata_updated", now_us)

    def determine(self, listed: TradedMarket, value_e4: int, now_us: int) -> None:
        if _become(listed, "determined", now_us):
            self._enter(listed, value_e4, now_us)

    def dispute(self, listed: TradedMarket, now_us: int) -> None:
        _become(listed, "disputed", now_us)

    def amend(self, listed: TradedMarket, value_e4: int | None, now_us: int) -> None:
        """The dispute has been heard; None lets the result stand."""
        if _become(listed, "amended", now_us) and value_e4 is not None:
            self._enter(listed, value_e4, now_us)

    def settle(self, listed: TradedMarket, now_us: int) -> None:
        """Pay everybody who holds it."""
        value_e4 = listed.settlement_value_e4
        if value_e4 is None or not _become(listed, "finalized", now_us):
            return
        listed.settled_us = now_us
        for account in self._engine.accounts:
            settled = settle_account(account, listed, value_e4=value_e4, now_us=now_us)
            if settled is not None and not account.is_counterparty:
                account.settlements.append(settled)
                self._listener.settled(account, settled)
        self._listener.market_changed(listed, "settled", now_us)

    def _enter(self, listed: TradedMarket, value_e4: int, now_us: int) -> None:
        listed.settlement_value_e4, listed.determined_us = value_e4, now_us
        listed.result = result_word(listed, value_e4)
        listed.expiration_value = listed.outcome if listed.result == "yes" else ""
        self._listener.market_changed(listed, "determined", now_us)


def _become(listed: TradedMarket, status: str, now_us: int) -> bool:
    """Whether the market was in a status that this one may follow, and now has it."""
    if listed.market.status not in BEFORE[status]:
        return False
    listed.become(status, now_us=now_us)
    return True


def void_value_e4(listed: TradedMarket) -> int:
    """The payout of a market without an outcome: its last price in whole cents, half a dollar without one."""
    return round(listed.last_price_e4 / 100) * 100 or ONE_DOLLAR_E4 // 2
