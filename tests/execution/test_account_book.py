from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from execution import account_facts, account_reads
from execution.account_book import FORGET_MARKET_AFTER_US, AccountBook
from execution.account_facts import touched
from execution.account_reads import AccountRead, PastRead, read_account
from kalshi_client.wire.records import Settlement
from persistence.outbox import Outbox
from tests.execution.fake_venue import TICKER, FakeVenue, fill_message, order_message
from tests.trading.example_facts import OURS, market, opened
from trading.events import (
    AccountOpened,
    BalanceSeen,
    Difference,
    FillSeen,
    PositionAt,
    Reconciled,
    SettlementSeen,
)

MINUTE_MS = 60_000
NOW_US, LATER_US = 7, 8

fill_seen = partial(account_facts.fill_seen, at_us=NOW_US)
order_seen = partial(account_facts.order_seen, at_us=NOW_US)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fill_processor.db"


@pytest.fixture
def book(path):
    outbox = Outbox(path, "FillProcessor")
    made = AccountBook(outbox, account="loopback")
    for event in made.past():
        made.take(event)
    made.learn_markets([market()], venue_us=0)
    yield made
    outbox.close()


@pytest.fixture
def opened_book(book):
    book.record([opened()])
    return book


def read(**changes):
    known = {
        "before_us": 1_000,
        "after_us": 2_000,
        "fills": [],
        "settlements": [],
        "resting": [],
        "ended": [],
        "positions": [],
        "available_e6": {0: 500_000_000},
    }
    return AccountRead(**(known | changes))


def held_e2(book, ticker=TICKER):
    return book.ledger.position(ticker).position_e2


BY_STREAM = fill_message(client_order_id=OURS, post_position_e2=400)
BY_READ = fill_message()


@pytest.mark.parametrize("ways", [(BY_STREAM, BY_READ), (BY_READ, BY_STREAM), (BY_READ, BY_READ)])
def test_a_fill_is_recorded_once_whichever_way_it_came(opened_book, ways):
    new = [opened_book.record([fill_seen(fill)]) for fill in ways]

    assert [len(events) for events in new] == [1, 0]
    assert held_e2(opened_book) == 400
    assert opened_book.conflicts == []


def test_a_fill_told_twice_in_one_batch_is_recorded_once(opened_book):
    new = opened_book.record([fill_seen(BY_STREAM), fill_seen(BY_READ)])

    assert len(new) == 1
    assert held_e2(opened_book) == 400


def test_two_stories_of_one_fill_are_an_alarm_and_cost_nothing_else_of_the_batch(opened_book):
    opened_book.record([fill_seen(BY_STREAM)])
    other = [fill_message("t1", count_e2=900), fill_message("t2", count_e2=100)]

    new = opened_book.record([fill_seen(fill) for fill in other])

    assert [event.trade_id for event in new] == ["t2"]
    assert held_e2(opened_book) == 500
    [conflict] = opened_book.conflicts
    assert (conflict.kind, conflict.ticker) == ("conflict", TICKER)
    assert "t1" in conflict.key
    assert "count_e2=400" in conflict.sentence
    assert "count_e2=900" in conflict.sentence


def test_of_two_stories_in_one_batch_the_first_stands(opened_book):
    stories = [fill_message("t1", count_e2=400), fill_message("t1", count_e2=900)]

    opened_book.record([fill_seen(fill) for fill in stories])

    assert held_e2(opened_book) == 400
    assert len(opened_book.conflicts) == 1


def test_a_conflict_that_every_read_repeats_is_one_alarm(opened_book):
    opened_book.record([fill_seen(BY_STREAM)])

    for _ in range(3):
        opened_book.record([fill_seen(fill_message(count_e2=900))])

    assert len(opened_book.conflicts) == 1


def test_people_hear_of_a_fill_under_the_name_that_its_order_bore_first(opened_book):
    opened_book.record([order_seen(order_message(client_order_id=OURS, ts_ms=1))])
    opened_book.record([order_seen(order_message(client_order_id="desk-2", ts_ms=2))])
    by_read, by_stream = fill_message(), fill_message(client_order_id="desk-2")

    assert opened_book.named(fill_seen(by_read)).client_order_id == OURS
    assert opened_book.named(fill_seen(by_stream)).client_order_id == OURS
    other = fill_seen(fill_message(order_id="another", client_order_id="theirs"))
    assert opened_book.named(other).client_order_id == "theirs"


