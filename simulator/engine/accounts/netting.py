"""Cash that comes back early, because an event's outcomes cannot all go against its holder (protocol 7.1).

At most one outcome of an exclusive event happens (MECNET); of a ladder, an outcome happens only if
those before it do (DIRECNET). What a set of positions pays in the worst of these cases is sure, and
with netting enabled it counts as available at once. Only positions are netted, resting orders are not;
but those that close a position may take of what is sure, and so much of it is not handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.reserve import RestingClaim, closing_e6
from simulator.engine.catalogue.listing import Event, EventKind, ListedMarket
from trading.market import ONE_DOLLAR_E4

ClaimsIn = Callable[[str], Iterable[RestingClaim]]
"""The orders that rest in a market, by its ticker."""


class Pays(NamedTuple):
    """An account's payout in one market if its outcome happens, and if it does not."""

    happens_e6: int
    else_e6: int


def pays(position_e2: int, claims: Iterable[RestingClaim]) -> Pays:
    """A position is given up for the price of the orders that close it, if that is to its loss."""
    held_e6 = abs(position_e2) * ONE_DOLLAR_E4 - (closing_e6(position_e2, claims) if position_e2 else 0)
    return Pays(held_e6, 0) if position_e2 > 0 else Pays(0, held_e6)


def sure_payout_e6(kind: EventKind, markets: Sequence[Pays]) -> int:
    """The least that the markets of one event, in its order, pay together."""
    all_else_e6 = sum(market.else_e6 for market in markets)
    changes_e6 = [market.happens_e6 - market.else_e6 for market in markets]
    if kind == "exclusive":
        return all_else_e6 + min(0, min(changes_e6, default=0))
    if kind == "ladder":  # one more of them happens
        return all_else_e6 + min(accumulate(changes_e6, initial=0))
    return 0


@dataclass(frozen=True, slots=True)
class Netting:
    """Nets positions over the events and markets listed."""

    events: Mapping[str, Event]
    markets: Mapping[str, ListedMarket]

    def credit_e6(self, holdings: Mapping[str, Holding], claims_in: ClaimsIn, shard: int) -> int:
        """The sure payout of all positions on a shard, whichever resting orders close them first."""
        held = [ticker for ticker, holding in holdings.items() if holding.position_e2]
        events = {event.ticker: event for event in map(self._event_of, held) if event is not None}
        return sum(
            self._event_credit_e6(event, holdings, claims_in)
            for event in events.values()
            if event.series.exchange_index == shard
        )

    def loss_e6(
        self, holdings: Mapping[str, Holding], claims_in: ClaimsIn, ticker: str, then: Iterable[RestingClaim]
    ) -> int:
        """The loss of credit if the orders resting in one market become these."""
        event = self._event_of(ticker)
        if event is None:
            return 0
        now_e6 = self._event_credit_e6(event, holdings, claims_in)
        return now_e6 - self._event_credit_e6(
            event, holdings, lambda each: then if each == ticker else claims_in(each)
        )

    def _event_of(self, ticker: str) -> Event | None:
        listed = self.markets.get(ticker)
        return None if listed is None else self.events.get(listed.market.event_ticker)

    def _event_credit_e6(self, event: Event, holdings: Mapping[str, Holding], claims_in: ClaimsIn) -> int:
        return sure_payout_e6(
            event.kind,
            [pays(_position_e2(holdings, ticker), claims_in(ticker)) for ticker in event.market_tickers],
        )


def _position_e2(holdings: Mapping[str, Holding], ticker: str) -> int:
    return holdings[ticker].position_e2 if ticker in holdings else 0
