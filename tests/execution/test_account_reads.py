import pytest

from execution.account_reads import read_account
from kalshi_client.errors import VenueUnavailable
from kalshi_client.wire.records import Settlement
from tests.execution.fake_venue import TICKER, FakeVenue, fill_message, order_message
from trading.events import PositionAt


@pytest.fixture
def venue():
    return FakeVenue()


def test_every_read_stands_between_two_readings_of_their_freshness(venue):
    read_account(venue, 120, [])

    first, *reads, last = venue.calls
    assert first == last == "user_data_timestamp"
    assert sorted(reads) == ["balance", "fills", "orders", "positions", "settlements since 120"]


def test_positions_and_cash_are_not_older_than_the_fills(venue):
    read_account(venue, 0, [])

    assert venue.calls.index("fills") < venue.calls.index("positions")
    assert venue.calls.index("fills") < venue.calls.index("balance")


def test_an_order_believed_resting_that_is_not_listed_is_asked_for_by_its_id(venue):
    venue.resting["v1"] = order_message(order_id="v1")
    venue.ended["v2"] = order_message(order_id="v2", status="canceled")

    read = read_account(venue, 0, ["v1", "v2"])

    assert [order.order_id for order in read.resting] == ["v1"]
    assert [order.order_id for order in read.ended] == ["v2"]
    assert "order v1" not in venue.calls


def test_an_order_that_the_venue_does_not_find_proves_nothing(venue):
    assert read_account(venue, 0, ["gone"]).ended == []


def test_a_read_that_is_not_whole_is_none(venue, monkeypatch):
    def unavailable(**_):
        raise VenueUnavailable("GET /portfolio/positions", 503, "busy")

    monkeypatch.setattr(venue, "positions", unavailable)

    with pytest.raises(VenueUnavailable):
        read_account(venue, 0, [])


def test_whatever_another_subaccount_does_is_left_out_and_counted(venue):
    venue.held = [PositionAt(TICKER, 0, 100, 1, 0, 0, subaccount=1)]
    venue.settled = [Settlement(TICKER, 0, "yes", 10_000, 1, settled_us=9, subaccount=1)]
    venue.fills_made = [
        fill_message("t1"),
        fill_message("t2", subaccount=1),
        fill_message("t3", subaccount=1),
    ]
    venue.resting = {
        "v1": order_message(order_id="v1"),
        "v2": order_message(order_id="v2", subaccount=2),
    }
    venue.ended["v3"] = order_message(order_id="v3", status="canceled", subaccount=1)

    read = read_account(venue, 0, ["v3"])

    assert [fill.trade_id for fill in read.fills] == ["t1"]
    assert [order.order_id for order in (*read.resting, *read.ended)] == ["v1"]
    assert read.left_out == {
        "fill of subaccount 1": 2,
        "order of subaccount 2": 1,
        "order of subaccount 1": 1,
        "position of subaccount 1": 1,
        "settlement of subaccount 1": 1,
    }
    assert (read.positions, read.settlements) == ([], [])
