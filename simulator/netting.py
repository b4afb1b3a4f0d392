"""Which cash comes back early, because an event's outcomes cannot all go against its holder? (protocol 7.1)

At most one outcome of an exclusive event happens (MECNET); of a ladder, an outcome happens only if
those before it do (DIRECNET). What a set of positions pays in the worst of these cases is sure, and
with netting enabled it counts as available at once. Only positions are netted, resting orders are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator.listing import Event, EventKind, ListedMarket
from simulator.orders import outcome_price_e4
from trading.market import ONE_DOLLAR_E4, BookSide

if TYPE_CHECKING:
    from simulator.account import Holding


def sure_payout_e6(kind: EventKind, positions_e2: Sequence[int]) -> int:
    """The least that positions in the markets of one event, in its order, pay together."""
    if kind == "exclusive":
        all_no_e2 = sum(max(0, -position_e2) for position_e2 in positions_e2)
        return (all_no_e2 + min(0, min(positions_e2, default=0))) * ONE_DOLLAR_E4
    if kind == "ladder":
        pays_e2 = least_e2 = sum(max(0, -position_e2) for position_e2 in positions_e2)
        for position_e2 in positions_e2:  # one more of them happens
            pays_e2 += position_e2
            least_e2 = min(least_e2, pays_e2)
        return least_e2 * ONE_DOLLAR_E4
    return 0


@dataclass(frozen=True, slots=True)
class Netting:
    """Nets positions over the events and markets listed."""

    events: Mapping[str, Event]
    markets: Mapping[str, ListedMarket]

    def credit_e6(self, holdings: Mapping[str, Holding], shard: int) -> int:
        """What is sure of all positions on a shard."""
        held = [ticker for ticker, holding in holdings.items() if holding.position_e2]
        events = {event.ticker: event for event in map(self._event_of, held) if event is not None}
        return sum(
            self._event_credit_e6(event, holdings)
            for event in events.values()
            if event.series.exchange_index == shard
        )

    def loss_e6(
        self, holdings: Mapping[str, Holding], ticker: str, *, side: BookSide, price_e4: int, count_e2: int
    ) -> int:
        """What a trade would take of the credit beyond the cash it brings in; 0 if it takes nothing."""
        event = self._event_of(ticker)
        if event is None:
            return 0
        held_e2 = _position_e2(holdings, ticker)
        signed_e2 = count_e2 if side == "bid" else -count_e2
        closing_e2 = min(count_e2, abs(held_e2)) if held_e2 * signed_e2 < 0 else 0
        proceeds_e6 = closing_e2 * outcome_price_e4("bid" if held_e2 > 0 else "ask", price_e4)
        now_e6 = self._event_credit_e6(event, holdings)
        then_e6 = self._event_credit_e6(event, holdings, moved={ticker: held_e2 + signed_e2})
        return max(0, now_e6 - then_e6 - proceeds_e6)

    def _event_of(self, ticker: str) -> Event | None:
        listed = self.markets.get(ticker)
        return None if listed is None else self.events.get(listed.market.event_ticker)

    def _event_credit_e6(
        self,
        event: Event,
        holdings: Mapping[str, Holding],
        *,
        moved: Mapping[str, int] = MappingProxyType({}),
    ) -> int:
        return sure_payout_e6(
            event.kind,
            [moved.get(ticker, _position_e2(holdings, ticker)) for ticker in event.market_tickers],
        )


def _position_e2(holdings: Mapping[str, Holding], ticker: str) -> int:
    return holdings[ticker].position_e2 if ticker in holdings else 0
