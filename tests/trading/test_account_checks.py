"""The consequences of one check of the account after another."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import TICKER, fill, market, opened
from trading.account_checks import SEARCH_GAP_US, AccountChecks, VenueFigures
from trading.events import CashMoved, Difference, PositionAt, Reconciled
from trading.ledger import Ledger

CASH_E6 = 1_000_000_000
VENUES_FIVE = PositionAt(TICKER, 0, 500, 2_000_000, 0, 0)
CONFLICT = Difference("conflict", "fill/loopback/t1", TICKER, "t1 was told in two ways")
NOTHING_MOVED = ()


class Account:
    """A ledger and its checks; the venue's figures equal the ledger's but for what a check is told."""

    def __init__(self, *events):
        self.ledger = Ledger({TICKER: market()})
        self.checks = AccountChecks()
        self.seconds = 0
        for event in (opened(CASH_E6), *events):
            self.ledger.apply(event)

    def check(self, *positions, cash_e6=None, moved=NOTHING_MOVED, after_s=30):
        self.seconds += after_s
        cash_by_shard = {0: self.ledger.available_e6()} if cash_e6 is None else cash_e6
        read_us = self.seconds * 1_000_000
        venue = VenueFigures(positions, cash_by_shard, as_of_us=read_us - 1, read_us=read_us)
        verdict = self.checks.judge(self.ledger, venue, moved, now_us=self.seconds, generation=1)
        for event in verdict.events:
            self.ledger.apply(event)
        return verdict

    @property
    def is_stopped(self):
        return self.ledger.differences.of_position(TICKER)


def keys(differences):
    return [difference.key for difference in differences]


def test_a_check_records_up_to_when_all_that_happened_is_known():
    account = Account()

    [reconciled] = account.check().events

    assert reconciled.as_of_us == account.seconds * 1_000_000 - 1


def test_a_difference_stands_from_the_second_check_until_one_finds_it_equal():
    account = Account()

    first, second = account.check(VENUES_FIVE), account.check(VENUES_FIVE)
    assert keys(first.differences) == []
    assert (first.is_again_soon, second.is_again_soon) == (True, False)
    assert f"position {TICKER}" in keys(second.appeared)
    assert account.is_stopped

    moving = account.check(VENUES_FIVE, moved={TICKER})
    assert account.is_stopped
    assert (keys(moving.appeared), keys(moving.gone)) == ([], [])

    equal = account.check()
    assert f"position {TICKER}" in keys(equal.gone)
    assert not account.is_stopped


def test_a_difference_whose_figures_change_stands():
    account = Account()
    for _ in range(2):
        account.check(VENUES_FIVE)

    account.check(PositionAt(TICKER, 0, 700, 2_800_000, 0, 0))

    assert account.is_stopped


def test_a_ledger_that_is_folded_again_knows_what_stands():
    account = Account()
    events = [event for _ in range(2) for event in account.check(VENUES_FIVE, cash_e6={0: 7}).events]

    again = Account(*events)

    assert again.is_stopped
    assert again.ledger.differences.of_cash is not None
    assert keys(again.check().gone) == ["position RAIN-NYC", "figures RAIN-NYC", "cash"]


def test_the_sentences_of_earlier_ledgers_stand_for_nothing():
    account = Account(Reconciled(1, 1, ("cash shard 0: ours 1, the venue's 2", f"position {TICKER}: …")))

    assert not account.is_stopped
    assert account.ledger.differences.of_cash is None


def test_cost_and_result_are_told_and_stop_nothing():
    account = Account()
    for _ in range(2):
        verdict = account.check(PositionAt(TICKER, 0, 0, 0, 50_000, 0))

    assert keys(verdict.differences) == [f"figures {TICKER}"]
    assert not account.is_stopped


# --- the past ------------------------------------------------------------------------------------


def test_the_past_is_searched_once_and_what_it_does_not_explain_is_told_once():
    account = Account()
    verdicts = [account.check(VENUES_FIVE) for _ in range(5)]  # the search takes long
    account.checks.searched()
    verdicts += [account.check(VENUES_FIVE) for _ in range(3)]

    assert [verdict.search_past for verdict in verdicts] == [False, True] + [False] * 6
    told = [keys(verdict.unexplained) for verdict in verdicts]
    assert told == [[]] * 5 + [[f"position {TICKER}", f"figures {TICKER}"], [], []]


def test_what_the_past_explains_is_gone_with_the_next_check():
    account = Account()
    missed = fill(count_e2=500, price_e4=4_000, fee_e6=0)
    venue = {"cash_e6": {0: CASH_E6 - 2_000_000}}
    for _ in range(2):
        account.check(VENUES_FIVE, **venue)
    assert account.ledger.differences.of_cash is not None

    account.ledger.apply(missed)
    account.checks.searched()
    found = account.check(VENUES_FIVE, **venue)

    assert (keys(found.differences), keys(found.unexplained)) == ([], [])


def test_a_search_that_failed_is_made_again_after_the_distance_and_has_explained_nothing():
    account = Account()
    for _ in range(2):
        account.check(VENUES_FIVE)

    account.checks.search_failed()

    soon = account.check(VENUES_FIVE, after_s=1)
    later = account.check(VENUES_FIVE, after_s=SEARCH_GAP_US // 1_000_000)
    assert (soon.search_past, later.search_past) == (False, True)
    assert keys(soon.unexplained) == keys(later.unexplained) == []


def test_searches_of_the_whole_past_keep_their_distance():
    account = Account()
    searches = []
    for number in range(40):  # a difference that comes and goes
        positions = (VENUES_FIVE,) if number % 4 else ()
        if account.check(*positions, after_s=1).search_past:
            searches.append(account.seconds * 1_000_000)
            account.checks.searched()

    assert len(searches) == 1
    account.check(after_s=SEARCH_GAP_US // 1_000_000)
    assert not account.check(VENUES_FIVE, after_s=1).search_past
    assert account.check(VENUES_FIVE, after_s=1).search_past


# --- conflicts -----------------------------------------------------------------------------------


def test_a_conflict_stops_its_market_until_a_later_check_finds_position_and_cash_equal():
    account = Account()
    account.checks.add_conflicts([CONFLICT])

    account.check()
    assert account.is_stopped

    account.check(cash_e6={0: 7})
    assert account.is_stopped

    account.check()
    assert not account.is_stopped


# --- cash ----------------------------------------------------------------------------------------


def test_cash_that_lies_in_another_shard_is_moved_there_once_two_checks_show_it():
    account = Account()
    venue = {0: CASH_E6 - 300, 1: 300}

    first, second = account.check(cash_e6=venue), account.check(cash_e6=venue)

    assert [type(event) for event in first.events] == [Reconciled]
    assert [event.change_e6 for event in second.events if isinstance(event, CashMoved)] == [{0: -300, 1: 300}]
    assert (account.ledger.available_e6(0), account.ledger.available_e6(1)) == (CASH_E6 - 300, 300)
    assert account.check(cash_e6=venue).check.suspects == {}


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=3), st.booleans())
def test_only_what_is_the_same_in_all_is_moved_between_shards(shift_e6, is_moving):
    account = Account()
    venue = {shard: e6 + (CASH_E6 if shard == 0 else 0) for shard, e6 in enumerate(shift_e6)}
    moved = {TICKER} if is_moving else ()

    for _ in range(2):
        account.check(cash_e6=venue, moved=moved)

    is_same = sum(shift_e6) == 0 and not is_moving
    ours = {shard: account.ledger.cash_e6(shard) for shard in range(3)}
    assert ours == (venue if is_same else {0: CASH_E6, 1: 0, 2: 0})
    assert (account.ledger.differences.of_cash is not None) == (sum(shift_e6) != 0 and not is_moving)


def test_cash_that_lies_elsewhere_is_found_while_fills_move_both_shards():
    account = Account()
    account.check(cash_e6={0: CASH_E6 - 300, 1: 300})

    account.ledger.apply(CashMoved(1, "known/1", {0: -70, 1: 20}, "of both, and told"))
    account.check(cash_e6={0: CASH_E6 - 370, 1: 320})

    assert (account.ledger.available_e6(0), account.ledger.available_e6(1)) == (CASH_E6 - 370, 320)


def test_a_gap_in_the_sum_is_a_difference_while_fills_move_it():
    account = Account()
    account.check(cash_e6={0: CASH_E6 - 300})

    account.ledger.apply(CashMoved(1, "known/1", {0: -70}, "of both, and told"))
    account.check(cash_e6={0: CASH_E6 - 370})

    assert account.ledger.differences.of_cash is not None


SHARDS = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("transfer"), SHARDS, SHARDS, st.integers(1, 500)),
    st.tuples(st.just("known"), SHARDS, SHARDS, st.integers(-500, 500)),
    st.tuples(st.just("check"), st.booleans(), st.none(), st.none()),
)


@given(st.lists(STEPS, max_size=30), st.lists(st.integers(-500, 500), min_size=2, max_size=2))
def test_cash_that_the_venue_moves_by_itself_is_no_difference_and_is_found_by_two_checks(steps, known):
    """``transfer``: the venue moves cash between shards and tells nobody. ``known``: a fact moves both."""
    account, venue, names = Account(), {0: CASH_E6, 1: 0, 2: 0}, itertools.count()

    def both(shard, change_e6):
        venue[shard] += change_e6
        account.ledger.apply(CashMoved(1, f"known/{next(names)}", {shard: change_e6}, "told"))

    for step, first, second, amount_e6 in steps:
        if step == "transfer":
            venue[first] -= amount_e6
            venue[second] += amount_e6
        elif step == "known":
            both(first, amount_e6)
        else:
            account.check(cash_e6=dict(venue), moved={TICKER} if first else ())
        assert account.ledger.differences.of_cash is None
        assert account.ledger.available_e6() == sum(venue.values())

    for change_e6 in known:
        both(0, change_e6)
        account.check(cash_e6=dict(venue))

    assert {shard: account.ledger.available_e6(shard) for shard in venue} == venue


def test_a_move_that_is_told_twice_moves_once():
    account = Account()
    for _ in range(2):
        account.ledger.apply(CashMoved(1, "shards/1", {0: -300, 1: 300}, "between shards"))

    assert account.ledger.cash_e6(1) == 300
