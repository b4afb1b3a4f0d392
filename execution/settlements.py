"""Settlements as they were paid, to a hundredth of a cent.

The list of settlements rounds a scalar payout to the cent, so the market is asked (``trading.payout``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from kalshi_client.errors import MalformedAnswer, NotFound
from kalshi_client.rest.client import RestClient
from kalshi_client.wire.records import Settlement
from trading.payout import payout_e4


@dataclass(frozen=True, slots=True)
class KnownSettlements:
    """The ledger's settlements: nothing need be asked about them."""

    tickers: Collection[str] = ()
    opened_us: int | None = None  # what was paid before is inside the opening figures; None: not opened yet


NONE_KNOWN: Final = KnownSettlements()


def exactly_paid(
    rest: RestClient, settlements: Iterable[Settlement], known: KnownSettlements
) -> list[Settlement]:
    """These with the exact payout, without those of which nothing is new. Raises KalshiError.

    A rounded one that is known already cannot contradict what was then learnt from its market.
    """
    rows = [row for row in settlements if not (row.is_rounded and row.ticker in known.tickers)]
    values_e4 = _market_values_e4(rest, [row.ticker for row in rows if _must_be_exact(row, known)])
    return [_with_value(row, values_e4.get(row.ticker)) for row in rows]


def _must_be_exact(row: Settlement, known: KnownSettlements) -> bool:
    return row.is_rounded and known.opened_us is not None and row.settled_us > known.opened_us


def _with_value(row: Settlement, market_e4: int | None) -> Settlement:
    if not row.is_rounded:
        return row
    value_e4 = payout_e4(
        told_e4=row.value_e4,
        market_e4=market_e4,
        revenue_e6=row.revenue_e6,
        yes_count_e2=row.yes_count_e2,
        no_count_e2=row.no_count_e2,
    )
    return replace(row, value_e4=value_e4)


def _market_values_e4(rest: RestClient, tickers: list[str]) -> dict[str, int | None]:
    """The markets' own payouts. The listing is free, and may be too old to know it (protocol 1.2)."""
    if not tickers:
        return {}
    values_e4 = {market.ticker: market.settlement_value_e4 for market in rest.markets(tickers=tickers)}
    for ticker in tickers:
        if values_e4.get(ticker) is None:
            try:
                values_e4[ticker] = rest.find_market(ticker).settlement_value_e4
            except (NotFound, MalformedAnswer):
                values_e4[ticker] = None
    return values_e4
