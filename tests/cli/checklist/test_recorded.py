"""The orders and fills of two ledgers are ready to be compared with the venue's, one by one."""

from cli.checklist import account_figures, recorded_figures
from cli.checklist.ledger_reader import LedgerReader
from cli.checklist.recorded import RecordedOrders
from cli.checklist.venue_account import Held, VenueAccount, VenueFill, VenueOrder
from persistence import account_files
from persistence.outbox import Outbox
from tests.cli.checklist.sessions_seen import FILL, ID, intent
from trading.events import Answered, SendStarted

ORDER = VenueOrder("v-1", "M", "bid", 4_700, 200, 0, "resting")
VENUE = VenueAccount(
    before_us=0,
    after_us=0,
    since_us=1_000_000,
    available_e6={0: 4_000_000, 1: 5_000_000},
    positions={"M": Held(200, 0, 100)},
    orders={"v-1": ORDER, "v-9": VenueOrder("v-9", "M", "ask", 5_000, 100, 100, "executed")},
    client_order_ids={ID: "v-1", "another's": "v-9"},
    fills={"t-1": VenueFill("v-1", "M", "bid", 4_700, 200, 0, 1_800)},
)


def recorded(*events):
    found = RecordedOrders(since_us=500_000)
    for event in events:
        found.apply(event)
    return found


ACCEPTED = (intent(), SendStarted(1_001_000, ID, 0), Answered(1_050_000, ID, "accepted", "v-1"), FILL)


def test_an_order_goes_from_its_intent_to_its_answer():
    (order,) = recorded(*ACCEPTED).sent()

    assert (order.label, order.outcome, order.order_id) == ("order_1", "accepted", "v-1")
    assert (order.intent.at_us, order.sent_us, order.answered_us) == (1_000_000, 1_001_000, 1_050_000)


def test_what_was_never_sent_or_is_of_before_is_no_order_of_the_session():
    unsent = recorded(intent(), SendStarted(1_001_000, ID, 0), Answered(1_002_000, ID, "not_sent"))
    early = RecordedOrders(since_us=2_000_000)
    for event in ACCEPTED:
        early.apply(event)

    assert recorded(intent()).sent() == unsent.sent() == early.sent() == []


def test_ledgers_and_venue_have_the_same_orders_and_fills_one_by_one():
    ours = recorded_figures.of_ledger(recorded(*ACCEPTED))

    assert ours == recorded_figures.of_venue(VENUE, {ID})
    assert ours.keys() == {f"sent {ID}", "fill t-1"}


def test_a_rejected_order_is_not_looked_for_and_one_in_doubt_is():
    rejected = recorded(intent(), SendStarted(1_001_000, ID, 0), Answered(1_002_000, ID, "rejected"))
    doubtful = recorded(intent(), SendStarted(1_001_000, ID, 0))

    assert recorded_figures.of_ledger(rejected) == {}
    assert recorded_figures.of_ledger(doubtful).keys() == {f"sent {ID}"}


def test_a_fill_of_before_the_time_asked_for_is_left_out_on_both_sides():
    early = recorded(*ACCEPTED)
    venue = VenueAccount(0, 0, 2_000_000, {}, {}, {}, {}, VENUE.fills)

    ours = recorded_figures.since(recorded_figures.of_ledger(early), early, venue)

    assert "fill t-1" not in ours
    assert recorded_figures.of_venue(venue, ()) == {}


def test_only_what_was_added_to_the_ledgers_is_read_again(tmp_path):
    reader = LedgerReader(tmp_path, since_us=0)
    assert reader.refresh().orders == {}
    with_orders = Outbox(tmp_path / account_files.ORDER_MANAGER, "OrderManager")
    with_fills = Outbox(tmp_path / account_files.FILL_PROCESSOR, "FillProcessor")
    with_orders.append([(event, None) for event in ACCEPTED[:2]])
    assert [order.outcome for order in reader.refresh().sent()] == [""]

    with_orders.append([(ACCEPTED[2], None)])
    with_fills.append([(FILL, None)])
    found = reader.refresh()

    assert [order.outcome for order in found.sent()] == ["accepted"]
    assert found.fills == {"t-1": FILL}
    with_orders.close()
    with_fills.close()


ROW = {"side": "bid", "price": "0.4700", "count": "2.00", "filled": "0.00"}
PAGE = (
    [{"ticker": "M", "position": "2.00", "realised": "0.0000", "fees": "0.0001"}],
    [{"order_id": "v-1", "state": "resting", **ROW}, {"order_id": "", "state": "in_flight", **ROW}],
    {"available": "9.0000"},
)
LEDGER = {
    "cash": "9.9400",
    "reserved": "0.9400",
    "positions": {"M": "2.00"},
    "realised": {"M": "0.0000"},
    "orders": [
        {
            "order_id": "v-1",
            "status": "resting",
            "book_side": "bid",
            "yes_price_dollars": "0.4700",
            "remaining_count_fp": "2.00",
        }
    ],
}


def test_page_rest_and_the_exchanges_ledger_tell_one_account_alike():
    page, venue = account_figures.of_page(*PAGE), account_figures.of_venue(VENUE)

    assert page == venue
    assert account_figures.without_fees(page) == account_figures.of_ledger(LEDGER)
    assert page.keys() == {"cash", "position M", "realised M", "fees M", "order v-1"}


def test_an_account_that_is_not_known_yet_has_no_figures():
    assert account_figures.of_page(None, None, {"available": None}) == {}


def test_a_flat_market_that_the_other_side_lists_no_more_is_left_out_and_a_held_one_is_not():
    ours = {
        "position A": "0.00",
        "realised A": "1.0000",
        "fees A": "0.0000",
        "position B": "1.00",
        "cash": "1",
    }

    assert account_figures.comparable(ours, {"cash": "1"}) == {"position B": "1.00", "cash": "1"}
    assert account_figures.comparable(ours, {"position A": "0.00"}) == ours
