"""Every order has an id of its own, and a name for people that names no second order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.order_ids import OrderIds

IDS = OrderIds.of("0a1b2c3d", "0f1e2d3c4b5a6978")
HEX8 = st.text("0123456789abcdef", min_size=8, max_size=8)
ISSUERS = st.builds(OrderIds, HEX8, HEX8)


def test_an_id_has_the_account_the_outbox_and_a_number():
    assert IDS.make(1042) == "rl1-0a1b2c3d-0f1e2d3c-1042"


@given(ISSUERS, st.integers(1, 10**18))
def test_an_id_is_one_that_the_venue_takes_and_can_be_read_back(ids, number):
    made = ids.make(number)

    assert len(made) <= 64
    assert "." not in made
    assert ids.issued(made) == (ids.issuer, number)


@given(ISSUERS, ISSUERS, st.integers(1, 10**6), st.integers(1, 10**6))
def test_two_ledger_files_or_accounts_share_no_id(one, other, number, another_number):
    if one != other:
        assert one.make(number) != other.make(another_number)


@pytest.mark.parametrize(
    ("client_order_id", "label"),
    [
        pytest.param("rl1-0a1b2c3d-0f1e2d3c-1", "order_1", id="ours"),
        pytest.param("rl1-0a1b2c3d-sq7x9-12", "order_12", id="ours, of an earlier ledger"),
        pytest.param("rl1-0a1b2c3d-99887766-1", "order_venue-or", id="another program on this account"),
        pytest.param("rl1-ffffffff-0f1e2d3c-1", "order_venue-or", id="another account"),
        pytest.param("", "order_venue-or", id="without one"),
        pytest.param("somebody-7", "order_venue-or", id="made by hand"),
        pytest.param("rl1-0a1b2c3d-0f1e2d3c-", "order_venue-or", id="no number"),
        pytest.param("rl1-0a1b2c3d-0f1e2d3c-007", "order_venue-or", id="no number that was counted"),
        pytest.param("rl1-0a1b2c3d-0f1e2d3c-²", "order_venue-or", id="a digit, and not a number"),
        pytest.param("rl1-0a1b2c3d-0f1e2d3c-1\n", "order_venue-or", id="more behind it"),
    ],
)
def test_only_an_order_of_this_ledger_is_called_by_its_number(client_order_id, label):
    assert IDS.label(client_order_id, "venue-order-1") == label


def test_until_the_outbox_is_known_every_order_of_the_account_is_called_by_its_number():
    assert OrderIds("0a1b2c3d").label("rl1-0a1b2c3d-99887766-5") == "order_5"
