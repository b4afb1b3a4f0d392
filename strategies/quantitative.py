"""A strategy of four common rules: which way the book and the trades lean.

Each rule gives every market a number: above its edge it speaks for YES, below minus its edge for
NO. A rule that lacks what it needs (a side of the book, enough trades) says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from strategies.action_selector import ActionSelector, Decision, StrategyError
from trading.actions import Action
from trading.ladders import LEVELS
from trading.observation import Observation
from trading.observed_figures import Column
from trading.trade_flow import LONG, SHORT

_DOLLAR: Final = 1_000_000  # the numbers of a rule in dollars are in e6, of one in shares in e4
_WHOLE: Final = 10_000


class Rule(NamedTuple):
    """A way to read a market: a number above ``edge`` speaks for YES, one below minus ``edge`` for NO."""

    name: str
    edge: int
    one: int  # what stands for one dollar, or for the whole
    number: Callable[[Observation], Column]

    def votes(self, numbers: Column) -> NDArray[np.int64]:
        """1 for YES, -1 for NO, 0 for neither."""
        return np.where(np.abs(numbers) >= self.edge, np.sign(numbers), 0)

    def says(self, number: int) -> str:
        share = number / self.one
        return f"{self.name} {share:+.4f}" if self.one == _DOLLAR else f"{self.name} {share:+.0%}"


class QuantitativeSelector(ActionSelector):
    """Buys what the chosen rules agree on, and sells first what is held of the other outcome.

    ``rules``: any of

    * ``microprice``: the best prices weighted with each other's counts, less the mid; the next
      trade is more likely at the side where less rests.
    * ``imbalance``: the share by which YES outweighs NO at the best ``imbalance_levels``.
    * ``mean_reversion``: the mean price of the trades of five minutes, less the mid; a price that
      ran away comes back.
    * ``momentum``: the mean price of the trades of ten seconds, less that of five minutes, while
      their takers push the same way; a price that moves moves on.

    A rule speaks from its edge on: dollars, or a share of 1 for imbalance. ``agree`` of the rules
    (all of them unless said) must speak for one outcome and none for the other. The last two are
    silent below ``least_trades`` in each window they read. Nothing is done where the spread is
    wider than ``max_spread`` dollars, or where an own order already rests on that side. The same
    batch always gives the same decisions: nothing is drawn, nothing is remembered.
    """

    decides_by_market = True

    def __init__(
        self,
        *,
        seed: int,  # noqa: ARG002  every strategy is given one; this one draws nothing
        rules: Sequence[str] = ("microprice", "imbalance"),
        agree: int | None = None,
        microprice_edge: float | str = "0.004",
        imbalance_edge: float | str = "0.4",
        imbalance_levels: int = 5,
        mean_reversion_edge: float | str = "0.01",
        momentum_edge: float | str = "0.005",
        least_trades: int = 5,
        max_spread: float | str = "0.05",
    ) -> None:
        levels = _whole("imbalance_levels", imbalance_levels, 1, LEVELS)
        least = _whole("least_trades", least_trades, 1, 1_000_000)
        known = {
            "microprice": (microprice_edge, _DOLLAR, _microprice),
            "imbalance": (imbalance_edge, _WHOLE, lambda batch: batch.imbalance_e4(levels)),
            "mean_reversion": (mean_reversion_edge, _DOLLAR, lambda batch: _mean_reversion(batch, least)),
            "momentum": (momentum_edge, _DOLLAR, lambda batch: _momentum(batch, least)),
        }
        self._rules = [
            Rule(name, _scaled(f"{name}_edge", known[name][0], known[name][1]), *known[name][1:])
            for name in _names(rules, list(known))
        ]
        self._agree = _whole("agree", len(self._rules) if agree is None else agree, 1, len(self._rules))
        self._max_spread_e4 = _scaled("max_spread", max_spread, _WHOLE)

    def select(self, batch: Observation) -> list[Decision]:
        two_sided = batch.two_sided
        numbers = [np.where(two_sided, rule.number(batch), 0) for rule in self._rules]
        votes = np.array([rule.votes(n) for rule, n in zip(self._rules, numbers, strict=True)])
        lean = self._lean(votes)
        whys = _why_not(batch, votes, lean, self._max_spread_e4)
        decisions = [_HOLDS[why] for why in whys.tolist()]
        for row in np.flatnonzero(whys == _ACT).tolist():
            action = _action(int(lean[row]), int(batch.position_e2[row]))
            spoke = [
                rule.says(int(n[row]))
                for rule, n, voted in zip(self._rules, numbers, votes[:, row], strict=True)
                if voted
            ]
            decisions[row] = Decision(action, ", ".join(spoke))
        return decisions

    def _lean(self, votes: NDArray[np.int64]) -> NDArray[np.int64]:
        """1 where enough rules speak for YES and none for NO, -1 for the reverse, 0 elsewhere."""
        for_yes, for_no = (votes > 0).sum(axis=0), (votes < 0).sum(axis=0)
        yes = (for_yes >= self._agree) & (for_no == 0)
        no = (for_no >= self._agree) & (for_yes == 0)
        lean: NDArray[np.int64] = yes.astype(np.int64) - no
        return lean


# --- what the rules read -------------------------------------------------------------------------


def _microprice(batch: Observation) -> Column:
    return batch.microprice_e6 - batch.mid_e6


def _mean_reversion(batch: Observation, least_trades: int) -> Column:
    enough = batch.trades[:, LONG] >= least_trades
    return np.where(enough, batch.mean_trade_price_e6[:, LONG] - batch.mid_e6, 0)


def _momentum(batch: Observation, least_trades: int) -> Column:
    mean_e6 = batch.mean_trade_price_e6
    moved_e6 = mean_e6[:, SHORT] - mean_e6[:, LONG]
    enough = batch.trades[:, SHORT] >= least_trades  # then the longer window has as many
    pushed = np.sign(batch.taker_flow_e2[:, SHORT]) == np.sign(moved_e6)
    return np.where(enough & pushed, moved_e6, 0)


# --- from votes to actions -----------------------------------------------------------------------

_ACT, _NO_EDGE, _DISAGREE, _ONE_SIDED, _WIDE, _RESTS = range(6)
_HOLDS: Final = [
    Decision(Action.HOLD, why)
    for why in (
        "",
        "no edge",
        "rules disagree",
        "a side of the book is missing",
        "spread too wide",
        "own order rests",
    )
]


def _why_not(
    batch: Observation, votes: NDArray[np.int64], lean: NDArray[np.int64], max_spread_e4: int
) -> NDArray[np.int64]:
    """Of each market, why nothing is done; _ACT where something is. The plainest reason is set last."""
    rests = ((lean > 0) & batch.resting_bid) | ((lean < 0) & batch.resting_ask)
    disagree = (votes > 0).any(axis=0) & (votes < 0).any(axis=0)
    whys = np.where(rests, _RESTS, _ACT)
    whys[lean == 0] = _NO_EDGE
    whys[disagree] = _DISAGREE
    whys[batch.spread_e4 > max_spread_e4] = _WIDE
    whys[~batch.two_sided] = _ONE_SIDED
    return whys


def _action(lean: int, position_e2: int) -> Action:
    if lean > 0:
        return Action.SELL_NO if position_e2 < 0 else Action.BUY_YES
    return Action.SELL_YES if position_e2 > 0 else Action.BUY_NO


# --- options -------------------------------------------------------------------------------------


def _names(rules: Any, known: list[str]) -> list[str]:
    names = [rules] if isinstance(rules, str) else list(rules) if isinstance(rules, list | tuple) else []
    if not names or len(set(map(str, names))) < len(names) or not all(name in known for name in names):
        raise StrategyError(f"option rules lists one or more of {', '.join(known)}, each once, not {rules!r}")
    return names


def _whole(option: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise StrategyError(f"option {option} is a whole number from {least} to {most}, not {value!r}")
    return value


def _scaled(option: str, value: Any, one: int) -> int:
    """A number above 0 and up to 1 as an integer of that scale."""
    try:
        scaled = Decimal(str(value)) * one
    except InvalidOperation:
        scaled = Decimal(0)
    if not scaled.is_finite() or not 0 < scaled <= one or scaled % 1:
        raise StrategyError(
            f"option {option} is a number above 0 and up to 1 in steps of 1/{one}, not {value!r}"
        )
    return int(scaled)
