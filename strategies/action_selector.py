"""The interface of a strategy, and the observation that it receives.

One call of ``select`` gets one ``trading.observation.Observation``: the newest state of every market
that changed since it was last shown and whose throttle (``strategy.throttle_s``) has passed. Every
column is an int64 array with a row for each of ``batch.tickers``. ``[n]`` is a number a market,
``[n, 10]`` its levels, best first, ``[n, 3]`` the windows of 10, 60 and 300 s that end now
(``trading.trade_flow``: SHORT, MEDIUM, LONG).

=====================  =======  =============  =======================================================
column                 shape    unit           meaning; what 0 says
=====================  =======  =============  =======================================================
yes_price              [n, 10]  1/10000 $      YES bids; no such level
yes_count              [n, 10]  1/100 contr.   contracts bid for at that price
no_price               [n, 10]  1/10000 $      NO bids, as NO prices: 1 $ less it is a YES ask
no_count               [n, 10]  1/100 contr.   contracts bid for at that price
yes_levels, no_levels  [n]      levels         prices at which the side bids, beyond ten too
yes_depth_e2           [n]      1/100 contr.   contracts at all prices of YES
no_depth_e2            [n]      1/100 contr.   contracts at all prices of NO
stream                 [n]      number         connection the book came by
seq                    [n]      number         newest message of that connection in the book
trade_seq              [n]      number         newest message of its public trades; none yet
changed_us             [n]      µs, local      arrival of the oldest change not shown before; not known
confirmed_us           [n]      µs, local      the connection last proved nothing missed; not known
close_us               [n]      µs, local      end of trading
last_trade_us          [n]      µs, local      last public trade; none yet
last_trade_price_e4    [n]      1/10000 $      its YES price; none yet
last_trade_count_e2    [n]      1/100 contr.   its size; none yet
last_taker             [n]      1, -1          its taker bought YES, bought NO; none yet
trades_since_us        [n]      µs, local      all trades since are counted; trades are not heard
taker_bought_e2        [n, 3]   1/100 contr.   traded with a taker who bought YES
taker_sold_e2          [n, 3]   1/100 contr.   traded with a taker who bought NO
trades                 [n, 3]   trades         how many
traded_e6              [n, 3]   1/1000000 $    sum of YES price × contracts
position_e2            [n]      1/100 contr.   held by the account, + is YES, - is NO
resting_bid_price_e4   [n]      1/10000 $      best own bid; none rests
resting_bid_count_e2   [n]      1/100 contr.   left of all own bids
resting_ask_price_e4   [n]      1/10000 $      best own ask, as a YES price; none rests
resting_ask_count_e2   [n]      1/100 contr.   left of all own asks
=====================  =======  =============  =======================================================

``batch.observed_us`` is the local time of the batch: less ``changed_us`` it is how long a change
waited to be shown, less ``confirmed_us`` how old the word is that the book is whole; ``close_us``
less it is the time to close. The venue's clock was taken to be ``clock_offset_us`` ahead of the local
one. A window is only complete when ``trades_since_us`` lies before it. A market is not shown again
because a trade grows old, only when its book changes. An own order that is over shows as resting, with
nothing left of it, until its fills are told.

Worked out when asked for (``trading.observed_figures``): ``best_yes_bid_e4``, ``best_no_bid_e4``,
``yes_ask_e4``, ``two_sided``, ``spread_e4``, ``mid_e6``, ``microprice_e6``,
``imbalance_e4(levels)``, ``taker_flow_e2``, ``taker_flow_share_e4``, ``mean_trade_price_e6``,
``resting_bid``, ``resting_ask``. Of one row: ``bests(row)``, ``resting_sides(row)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from trading.actions import Decision as Decision
from trading.observation import Observation


class StrategyError(ValueError):
    """A strategy cannot be made as the configuration asks; the text says what to change."""


class ActionSelector(ABC):
    """Chooses one action per market and batch; everything else is somebody else's work.

    A strategy sees integer columns (this module's docstring) and answers in the order of
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

    decides_by_market: ClassVar[bool] = False
    """Each decision follows from the columns of its market's row alone: not from what was decided before, nor
    from other rows, nor from the batch's own times. A replay shows such a strategy many batches as one."""

    @abstractmethod
    def select(self, batch: Observation) -> list[Decision]:
        """One decision for each market of the batch, in its order."""
