"""A strategy that looks at nothing: HOLD mostly, and otherwise each action alike.

Exercises everything after the decision, and is the floor that a trained model has to beat.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from strategies.action_selector import ActionSelector, Decision, StrategyError
from trading.actions import Action
from trading.observation import Observation

_ORDERS: Final = (Action.BUY_YES, Action.SELL_YES, Action.BUY_NO, Action.SELL_NO)
_DRAWS: Final = 2**64  # a draw is one of these, uniformly


def draw(seed: int, ticker: str, decision_no: int) -> int:
    """A number in [0, 2**64) that depends on these three and nothing else.

    Counter-based, so a market's decisions are the same however markets are batched, and any one
    of them can be computed again alone.
    """
    digest = blake2b(f"{seed}/{ticker}/{decision_no}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class HardcodedSelector(ActionSelector):
    """HOLD with probability ``hold``, each of the four orders with an equal share of the rest.

    Illegal choices are drawn too and refused later: masking them would bend the shares.
    """

    def __init__(self, seed: int, hold: float = 0.75) -> None:
        if not 0 <= hold <= 1:
            raise StrategyError(f"option hold is a probability between 0 and 1, not {hold}")
        self._seed = seed
        self._hold_below = round(hold * _DRAWS)
        self._decision_nos: dict[str, int] = {}  # of the next decision, by ticker

    def select(self, batch: Observation) -> list[Decision]:
        return [self._decide(ticker) for ticker in batch.tickers]

    def _decide(self, ticker: str) -> Decision:
        decision_no = self._decision_nos.get(ticker, 0)
        self._decision_nos[ticker] = decision_no + 1
        drawn = draw(self._seed, ticker, decision_no)
        return Decision(action_of(drawn, self._hold_below), f"draw {decision_no}: {drawn / _DRAWS:.4f}")


def action_of(drawn: int, hold_below: int) -> Action:
    """The action of a draw: HOLD below ``hold_below``, the rest cut in four equal parts."""
    if drawn < hold_below:
        return Action.HOLD
    return _ORDERS[(drawn - hold_below) * len(_ORDERS) // (_DRAWS - hold_below)]
