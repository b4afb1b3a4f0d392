import pytest

from execution.account_reads import MOST_BY_ORDER, MOST_BY_TICKER, Known, read_account
from kalshi_client.errors import VenueUnavailable
from kalshi_client.wire.records import Settlement
from tests.execution.fake_venue import TICKER, FakeVenue, fill_message, order_message
from trading.events import PositionAt


@pytest.fixture
def venue():
    return FakeVenue()


def known(**more):
    """Of an account that was opened at the beginning of time."""
    return Known(**({"since_s": 0, "not_ended": {}, "lacking_fills": [], "traded": []} | more))


def test_every_read_stands_between_two_readings_of_their_freshness(venue):
    read_account(venue, known(since_s=120))

    first, *reads, last = venue.calls
    assert first == last == "user_data_timestamp"
    assert sorted(reads) == ["balance", "cutoff", "fills", "orders", "positions", "settlements since 120"]


def test_positions_and_cash_are_not_older_than_the_fills(venue):
    read_account(venue, known())

    assert venue.calls.index("fills") < venue.calls.index("positions")
    assert venue.calls.index("fills") < venue.calls.index("balance")


def test_an_order_believed_resting_that_is_not_listed_is_asked_for_by_its_id(venue):
    venue.resting["v1"] = order_message(order_id="v1")
    venue.ended["v2"] = order_message(order_id="v2", status="canceled")

    read = read_account(venue, known(not_ended={"v1": TICKER, "v2": TICKER}))

    assert [order.order_id for order in read.resting] == ["v1"]
    assert [order.order_id for order in read.ended] == ["v2"]
    assert "order v1" not in venue.calls


def test_fills_are_read_from_the_archive_where_the_time_asked_for_reaches_behind_its_cutoff(venue):
    venue.archived_fills = [fill_message("t1", ts_ms=90_000), fill_message("t2", ts_ms=130_000)]
    venue.fills_made = [fill_message("t3", ts_ms=190_000)]

    venue.archived_before_s = 180
    assert {fill.trade_id for fill in read_account(venue, known(since_s=120)).fills} == {"t2", "t3"}

    venue.archived_before_s = 120
    venue.calls.clear()
    assert {fill.trade_id for fill in read_account(venue, known(since_s=120)).fills} == {"t3"}
    assert "archived fills" not in venue.calls


def test_an_account_opens_without_its_archive(venue):
    venue.archived_before_s = 180
    venue.archived_fills = [fill_message("t1")]

    assert read_account(venue, known(since_s=None)).fills == []


def test_fills_of_an_order_that_lacks_some_are_read_wherever_they_are_and_once(venue):
    venue.archived_fills = [fill_message("t1", ts_ms=1), fill_message("other", order_id="v9")]
    venue.fills_made = [fill_message("t2", ts_ms=190_000)]

    read = read_account(venue, known(since_s=120, lacking_fills=["venue-order-1"]))

    assert sorted(fill.trade_id for fill in read.fills) == ["t1", "t2"]


def test_an_order_that_moved_to_the_archive_is_found_there(venue):
    executed = order_message(order_id="v1", status="executed", fill_e2=1_000, remaining_e2=0)
    venue.archived_orders = {"v1": executed, "v2": order_message(order_id="v2")}

    assert read_account(venue, known(not_ended={"v1": TICKER})).ended == [executed]


@pytest.mark.parametrize("orders", [1, MOST_BY_ORDER + 1])
def test_the_end_of_an_order_that_its_fill_is_the_first_word_of_is_read_with_it(venue, orders):
    names = [f"v{n}" for n in range(orders)]
    venue.fills_made = [fill_message(f"t-{name}", order_id=name) for name in [*names, "known", "rests"]]
    venue.ended = {name: order_message(order_id=name, status="executed") for name in [*names, "known"]}
    venue.resting["rests"] = order_message(order_id="rests")

    read = read_account(venue, known(heard_of={"known"}))

    assert sorted(order.order_id for order in read.ended) == sorted(names)
    assert venue.calls.count("order v0") == (1 if orders == 1 else 0)


def test_an_end_that_the_list_of_orders_lacks_is_looked_for_in_the_archive(venue):
    names = [f"v{n}" for n in range(MOST_BY_ORDER + 1)]
    venue.ended = {name: order_message(order_id=name, status="canceled") for name in names[1:]}
    venue.archived_orders = {"v0": order_message(order_id="v0", status="canceled")}

    read = read_account(venue, known(not_ended=dict.fromkeys(names, TICKER)))

    assert sorted(order.order_id for order in read.ended) == sorted(names)
    assert sorted(read.ends_asked) == sorted(names)
    assert [call for call in venue.calls if call.startswith("order ")] == ["order v0"]


@pytest.mark.parametrize("markets", [1, MOST_BY_TICKER + 1])
def test_positions_that_moved_to_the_archive_are_read_there_and_no_others(venue, markets):
    tickers = [f"RAIN-{n}" for n in range(markets)]
    venue.held = [PositionAt("LIVE", 0, 100, 1, 0, 0)]
    venue.archived_positions = [PositionAt(ticker, 0, 0, 0, 7, 1) for ticker in [*tickers, "NEVER-OURS"]]

    read = read_account(venue, known(traded=[*tickers, "LIVE"]))

    assert sorted(at.ticker for at in read.archived) == sorted(tickers)
    assert venue.calls.count("archived positions") == (0 if markets == 1 else 1)


def test_an_order_that_neither_list_has_proves_nothing(venue):
    assert read_account(venue, known(not_ended={"gone": TICKER})).ended == []


def test_a_read_that_is_not_whole_is_none(venue, monkeypatch):
    def unavailable(**_):
        raise VenueUnavailable("GET /portfolio/positions", 503, "busy")

    monkeypatch.setattr(venue, "positions", unavailable)

    with pytest.raises(VenueUnavailable):
        read_account(venue, known())


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

    read = read_account(venue, known(not_ended={"v3": TICKER}))

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