def test_a_fill_told_under_two_names_of_its_order_is_one_story(opened_book):
    told = [fill_message(client_order_id=name) for name in (OURS, "desk-2", "")]

    new = [opened_book.record([fill_seen(fill)]) for fill in told]

    assert [len(events) for events in new] == [1, 0, 0]
    assert opened_book.conflicts == []


@pytest.mark.parametrize("message", [fill_message, order_message])
def test_a_message_about_another_subaccount_is_no_fact(opened_book, message):
    facts, notes = opened_book.heard(message(subaccount=1), at_us=NOW_US)
    again, silence = opened_book.heard(message(subaccount=1), at_us=NOW_US)

    assert (facts, again, silence) == ([], [], [])
    assert "subaccount 1" in notes[0]
    assert opened_book.left_out.counts.total() == 2
    assert len(opened_book.heard(message(subaccount=0), at_us=NOW_US)[0]) == 1


# --- the opening ---------------------------------------------------------------------------------


def test_opening_cash_includes_what_resting_orders_reserve(book):
    resting = order_message(price_e4=4_000, remaining_e2=1_000)

    [opening, _] = book.record(book.news_in(read(resting=[resting]), now_us=LATER_US))

    assert isinstance(opening, AccountOpened)
    fee_e6 = 168_000  # 0.07 × 10 × 0.40 × 0.60
    assert opening.cash_e6 == {0: 500_000_000 + 4_000_000 + fee_e6}
    assert book.ledger.available_e6(0) == 500_000_000


def test_fills_before_the_opening_are_inside_it(book):
    held = PositionAt(TICKER, 0, 400, 1_600_000, realised_e6=0, fees_e6=67_200)
    old, new = fill_message("old", ts_ms=8_500), fill_message("new", ts_ms=9_700)

    book.record(book.news_in(read(before_us=9_600_000, fills=[new, old], positions=[held]), now_us=LATER_US))

    assert held_e2(book) == 800


def test_an_account_is_not_opened_on_a_fill_whose_time_does_not_tell_on_which_side_it_is():
    just_before = read(before_us=9_600_000, fills=[fill_message("before or after", ts_ms=9_000)])
    long_before = read(before_us=9_600_000, fills=[fill_message("before", ts_ms=8_000)])

    assert just_before.has_fills_inside()
    assert not long_before.has_fills_inside()


def test_an_account_is_opened_once(book):
    book.record(book.news_in(read(), now_us=LATER_US))

    assert book.is_opened
    assert book.news_in(read(available_e6={0: 1}), now_us=LATER_US) == []


# --- what a later read tells ---------------------------------------------------------------------


def test_a_read_tells_only_what_is_new_about_an_order(opened_book):
    news = opened_book.news_in(read(resting=[order_message()]), now_us=NOW_US)
    opened_book.record(news)
    assert len(news) == 1

    assert opened_book.news_in(read(resting=[order_message()]), now_us=LATER_US) == []
    assert (
        opened_book.news_in(read(resting=[order_message(fill_e2=400, remaining_e2=600)]), now_us=LATER_US)
        != []
    )
    assert opened_book.news_in(read(resting=[order_message(remaining_e2=200)]), now_us=LATER_US) != []
    assert opened_book.news_in(read(resting=[order_message(price_e4=3_900)]), now_us=LATER_US) != []
    assert (
        opened_book.news_in(read(ended=[order_message(status="canceled", remaining_e2=0)]), now_us=LATER_US)
        != []
    )


def test_a_read_that_a_message_has_overtaken_tells_nothing(opened_book):
    opened_book.record([order_seen(order_message(remaining_e2=200, ts_ms=5))])

    assert (
        opened_book.news_in(read(resting=[order_message(remaining_e2=1_000, ts_ms=4)]), now_us=LATER_US) == []
    )


def test_a_record_without_a_time_of_its_own_is_as_fresh_as_its_read(opened_book):
    opened_book.record([order_seen(order_message(remaining_e2=1_000, ts_ms=5))])
    decreased = order_message(remaining_e2=200, ts_ms=0)

    assert opened_book.news_in(read(before_us=4_999, resting=[decreased]), now_us=LATER_US) == []
    assert opened_book.news_in(read(before_us=6_000, resting=[decreased]), now_us=LATER_US) != []


