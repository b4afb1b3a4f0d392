"""Figures that follow from the columns of an observation.

Spread, mid, microprice and their like are worked out when asked for, all markets at once. They
are exact integers, or rounded as they say, so live trading and a replay decide alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trading.market import ONE_DOLLAR_E4

Column = NDArray[np.int64]


class ObservedFigures:
    """The figures of ``Observation`` beside its columns; a row each, 0 where it cannot be known."""

    __slots__ = ()

    yes_price: Column
    yes_count: Column
    no_price: Column
    no_count: Column
    taker_bought_e2: Column
    taker_sold_e2: Column
    traded_e6: Column
    resting_bid_price_e4: Column
    resting_ask_price_e4: Column

    @property
    def best_yes_bid_e4(self) -> Column:
        """[n], best YES bid; 0 where nobody bids."""
        return self.yes_price[:, 0]

    @property
    def best_no_bid_e4(self) -> Column:
        """[n], best NO bid, as a NO price; 0 where nobody bids."""
        return self.no_price[:, 0]

    @property
    def yes_ask_e4(self) -> Column:
        """[n], lowest YES ask; 0 where nobody offers."""
        best_no = self.no_price[:, 0]
        return np.where(best_no > 0, ONE_DOLLAR_E4 - best_no, 0)

    @property
    def two_sided(self) -> NDArray[np.bool_]:
        """[n], both sides have a price; without, there is no spread, mid or microprice."""
        return (self.yes_price[:, 0] > 0) & (self.no_price[:, 0] > 0)

    @property
    def spread_e4(self) -> Column:
        """[n], lowest ask less best bid; 0 where a side is missing."""
        return np.where(self.two_sided, ONE_DOLLAR_E4 - self.no_price[:, 0] - self.yes_price[:, 0], 0)

    @property
    def mid_e6(self) -> Column:
        """[n], half way between best bid and lowest ask, exactly; 0 where a side is missing."""
        doubled_e4 = ONE_DOLLAR_E4 - self.no_price[:, 0] + self.yes_price[:, 0]
        return np.where(self.two_sided, doubled_e4 * 50, 0)

    @property
    def microprice_e6(self) -> Column:
        """[n], best bid and lowest ask, each weighted with the count at the other, rounded down.

        It leans to where less rests; 0 where a side is missing.
        """
        bid_e2, ask_e2 = self.yes_count[:, 0], self.no_count[:, 0]
        weighted = self.yes_price[:, 0] * ask_e2 + (ONE_DOLLAR_E4 - self.no_price[:, 0]) * bid_e2
        return np.where(self.two_sided, weighted * 100 // np.maximum(bid_e2 + ask_e2, 1), 0)

    def imbalance_e4(self, levels: int) -> Column:
        """[n], (YES − NO) / (YES + NO) of the counts at the best ``levels``, in 1/10000."""
        yes_e2 = self.yes_count[:, :levels].sum(axis=1)
        no_e2 = self.no_count[:, :levels].sum(axis=1)
        return _share_e4(yes_e2 - no_e2, yes_e2 + no_e2)

    @property
    def taker_flow_e2(self) -> Column:
        """[n, windows], contracts that takers bought less those they sold."""
        return self.taker_bought_e2 - self.taker_sold_e2

    @property
    def taker_flow_share_e4(self) -> Column:
        """[n, windows], the same against all contracts traded, in 1/10000."""
        return _share_e4(self.taker_flow_e2, self.taker_bought_e2 + self.taker_sold_e2)

    @property
    def mean_trade_price_e6(self) -> Column:
        """[n, windows], mean price of the contracts traded, rounded down; 0 where none was."""
        contracts_e2 = np.maximum(self.taker_bought_e2 + self.taker_sold_e2, 1)
        mean_e6: Column = self.traded_e6 * 100 // contracts_e2
        return mean_e6

    @property
    def resting_bid(self) -> NDArray[np.bool_]:
        """[n], an own bid rests."""
        return self.resting_bid_price_e4 > 0

    @property
    def resting_ask(self) -> NDArray[np.bool_]:
        """[n], an own ask rests."""
        return self.resting_ask_price_e4 > 0


def _share_e4(part: Column, whole: Column) -> Column:
    """Rounded towards zero, so that the mirrored market has the mirrored share."""
    share_e4: Column = np.sign(part) * (np.abs(part) * 10_000 // np.maximum(whole, 1))
    return share_e4
