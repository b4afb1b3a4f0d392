"""An account is kept, read and checked without an actor, whatever the order in which things are told."""

import logging
from collections import Counter

import pytest

from execution.account_book import AccountBook
from execution.account_figures import AccountFigures, StreamFigures, as_json
from execution.account_keeper import TAKEN_AT_ONCE, AccountKeeper
from execution.account_reads import AccountRead, PastRead
from execution.read_plan import RETRY_S, Moment, ReadNow
from kalshi_client.errors import NotFound
from kalshi_client.wire.records import Settlement
from persistence.outbox import Outbox
from tests.execution.fake_venue import TICKER, fill_message, order_message
from tests.trading.example_facts import market
from trading.events import AccountOpened, BalanceSeen, FillSeen, PositionAt, Reconciled
from trading.order_ids import OrderIds
from trading.venue_time import TOGETHER

BEGAN_US = 1_000_000_000
EACH_S = 30.0
CASH_E6 = 500_000_000


def at(seconds: float) -> Moment:
    return Moment(BEGAN_US + int(seconds * 1e6), seconds, TOGETHER, 1)


def filled(trade_id="t1", seconds=0.0, **changes):
    return fill_message(trade_id, ts_ms=(BEGAN_US + int(seconds * 1e6)) // 1000, **changes)


def held(count_e2=400, cost_e6=1_600_000, fees_e6=67_200):
    return PositionAt(TICKER, 0, count_e2, cost_e6, realised_e6=0, fees_e6=fees_e6)


class Kept:
    """A keeper, and the reads that it asks for."""

    def __init__(self, keeper: AccountKeeper) -> None:
        self.keeper = keeper
        self.recorded: list[object] = []

    def read(self, seconds: float, *, until: float | None = None, cash_e6: int = CASH_E6, **told):
        begun = self.keeper.next_read(at(seconds))
        assert isinstance(begun, ReadNow)
        return self.end(begun, seconds, until=until, cash_e6=cash_e6, **told)

    def end(self, begun, seconds, *, until=None, cash_e6=CASH_E6, **told):
        before_us = at(seconds).venue_us
        lists = {"fills": [], "settlements": [], "resting": [], "ended": [], "positions": []}
        read = AccountRead(
            before_us=before_us, after_us=before_us + 1, available_e6={0: cash_e6}, **(lists | told)
        )
        outcome = self.keeper.take(read, begun.stretch, at(until or seconds), generation=1)
        self.recorded += outcome.new
        return outcome

    def kinds(self):
        return [type(event) for event in self.recorded]


@pytest.fixture
def unopened(tmp_path):
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    book = AccountBook(outbox, account="loopback")
    keeper = AccountKeeper(book, OrderIds("loopback"), folder="ledger-folder", reconcile_s=EACH_S)
    book.learn_markets([market()], venue_us=0)
    yield Kept(keeper)
    outbox.close()


@pytest.fixture
def kept(unopened):
    unopened.read(0)
    return unopened


def alarms(outcome):
    return [note.text for note in outcome.notes if note.level == logging.ERROR]


# --- the opening -----------------------------------------------------------------------------------


def test_nothing_is_read_before_the_markets_are_known(unopened):
    unopened.keeper.book.markets.clear()

    assert unopened.keeper.next_read(at(0)) is None


def test_the_first_read_opens_the_account_and_checks_it(unopened):
    outcome = unopened.read(0)

    assert unopened.kinds() == [AccountOpened, BalanceSeen, Reconciled]
    assert outcome.next_read_s == EACH_S
    assert unopened.keeper.plan.is_reconciled
    assert unopened.keeper.check.differences == ()


def test_what_filled_while_it_was_read_opens_nothing_and_the_read_is_made_again(unopened):
    begun = unopened.keeper.next_read(at(0))
    unopened.keeper.hear([filled(seconds=0.5)], at(0.5))

    outcome = unopened.end(begun, 0, until=1)

    assert unopened.recorded == []
    assert outcome.next_read_s == RETRY_S
    assert not unopened.keeper.plan.is_reconciled


def test_a_read_of_a_stretch_that_is_over_records_nothing(unopened):
    begun = unopened.keeper.next_read(at(0))
    unopened.keeper.plan.interrupted()

    outcome = unopened.end(begun, 0)

    assert (outcome.new, outcome.next_read_s) == ([], None)
    assert isinstance(unopened.keeper.next_read(at(1)), ReadNow)


def test_a_read_that_failed_is_told_and_made_again_later(unopened):
    begun = unopened.keeper.next_read(at(0))

    outcome = unopened.keeper.read_failed(NotFound("GET balance", 404, "x"), begun.stretch, at(0))

    assert "Reading the account failed, trying again" in outcome.notes[0].text
    assert outcome.next_read_s == RETRY_S
    assert unopened.keeper.next_read(at(0.1)) is None


# --- a long past -----------------------------------------------------------------------------------

MANY = 5_000


def past(count=MANY):
    """Orders of ours that have all ended, and a fill of each, as reads tell them."""
    done = {"status": "executed", "fill_e2": 100, "remaining_e2": 0, "initial_e2": 100}
    return {
        "ended": [order_message(order_id=f"v{n}", client_order_id=f"desk-{n}", **done) for n in range(count)],
        "fills": [
            filled(f"t{n}", -60, order_id=f"v{n}", ticker=f"RAIN-{n % 50}", count_e2=100)
            for n in range(count)
        ],
    }


def test_a_long_past_is_taken_in_a_part_at_a_time_and_none_of_it_is_shown_as_open(unopened):
    keeper, ledger = unopened.keeper, unopened.keeper.book.ledger
    outcome, parts = unopened.read(0, **past()), 1

    while outcome.goes_on:
        assert len(outcome.new) <= TAKEN_AT_ONCE
        assert ledger.open_orders() == []
        assert not keeper.plan.is_reconciled
        assert keeper.next_read(at(1)) is None
        said = keeper.how_far("read 5,000 orders")
        assert said == f" (taken in {parts * TAKEN_AT_ONCE:,} of {2 * MANY + 2:,} facts)"
        outcome, parts = keeper.go_on(at(1)), parts + 1

    assert parts > MANY * 2 // TAKEN_AT_ONCE
    assert keeper.plan.is_reconciled
    assert ledger.open_orders() == ledger.live_orders() == []
    assert keeper.book.known().not_ended == {}
    assert (keeper.how_far("read 1"), keeper.how_far("")) == (" (read 1)", "")
    assert outcome.next_read_s == RETRY_S  # all of it has just moved


def test_what_the_stream_tells_between_two_parts_is_heard_and_proves_no_difference(unopened):
    unopened.read(0, **past(TAKEN_AT_ONCE))

    heard = unopened.keeper.hear([filled("now", 0.5)], at(0.5))
    unopened.keeper.go_on(at(1))
    unopened.keeper.go_on(at(1))

    assert [type(event) for event in heard.new] == [FillSeen]
    assert unopened.keeper.book.ledger.position(TICKER).position_e2 == 400
    assert unopened.keeper.plan.is_reconciled
    assert unopened.keeper.check.differences == ()


@pytest.mark.parametrize("how", ["interrupted", "not recorded"])
def test_a_read_that_is_not_taken_in_to_its_end_proves_nothing_and_another_begins(unopened, how):
    unopened.read(0, **past(TAKEN_AT_ONCE))

    if how == "interrupted":
        unopened.keeper.plan.interrupted()
    else:
        unopened.keeper.give_up()
        assert unopened.keeper.how_far("") == ""
    outcome = unopened.keeper.go_on(at(1))
    while outcome.goes_on:
        outcome = unopened.keeper.go_on(at(1))

    assert not unopened.keeper.plan.is_reconciled
    assert outcome.next_read_s == (RETRY_S if how == "interrupted" else None)
    assert isinstance(unopened.keeper.next_read(at(2)), ReadNow)


# --- fills -----------------------------------------------------------------------------------------


def test_a_fill_moves_the_position_and_is_told_once_with_what_it_changed(kept):
    first = kept.keeper.hear([filled("t1", 1), filled("t2", 1, side="ask", count_e2=700)], at(1.25))
    again = kept.keeper.hear([filled("t1", 1)], at(2))

    assert [note.text.partition(" → ")[2] for note in first.notes] == [
        "+4 YES position",
        "-4 YES, +3 NO position",
    ]
    assert {note.level for note in first.notes} == {logging.INFO}
    assert (again.new, again.notes) == ([], [])
    assert kept.keeper.news.latency.summary()["p99"] == 250.0


def test_a_fill_before_the_opening_is_no_news(kept):
    outcome = kept.read(60, fills=[filled("old", -1)])

    assert [type(event) for event in outcome.new] == [FillSeen, BalanceSeen, Reconciled]
    assert outcome.notes == []
    assert kept.keeper.book.ledger.position(TICKER).position_e2 == 0


def test_a_fill_that_the_stream_did_not_tell_is_found_by_the_next_read(kept):
    kept.keeper.plan.interrupted()
    paid_e6 = 1_600_000 + 67_200

    kept.read(60, fills=[filled("t1", 30)], positions=[held()], cash_e6=CASH_E6 - paid_e6)

    assert kept.keeper.book.ledger.position(TICKER).position_e2 == 400
    assert kept.keeper.check.differences == ()
    assert kept.keeper.plan.is_reconciled


def test_of_two_changes_of_an_order_in_one_millisecond_the_one_told_later_counts(kept):
    for prices_e4 in ((4_100, 3_900), (3_900, 4_100)):
        order_id = f"amended to {prices_e4[-1]}"
        told = [order_message(order_id=order_id, price_e4=price_e4, ts_ms=5) for price_e4 in prices_e4]
        kept.keeper.hear(told, at(1))

        assert kept.keeper.book.ledger.order_by_id(order_id).price_e4 == prices_e4[-1]


def test_two_stories_of_one_fill_are_an_alarm_and_stand_from_the_next_check(kept):
    kept.keeper.hear([filled("t1", 1)], at(1))
    outcome = kept.keeper.hear([filled("t1", 1, count_e2=900)], at(1))

    assert "Told in two ways" in alarms(outcome)[0]
    kept.read(60)
    assert kept.keeper.check.differences


def test_what_another_subaccount_does_is_left_out_and_named(kept):
    outcome = kept.keeper.hear([filled("t1", 1, subaccount=7)], at(1))

    assert outcome.new == []
    assert "fill of subaccount 7" in outcome.notes[0].text


def test_a_settlement_that_nothing_tells_the_payout_of_is_an_alarm(kept):
    unpaid = Settlement(TICKER, 0, "scalar", None, 0, settled_us=BEGAN_US + 1)

    outcome = kept.read(60, settlements=[unpaid])

    assert alarms(outcome) == [f"Settlement of {TICKER} is not counted: nothing tells its payout"]


# --- differences -----------------------------------------------------------------------------------


def test_a_difference_is_proven_by_a_second_check_soon_after_and_has_the_past_searched(kept):
    suspected = kept.read(60, positions=[held(300)])
    assert (suspected.next_read_s, suspected.search_past, alarms(suspected)) == (RETRY_S, False, [])

    proven = kept.read(62, positions=[held(300)])

    assert proven.search_past
    assert any(text.startswith("Different from the venue: position") for text in alarms(proven))
    assert any("contracts" in text for text in kept.keeper.check.differences)


def test_what_the_past_explains_is_equal_again_after_the_next_check(kept):
    paid_e6 = 1_600_000 + 67_200
    told = {"positions": [held()], "cash_e6": CASH_E6 - paid_e6}
    kept.read(60, **told)
    assert kept.read(62, **told).search_past

    found = kept.keeper.take_past(PastRead([filled("t1", 1)], [], Counter()), at(63))
    assert [type(event) for event in found.new] == [FillSeen]
    assert found.next_read_s == RETRY_S
    outcome = kept.read(65, **told)

    assert any(note.text == f"Equal to the venue again: position {TICKER}" for note in outcome.notes)
    assert kept.keeper.check.differences == ()


def test_a_long_past_that_is_searched_is_taken_in_a_part_at_a_time(kept):
    for seconds in (60, 62):
        kept.read(seconds, positions=[held(300)])
    missing = [filled(f"t{n}", 1, order_id=f"v{n}", count_e2=100) for n in range(TAKEN_AT_ONCE + 1)]

    first = kept.keeper.take_past(PastRead(missing, [], Counter()), at(63))
    last = kept.keeper.go_on(at(63))

    assert (len(first.new), first.goes_on, first.next_read_s) == (TAKEN_AT_ONCE, True, None)
    assert (len(last.new), last.goes_on, last.next_read_s) == (1, False, RETRY_S)
    assert f"Of the account's past, {TAKEN_AT_ONCE + 1} fills" in last.notes[-1].text


def test_what_the_past_does_not_explain_is_for_a_person_and_names_the_ledgers_folder(kept):
    for seconds in (60, 62):
        kept.read(seconds, positions=[held(300)])
    kept.keeper.take_past(PastRead([], [], Counter()), at(63))

    outcome = kept.read(65, positions=[held(300)])

    assert any("ledger-folder" in text for text in alarms(outcome))


def test_a_past_that_could_not_be_read_is_searched_again_a_minute_later(kept):
    for seconds in (60, 62):
        kept.read(seconds, positions=[held(300)])

    outcome = kept.keeper.past_failed(NotFound("GET fills", 404, "x"))

    assert "to be tried again" in outcome.notes[0].text
    assert not kept.read(65, positions=[held(300)]).search_past
    assert kept.read(125, positions=[held(300)]).search_past


def test_what_the_stream_told_after_the_reads_freshness_proves_no_difference(kept):
    for seconds in (60, 62):
        kept.keeper.hear([filled(f"t{seconds}", seconds + 0.5)], at(seconds + 0.5))
        kept.read(seconds, until=seconds + 1, positions=[])

    assert kept.keeper.check.differences == ()
    assert kept.keeper.check.in_motion > 0


# --- figures ---------------------------------------------------------------------------------------


def figures(kept, **changes):
    known = {
        "check": kept.keeper.check,
        "left_out": kept.keeper.book.left_out.counts,
        "stream": StreamFigures("live", 0, 0.04),
        "fill_to_position_ms": kept.keeper.news.latency.summary(),
        "recent": kept.keeper.news.take_recent(),
        "positions": None,
    }
    return as_json(AccountFigures(**(known | changes)))


def test_before_the_first_check_its_figures_are_empty(unopened):
    assert figures(unopened)["reconciliation"] == {
        "at": None,
        "differences": [],
        "certificate": None,
        "left_out": {},
    }


def test_a_check_is_told_with_its_certificate(kept):
    assert figures(kept)["reconciliation"]["certificate"] == {
        "equal": 1,
        "in_motion": 0,
        "suspect": 0,
        "cash_checked": True,
        "read_between_us": [BEGAN_US, BEGAN_US + 1],
    }


def test_positions_are_told_in_contracts_and_dollars_when_the_tables_are_due(kept):
    kept.keeper.hear([filled("t1", 1)], at(1))

    assert "positions" not in figures(kept)
    assert figures(kept, positions=kept.keeper.book.ledger.positions)["positions"] == [
        {"ticker": TICKER, "position": "4.00", "cost": "1.6000", "realised": "0.0000", "fees": "0.0672"}
    ]


def test_each_fill_is_one_row_of_what_is_new(kept):
    kept.keeper.hear([filled("t1", 1)], at(1))

    assert figures(kept)["recent"] == [
        {
            "at_us": at(1).local_us,
            "order": "order_venue-or",
            "ticker": TICKER,
            "change": "+4 YES",
            "price": "0.4000",
            "fee": "0.0672",
            "role": "taker",
        }
    ]
    assert figures(kept)["recent"] == []
