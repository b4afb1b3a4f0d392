import pytest

from actors.account.account_reads import read_account
from kalshi_client.errors import VenueUnavailable
from tests.actors.fake_venue import FakeVenue, order_message


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
    def unavailable():
        raise VenueUnavailable("GET /portfolio/positions", 503, "busy")

    monkeypatch.setattr(venue, "positions", unavailable)

    with pytest.raises(VenueUnavailable):
        read_account(venue, 0, [])