def test_the_end_of_an_order_is_no_news_twice(opened_book):
    ended = read(ended=[order_message(status="canceled", remaining_e2=0)])
    opened_book.record(opened_book.news_in(ended, now_us=LATER_US))

    assert opened_book.news_in(ended, now_us=LATER_US) == []
    assert opened_book.known().not_ended == {}


def test_an_order_that_only_our_count_calls_filled_is_asked_for_until_the_venue_has_ended_it(opened_book):
    opened_book.record([order_seen(order_message()), fill_seen(fill_message(count_e2=1_000))])
    assert opened_book.known().not_ended == {"venue-order-1": TICKER}

    ended = read(ended=[order_message(status="executed", fill_e2=1_000, remaining_e2=0)])
    opened_book.record(opened_book.news_in(ended, now_us=LATER_US))

    assert opened_book.known().not_ended == {}


def test_what_is_believed_resting_is_named_by_the_venues_ids(opened_book):
    opened_book.record([order_seen(order_message(order_id="v1")), order_seen(order_message(order_id="v2"))])
    opened_book.record([order_seen(order_message(order_id="v1", status="canceled", remaining_e2=0))])

    assert opened_book.known().not_ended == {"v2": TICKER}


def test_a_settlement_pays_once_however_often_it_is_read(opened_book):
    opened_book.record([fill_seen(BY_READ)])
    settled = read(settlements=[Settlement(TICKER, 0, "yes", 10_000, 4_000_000, settled_us=9)])
    before_e6 = opened_book.ledger.cash_e6()

    for _ in range(2):
        opened_book.record(opened_book.news_in(settled, now_us=LATER_US))

    assert opened_book.ledger.cash_e6() - before_e6 == 4_000_000
    assert held_e2(opened_book) == 0


def test_a_resting_order_that_a_page_of_the_list_lost_is_asked_for_and_rests_on(opened_book, monkeypatch):
    """An order that leaves a list moves others to a page that was read already."""
    venue = FakeVenue()
    venue.resting["v1"] = order_message(order_id="v1")
    opened_book.record([order_seen(venue.resting["v1"])])
    monkeypatch.setattr(venue, "orders", lambda **_: [])

    opened_book.record(opened_book.news_in(read_account(venue, opened_book.known()), now_us=LATER_US))

    assert venue.calls.count("order v1") == 1
    assert opened_book.known().not_ended == {"v1": TICKER}


def test_orders_that_the_venue_has_nowhere_starve_no_other(opened_book, monkeypatch):
    monkeypatch.setattr(account_reads, "MOST_FOUND", 1)
    venue = FakeVenue()
    for order_id in ("gone", "v2"):
        opened_book.record([order_seen(order_message(order_id=order_id))])
    venue.ended["v2"] = order_message(order_id="v2", status="canceled", remaining_e2=0)

    for _ in range(3):
        opened_book.record(opened_book.news_in(read_account(venue, opened_book.known()), now_us=LATER_US))

    assert [call for call in venue.calls if call.startswith("order ")] == [
        "order gone",
        "order v2",
        "order gone",
    ]
    assert opened_book.known().not_ended == {"gone": TICKER}


def test_fills_that_the_venue_has_nowhere_starve_no_other(opened_book, monkeypatch):
    monkeypatch.setattr(account_reads, "MOST_FILLED", 1)
    venue = FakeVenue()
    venue.fills_made = [fill_message("t1", order_id="v2", ts_ms=1)]
    monkeypatch.setattr(venue, "settlements", lambda **_: [])
    for order_id in ("gone", "v2"):
        opened_book.record([order_seen(order_message(order_id=order_id, fill_e2=400, remaining_e2=600))])
    opened_book.record([Reconciled(9, 1, as_of_us=30 * MINUTE_MS * 1_000)])  # that fill is older

    for _ in range(2):
        opened_book.record(opened_book.news_in(read_account(venue, opened_book.known()), now_us=LATER_US))

    assert opened_book.known().lacking_fills == ["gone"]


def test_of_the_whole_past_only_what_was_missing_is_recorded(opened_book):
    opened_book.record([fill_seen(BY_STREAM)])
    settled = Settlement("RAIN-LA", 0, "yes", 10_000, 0, settled_us=9)
    past = PastRead([fill_message("t2", ts_ms=9), fill_message("t1")], [settled], Counter())

    new = opened_book.record(opened_book.past_in(past, now_us=LATER_US))

    assert [getattr(event, "trade_id", "settled") for event in new] == ["t2", "settled"]
    assert held_e2(opened_book) == 800


