"""The kinds of trading day."""

from __future__ import annotations

from typing import Final, NamedTuple

from simulator.flow.news import NewsTerms


class Liquidity(NamedTuple):
    """The makers' activity in a market: in the most active ones and in the least."""

    half_spread_e4: float  # at a price of 0.50
    levels: tuple[int, int]  # a side at the opening, from and to
    orders: int  # a side, about
    size: float  # of orders, against that of a quiet market


class Profile(NamedTuple):
    """The character of the order flow."""

    rate: float  # book changes a second over all markets
    floor_share: float  # of all activity, spread evenly, so that no market is dead
    news: NewsTerms
    reaction_s: float  # news changes the books as much as so much time without it would
    reaction_changes: float  # and so much more in each market of the event
    taker_share: float  # of moves
    busy: Liquidity
    thin: Liquidity
    empty_side_share: float = 0.0  # of sides that open without a quote

    def liquidity(self, activity: float) -> Liquidity:
        """Between the thin market (0) and the busy one (1)."""
        thin, busy = self.thin, self.busy

        def between(low: float, high: float) -> float:
            return low + activity * (high - low)

        return Liquidity(
            between(thin.half_spread_e4, busy.half_spread_e4),
            (
                round(between(thin.levels[0], busy.levels[0])),
                round(between(thin.levels[1], busy.levels[1])),
            ),
            round(between(thin.orders, busy.orders)),
            thin.size * (busy.size / thin.size) ** activity,
        )


_BUSY: Final = Liquidity(half_spread_e4=70, levels=(8, 12), orders=20, size=10)
_THIN: Final = Liquidity(half_spread_e4=130, levels=(4, 8), orders=9, size=1)

BRISK: Final = Profile(
    rate=500.0,
    floor_share=0.3,
    news=NewsTerms(share=0.35, pieces=150),
    reaction_s=4.0,
    reaction_changes=4.0,
    taker_share=0.42,
    busy=_BUSY,
    thin=_THIN,
)

PROFILES: Final = {
    "brisk": BRISK,
    "news": BRISK._replace(news=NewsTerms(share=0.9, pieces=2_500), reaction_s=6.0, reaction_changes=6.0),
    "quiet": BRISK._replace(
        rate=20.0,
        floor_share=0.1,
        news=NewsTerms(share=0.2, pieces=15),
        taker_share=0.28,
        busy=_BUSY._replace(half_spread_e4=120, levels=(5, 9), orders=12),
        thin=_THIN._replace(half_spread_e4=350, levels=(1, 4), orders=4),
        empty_side_share=0.05,
    ),
    # What the venue's own demo environment is like: one book change in 23 minutes on 1,000 markets.
    "demo": BRISK._replace(
        rate=7e-4,
        floor_share=0.0,
        news=NewsTerms(share=0.0, pieces=0),
        reaction_s=0.0,
        reaction_changes=0.0,
        taker_share=0.14,
        busy=_BUSY._replace(half_spread_e4=250, levels=(2, 5), orders=6, size=2),
        thin=_THIN._replace(half_spread_e4=900, levels=(1, 2), orders=2),
        empty_side_share=0.4,
    ),
}
