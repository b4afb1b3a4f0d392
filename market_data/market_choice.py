"""Chooses the markets that both venues trade, the best of the data venue's first.

The data venue's listing offers more markets than are wanted. Those wanted are taken as traded by the
execution venue until it says otherwise, so that where it trades them all nothing is asked twice. Once it
refuses one, only markets that it is known to trade are taken, and it is asked about the next best, a
surplus at a time, until enough are found or nothing is left to ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from market_data.shards import Candidate, Change, EventFacts, ShardPlan
from trading.venue_time import BEFORE_ALL, VenueTimeUs

SURPLUS: Final = 2  # markets asked about for each one that is missing
LEAST_SURPLUS: Final = 20  # markets asked about while any is missing
SEARCH_GROWS: Final = 4  # times as many markets are searched for when all that were found are asked about


@dataclass(frozen=True, slots=True)
class Offer:
    """The result of a search: the best first, others that may stay, and the number that it left out."""

    ranked: Sequence[Candidate] = ()
    others: Sequence[Candidate] = ()
    events: Mapping[str, EventFacts] = field(default_factory=dict)
    left_over: int = 0
    venue_us: VenueTimeUs = BEFORE_ALL  # when it was so


class Shares(NamedTuple):
    """The share of the markets asked about that each venue has."""

    on_both: int  # of those chosen
    only_data: int  # of those asked about


class MarketChoice:
    """The markets to watch and to trade (``plan.chosen``), and those to ask the execution venue about."""

    def __init__(self, plan: ShardPlan, *, count: int) -> None:
        self.plan = plan
        self.number = 0
        """Of the question that ``plan.chosen`` and ``asked_about`` are; each change is a new one."""
        self.asked_about: list[str] = []
        self.is_answered = False
        """Whether the execution venue has answered that question."""
        self.refused: dict[str, str] = {}
        """The reason, by ticker, of the markets on offer that the execution venue refuses."""
        self._count = count
        self._offer = Offer()
        self._on_offer: set[str] = set()
        self._beyond_count: set[str] = set()  # held, and not traded by both venues
        self._traded: set[str] = set()  # by the execution venue, of what is on offer or watched

    def take_offer(self, offer: Offer, *, held: Collection[str]) -> Change:
        """Choose from a new listing. ``held`` stays watched whatever any venue says, and takes no place
        from another market where not both venues trade it."""
        self._offer = offer
        self._on_offer = {market.ticker for market in (*offer.ranked, *offer.others)}
        self.refused = {ticker: why for ticker, why in self.refused.items() if ticker in self._on_offer}
        self._traded &= self._on_offer.union(self.plan.chosen)
        return self._choose(held)

    def take_answer(
        self, number: int, refused: Mapping[str, Sequence[str]], *, held: Collection[str]
    ) -> Change | None:
        """Choose anew by the execution venue's answer to question ``number``: tickers by reason, all others
        are traded. None where the answer changes nothing or is to a question of before."""
        if number != self.number:
            return None
        asked, before = {*self.plan.chosen, *self.asked_about}, self.refused
        out = {ticker: reason for reason, tickers in refused.items() for ticker in tickers}
        self.is_answered = True
        self._traded = (self._traded | asked) - out.keys()
        known = {ticker: reason for ticker, reason in before.items() if ticker not in asked}
        self.refused = known | {ticker: why for ticker, why in out.items() if ticker in self._on_offer}
        if self.refused == before and not self.asked_about:
            return None
        return self._choose(held)

    def standing(self, ticker: str) -> str:
        """Where the market stands in the choice, in a word: ``chosen``, ``unlisted``, ``left_out`` or
        ``refused: <why>``."""
        if ticker in self.plan.chosen:
            return "chosen"
        if (why := self.refused.get(ticker)) is not None:
            return f"refused: {why}"
        return "left_out" if ticker in self._on_offer else "unlisted"

    def shares(self) -> Shares:
        """As far as the execution venue has answered."""
        traded = len(self._traded & self._on_offer & set(self.plan.chosen))
        return Shares(traded, len(self.refused))

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to ask about that could change the choice."""
        return self.is_answered and not any(map(self._is_unknown, self.asked_about))

    def more_wanted(self) -> int:
        """The number of markets that the next search has to find; 0 while those on offer do."""
        if not self.is_settled or not self._missing() or not self._offer.left_over:
            return 0
        offered = len(self._offer.ranked)
        return min(SEARCH_GROWS * offered, offered + self._offer.left_over)

    # --- the choice ------------------------------------------------------------------------------

    def _choose(self, held: Collection[str]) -> Change:
        offer, asked_before = self._offer, ({*self.plan.chosen}, {*self.asked_about})
        self._beyond_count = {t for t in held if t in self.refused or t not in self._on_offer}
        change = self.plan.choose(
            self._takable(offer.ranked, held, also_unknown=not self.refused),
            self._takable(offer.others, held, also_unknown=True),
            offer.events,
            held=held,
            beyond_count=self._beyond_count,
            venue_us=offer.venue_us,
        )
        self.asked_about = self._next_to_ask() if self.refused else []
        if ({*self.plan.chosen}, {*self.asked_about}) != asked_before or not self.number:
            self.number += 1
            self.is_answered = False
        return change

    def _takable(
        self, markets: Iterable[Candidate], held: Collection[str], *, also_unknown: bool
    ) -> list[Candidate]:
        return [
            market
            for market in markets
            if market.ticker in self._traded
            or market.ticker in held
            or (also_unknown and market.ticker not in self.refused)
        ]

    def _next_to_ask(self) -> list[str]:
        """Of the best, all that are not chosen: new ones, and refused ones that may be traded by now."""
        chosen, missing = set(self.plan.chosen), self._missing()
        reach = self._surplus_reach(missing) if missing else self._least_reach()
        best = (market.ticker for market in self._offer.ranked[:reach])
        return [ticker for ticker in best if ticker not in chosen]

    def _missing(self) -> int:
        return max(0, self._count - len(set(self.plan.chosen) - self._beyond_count))

    def _is_unknown(self, ticker: str) -> bool:
        return ticker not in self._traded and ticker not in self.refused

    def _surplus_reach(self, missing: int) -> int:
        """Among so many of the best is a surplus of markets that were never asked about."""
        return self._reach(self._is_unknown, max(LEAST_SURPLUS, SURPLUS * missing))

    def _least_reach(self) -> int:
        """Among so many of the best are as many as are wanted."""
        return self._reach(self._traded.__contains__, self._count)

    def _reach(self, counts: Callable[[str], bool], wanted: int) -> int:
        for place, market in enumerate(self._offer.ranked, 1):
            wanted -= counts(market.ticker)
            if not wanted:
                return place
        return len(self._offer.ranked)
