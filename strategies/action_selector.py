"""What is a strategy?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from trading.actions import Action
from trading.observation import Observation


class StrategyError(ValueError):
    """A strategy cannot be made as the configuration asks; the text says what to change."""


class Decision(NamedTuple):
    """One action for one market, and why in a few words."""

    action: Action
    reason: str


class ActionSelector(ABC):
    """Chooses one action per market and batch; everything else is somebody else's work.

    A strategy sees integer columns (``trading.observation``) and answers in the order of
    ``batch.tickers``. It need not ask whether an action is allowed: size, limits and legality are
    checked after it, and a refused action costs nothing. It may ask, with
    ``trading.actions.legal_actions``. It runs inside the decision path, so it never waits for a
    network or a disk, reads no clock, and takes what is random from its seed alone.

    A complete strategy, kept in ``my_strategy.py``, buys whatever most of the resting size wants::

        from strategies.action_selector import ActionSelector, Decision
        from trading.actions import Action
        from trading.observation import Observation


        class Imbalance(ActionSelector):
            def __init__(self, *, seed: int, threshold: float = 0.6) -> None:
                self.threshold = threshold

            def select(self, batch: Observation) -> list[Decision]:
                yes = batch.yes_count.sum(axis=1)
                total = yes + batch.no_count.sum(axis=1)
                return [self._decide(y, t) for y, t in zip(yes, total)]

            def _decide(self, yes: int, total: int) -> Decision:
                if total == 0:
                    return Decision(Action.HOLD, "empty book")
                share = yes / total
                if share > self.threshold:
                    return Decision(Action.BUY_YES, f"YES holds {share:.0%} of the book")
                if share < 1 - self.threshold:
                    return Decision(Action.BUY_NO, f"NO holds {1 - share:.0%} of the book")
                return Decision(Action.HOLD, "balanced book")

    The configuration names it, ``strategy: {name: "my_strategy:Imbalance", options: {threshold:
    0.7}}``; the options and the seed arrive as keyword arguments.
    """

    @abstractmethod
    def select(self, batch: Observation) -> list[Decision]:
        """One decision for each market of the batch, in its order."""
