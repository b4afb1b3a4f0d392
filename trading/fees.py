"""The fee that the venue charges for a trade.

Protocol 7.3, step 1: multiplier × rate × contracts × price × (1 − price), rounded up to $0.0001.
The rounding fee and its accumulator (steps 2 and 3) are known only from the fill itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from trading.market import ONE_DOLLAR_E4, Market

FEE_UNIT_E6: Final = 100  # a direct member's account precision, $0.0001


class FeeRates(NamedTuple):
    taker_e4: int
    maker_e4: int


_RATES: Final = {
    "quadratic": FeeRates(700, 0),
    "quadratic_with_maker_fees": FeeRates(700, 175),
    "quadratic_with_combo_maker_fees": FeeRates(700, 350),
}
# A flat or unheard-of type: nothing says that it is cheaper, or that resting is.
_DEAREST_RATES: Final = FeeRates(700, 700)

_PUBLISHED_MULTIPLIER_E4: Final = 10_000

# multiplier_e4 × rate_e4 × count_e2 × price_e4 × (1 − price)_e4 carries 18 decimals; a unit is 4.
_PRODUCT_PER_UNIT: Final = 10**14


def taker_fee_e6(market: Market | None, *, price_e4: int, count_e2: int) -> int:
    """Fee for taking ``count_e2`` from the book; None is a market not known yet: the dearest rate."""
    if market is None:
        return _fee_e6(_PUBLISHED_MULTIPLIER_E4, _DEAREST_RATES.taker_e4, price_e4, count_e2)
    rates = _RATES.get(market.fee_type, _DEAREST_RATES)
    return _fee_e6(market.fee_multiplier_e4, rates.taker_e4, price_e4, count_e2)


def maker_fee_e6(market: Market | None, *, price_e4: int, count_e2: int) -> int:
    """Fee for a resting order that is taken; None is a market not known yet: the dearest rate."""
    if market is None:
        return _fee_e6(_PUBLISHED_MULTIPLIER_E4, _DEAREST_RATES.maker_e4, price_e4, count_e2)
    rates = _RATES.get(market.fee_type, _DEAREST_RATES)
    return _fee_e6(market.fee_multiplier_e4, rates.maker_e4, price_e4, count_e2)


def _fee_e6(multiplier_e4: int, rate_e4: int, price_e4: int, count_e2: int) -> int:
    product = multiplier_e4 * rate_e4 * count_e2 * price_e4 * (ONE_DOLLAR_E4 - price_e4)
    return -(-product // _PRODUCT_PER_UNIT) * FEE_UNIT_E6
