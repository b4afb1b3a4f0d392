from __future__ import annotations

from simulator.engine.accounts.fees import ROUNDING, Charge, charge

REBATE_E6 = ROUNDING.rebate_e6


def test_the_balance_is_floored_to_its_precision_and_the_difference_is_a_fee():
    """Protocol 7.3 step 2."""
    charged = charge(-13_333, 100, rounding_e6=0)

    assert charged == Charge(fee_e6=167, rounding_e6=67)
    assert (-13_333 - charged.fee_e6) % 100 == 0


def test_a_full_accumulator_gives_one_unit_back():
    charged = charge(-4_700_050, 174_400, rounding_e6=REBATE_E6 - 50)

    assert charged == Charge(fee_e6=174_450 - REBATE_E6, rounding_e6=0)


def test_a_rebate_waits_for_a_fee_that_can_bear_it():
    assert charge(-100, 0, rounding_e6=REBATE_E6) == Charge(fee_e6=0, rounding_e6=REBATE_E6)
