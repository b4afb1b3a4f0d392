"""A strategy whose choice a test can read off the ticker: ``SELL_NO.rain`` is decided SELL_NO."""

from __future__ import annotations

from strategies.action_selector import ActionSelector, Decision
from trading.actions import Action
from trading.observation import Observation


class ByName(ActionSelector):
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def select(self, batch: Observation) -> list[Decision]:
        return [Decision(Action(ticker.partition(".")[0]), f"named {ticker}") for ticker in batch.tickers]