# --- how far back a read goes --------------------------------------------------------------------


def test_before_the_opening_nothing_is_known(book):
    assert book.known().since_s is None


def test_the_read_after_the_opening_goes_back_to_it(book):
    book.record([opened(fills_from_us=20 * MINUTE_MS * 1_000)])

    assert book.known().since_s == 19 * 60


def test_a_read_goes_back_to_what_the_last_check_was_as_fresh_as(opened_book):
    opened_book.record([fill_seen(fill_message("t1", ts_ms=10 * MINUTE_MS))])
    opened_book.record([Reconciled(9, 1, as_of_us=30 * MINUTE_MS * 1_000)])

    # After an interruption: what it hid is older than this.
    opened_book.record([fill_seen(fill_message("t2", ts_ms=50 * MINUTE_MS))])

    assert opened_book.known().since_s == 29 * 60


def test_an_older_ledger_tells_it_by_the_newest_fill_before_its_last_check(opened_book):
    opened_book.record([fill_seen(fill_message("t1", ts_ms=10 * MINUTE_MS))])
    opened_book.record([Reconciled(9, 1)])
    opened_book.record([fill_seen(fill_message("t2", ts_ms=50 * MINUTE_MS))])

    assert opened_book.known().since_s == 9 * 60


def test_fills_are_looked_for_where_the_venue_counts_more_than_we_know(opened_book):
    opened_book.record([order_seen(order_message(fill_e2=600, remaining_e2=400))])
    assert opened_book.known().lacking_fills == ["venue-order-1"]

    opened_book.record([fill_seen(fill_message(count_e2=600))])
    assert opened_book.known().lacking_fills == []


def test_an_archived_position_is_read_once_and_compared_ever_after(opened_book):
    opened_book.record([fill_seen(fill_message())])
    assert opened_book.known().traded == [TICKER]
    archived = PositionAt(TICKER, 0, 0, 0, realised_e6=2_400_000, fees_e6=67_200)

    assert opened_book.positions_in(read(archived=[archived])) == [archived]

    assert opened_book.known().traded == []
    assert opened_book.positions_in(read()) == [archived]
    assert opened_book.positions_in(read(positions=[archived])) == [archived]


# --- small facts ---------------------------------------------------------------------------------


def test_fills_orders_and_settlements_move_their_tickers_and_nothing_else_does(book):
    settlement = SettlementSeen(1, "C", 0, "yes", 10_000, 0)
    moving = [fill_seen(fill_message(ticker="A")), order_seen(order_message(ticker="B")), settlement]
    still = [opened(), BalanceSeen(9, {0: 1}), Reconciled(9, 1)]

    assert touched([*moving, *still]) == {"A", "B", "C"}


def test_a_check_is_recorded_with_its_differences(opened_book):
    cash = Difference("cash", "cash", "", "ours $1.00, the venue's $2.00")

    opened_book.record([Reconciled(9, 3, (cash,), 2)])

    assert opened_book.ledger.differences.of_cash == cash


def test_every_field_of_a_fill_is_kept(book):
    fill = fill_message(
        "t9",
        exchange_index=2,
        side="ask",
        price_e4=7_100,
        fee_e6=5,
        is_taker=False,
        ts_ms=8,
        post_position_e2=-3,
    )

    event = fill_seen(fill)

    names = [name for name in FillSeen.__dataclass_fields__ if name not in ("at_us", "client_order_id")]
    assert [getattr(event, name) for name in names] == [getattr(fill, name) for name in names]


def test_a_market_that_closed_long_ago_is_forgotten_unless_something_of_ours_is_in_it(opened_book):
    opened_book.record([fill_seen(BY_STREAM)])
    now_us = 2 * FORGET_MARKET_AFTER_US
    long_ago_us, just_now_us = now_us - FORGET_MARKET_AFTER_US - 1, now_us - 1
    held, past, recent = (
        replace(market(), ticker=ticker, close_us=close_us)
        for ticker, close_us in ((TICKER, long_ago_us), ("PAST", long_ago_us), ("RECENT", just_now_us))
    )

    opened_book.learn_markets([held, past, recent], venue_us=now_us)

    assert opened_book.markets.keys() == {TICKER, "RECENT"}
