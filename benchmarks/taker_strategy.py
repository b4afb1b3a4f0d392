"""A strategy of whole numbers that reads public trades: it buys with the takers of the last minute."""

from __future__ import annotations

from typing import Final

import numpy as np

from strategies.action_selector import ActionSelector, Decision
from trading.actions import Action
from trading.observation import Observation
from trading.trade_flow import MEDIUM

LEAST_TRADES: Final = 3
SHARE_E4: Final = 3_000  # of the takers' contracts, one way less the other
HELD_E2: Final = 300  # contracts; more is sold again


class FollowTakers(ActionSelector):
    """Draws nothing, and remembers how often it has decided on each market: it acts every third time."""

    def __init__(self, *, seed: int) -> None:  # noqa: ARG002  every strategy is given one
        self._times: dict[str, int] = {}

    def select(self, batch: Observation) -> list[Decision]:
        share_e4 = batch.taker_flow_share_e4[:, MEDIUM]
        clear = batch.two_sided & (batch.trades[:, MEDIUM] >= LEAST_TRADES) & (np.abs(share_e4) >= SHARE_E4)
        ways = np.where(clear, np.sign(share_e4), 0).tolist()
        rows = zip(batch.tickers, ways, batch.position_e2.tolist(), strict=True)
        return [self._decide(ticker, way, position_e2) for ticker, way, position_e2 in rows]

    def _decide(self, ticker: str, way: int, position_e2: int) -> Decision:
        self._times[ticker] = times = self._times.get(ticker, 0) + 1
        if times % 3:
            return Decision(Action.HOLD, "not its turn")
        if abs(position_e2) >= HELD_E2:
            return Decision(Action.SELL_YES if position_e2 > 0 else Action.SELL_NO, "enough held")
        if way == 0:
            return Decision(Action.HOLD, "takers undecided")
        if way > 0:
            return Decision(Action.SELL_NO if position_e2 < 0 else Action.BUY_YES, "takers buy")
        return Decision(Action.SELL_YES if position_e2 > 0 else Action.BUY_NO, "takers sell")
