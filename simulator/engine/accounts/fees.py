"""The fees of a fill (protocol 7.3, direct member)."""

from __future__ import annotations

from typing import Final, NamedTuple

from trading.market import ONE_DOLLAR_E4, Market

PRECISION_E6: Final = 100  # $0.0001, the account precision of a direct member


class Rounding(NamedTuple):
    """In which units fees are rounded: two readings of the venue's page differ (protocol 7.3)."""

    trade_fee_e6: int = PRECISION_E6  # step 1
    rebate_e6: int = 10_000  # $0.01, step 3


ROUNDING: Final = Rounding()

_QUADRATIC_E4: Final = (700, 0)
_RATES_E4: Final = {  # fee_type: (taker, maker)
    "quadratic": _QUADRATIC_E4,
    "quadratic_with_maker_fees": (700, 175),
    "quadratic_with_combo_maker_fees": (700, 350),
    "flat": _QUADRATIC_E4,  # CHOICE: the venue's table is not in the API
}

# multiplier e4 · rate e4 · count e2 · price e4 · (1 − price) e4, in millionths of a dollar
_UNITS_PER_E6: Final = 10**12


def trade_fee_e6(
    market: Market, *, price_e4: int, count_e2: int, is_taker: bool, unit_e6: int = PRECISION_E6
) -> int:
    """Step 1: the published formula, rounded up to a whole unit."""
    rate_e4 = _RATES_E4[market.fee_type][0 if is_taker else 1]
    if not rate_e4:
        return 0
    exact = market.fee_multiplier_e4 * rate_e4 * count_e2 * price_e4 * (ONE_DOLLAR_E4 - price_e4)
    return -(-exact // (_UNITS_PER_E6 * unit_e6)) * unit_e6


class Charge(NamedTuple):
    """The net fee of one fill, and what the order's accumulator holds after it."""

    fee_e6: int
    rounding_e6: int


def charge(cash_e6: int, trade_fee: int, *, rounding_e6: int, rebate_e6: int = ROUNDING.rebate_e6) -> Charge:
    """Steps 2 to 4 for a fill that moves ``cash_e6`` (signed) before its fee.

    A rebate is one whole unit and waits for a fill whose fee can bear it, so no fee is negative
    and the balance stays on its precision.
    """
    change = (cash_e6 - trade_fee) // PRECISION_E6 * PRECISION_E6
    rounding_fee = cash_e6 - trade_fee - change
    gross = trade_fee + rounding_fee
    collected = rounding_e6 + rounding_fee
    if collected >= rebate_e6 and gross >= rebate_e6:
        return Charge(gross - rebate_e6, collected - rebate_e6)
    return Charge(gross, collected)
