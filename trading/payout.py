"""The payout of one YES contract, by the most precise source there is.

A settlement tells it in whole cents, and what was paid for all contracts, in whole cents again; the
market tells it to a hundredth of a cent (protocol 3.2, 3.4). Of two sources that agree the finer one
counts; one that contradicts what was paid does not.
"""

from __future__ import annotations

from typing import Final

from trading.market import ONE_DOLLAR_E4

CENT_E4: Final = 100


def payout_e4(
    *,
    told_e4: int | None,
    market_e4: int | None,
    revenue_e6: int | None,
    yes_count_e2: int,
    no_count_e2: int,
) -> int | None:
    """``told_e4``: to the cent, rounded in a way that is not published. None where nothing tells it."""
    by_revenue_e4 = _by_revenue_e4(revenue_e6, yes_count_e2, no_count_e2)
    for finer_e4 in (market_e4, by_revenue_e4):
        if finer_e4 is not None and (told_e4 is None or abs(finer_e4 - told_e4) < CENT_E4):
            return finer_e4
    return told_e4


def _by_revenue_e4(revenue_e6: int | None, yes_count_e2: int, no_count_e2: int) -> int | None:
    """From ``revenue = yes × value + no × (1 − value)``, to the nearest; None where that says nothing."""
    count_e2 = yes_count_e2 - no_count_e2
    if revenue_e6 is None or count_e2 == 0:
        return None
    paid_e6 = (revenue_e6 - no_count_e2 * ONE_DOLLAR_E4) * (1 if count_e2 > 0 else -1)
    value_e4 = (2 * paid_e6 + abs(count_e2)) // (2 * abs(count_e2))
    return value_e4 if 0 <= value_e4 <= ONE_DOLLAR_E4 else None
