"""The best markets that both venues trade are watched, and no more are asked about than it takes."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from market_data.market_choice import LEAST_SURPLUS, MarketChoice, Offer, Shares
from market_data.shards import Candidate, EventFacts, ShardPlan

WHY = "is not listed at the execution venue"


def tickers(numbers: Collection[int]) -> list[str]:
    return [f"M{number:04}" for number in numbers]


def offer(ranked: Collection[int], *, others: Collection[int] = (), left_over: int = 0) -> Offer:
    def candidates(numbers: Collection[int]) -> list[Candidate]:
        return [Candidate(ticker, f"E{ticker}", 9, 0) for ticker in tickers(numbers)]

    events = {f"E{ticker}": EventFacts(False, 1) for ticker in tickers([*ranked, *others])}
    return Offer(candidates(ranked), candidates(others), events, left_over)


def choice_of(count: int) -> MarketChoice:
    return MarketChoice(ShardPlan(1, count=count), count=count)


class Venue:
    """An execution venue that lists these markets, and answers whatever it was not asked before."""

    def __init__(self, choice: MarketChoice, listed: Collection[int]) -> None:
        self.choice = choice
        self.listed = set(tickers(listed))
        self.asked: set[str] = set()
        self.rounds = 0

    def answer(self, held: Collection[str] = ()) -> None:
        """Until nothing more is asked."""
        while not self.choice.is_answered:
            self.rounds += 1
            asked = [*self.choice.plan.chosen, *self.choice.asked_about]
            self.asked |= set(asked)
            refused = [ticker for ticker in asked if ticker not in self.listed]
            self.choice.take_answer(self.choice.number, {WHY: refused} if refused else {}, held=held)


def test_where_every_market_is_listed_none_is_asked_about_but_those_wanted():
    choice = choice_of(4)
    choice.take_offer(offer(range(9)), held=())
    venue = Venue(choice, range(9))

    assert (choice.plan.chosen, choice.asked_about) == (tickers(range(4)), [])
    venue.answer()

    assert (venue.rounds, venue.asked) == (1, set(tickers(range(4))))
    assert choice.shares() == Shares(4, 0)
    assert choice.is_settled


def test_what_is_missing_is_made_up_for_by_the_next_best():
    choice = choice_of(40)
    choice.take_offer(offer(range(100)), held=())
    venue = Venue(choice, set(range(100)) - {3, 41})

    venue.answer()

    assert choice.plan.chosen == tickers([*range(3), *range(4, 41)])
    assert venue.asked == set(tickers(range(40 + LEAST_SURPLUS)))
    assert choice.shares() == Shares(40, 2)
    assert choice.asked_about == tickers([3])


def test_no_market_is_watched_before_the_venue_is_known_to_trade_it_once_one_was_refused():
    choice = choice_of(40)
    choice.take_offer(offer(range(100)), held=())
    choice.take_answer(choice.number, {WHY: tickers([3])}, held=())

    assert choice.plan.chosen == tickers([*range(3), *range(4, 40)])
    assert choice.asked_about == tickers([3, *range(40, 40 + LEAST_SURPLUS)])


def test_a_venue_that_lists_few_is_asked_about_all_and_then_more_are_searched_for():
    choice = choice_of(40)
    choice.take_offer(offer(range(50), left_over=400), held=())
    venue = Venue(choice, range(0, 450, 10))

    venue.answer()
    assert choice.plan.chosen == tickers(range(0, 50, 10))
    assert choice.more_wanted() == 200

    choice.take_offer(offer(range(200), left_over=250), held=())
    venue.answer()
    assert choice.more_wanted() == 450
    choice.take_offer(offer(range(450)), held=())
    venue.answer()

    assert choice.plan.chosen == tickers(range(0, 400, 10))
    assert choice.more_wanted() == 0


def test_nothing_more_is_searched_for_when_the_venue_has_none_or_enough():
    choice = choice_of(4)
    choice.take_offer(offer(range(5)), held=())
    venue = Venue(choice, [])
    venue.answer()

    assert (choice.plan.chosen, choice.more_wanted(), choice.shares()) == ([], 0, Shares(0, 5))

    choice.take_offer(offer(range(5), left_over=9), held=())
    venue.listed = set(tickers(range(9)))
    choice.take_answer(choice.number, {}, held=())
    assert (choice.plan.chosen, choice.more_wanted()) == (tickers(range(4)), 0)


def test_a_market_that_the_venue_lists_later_comes_in():
    choice = choice_of(4)
    choice.take_offer(offer(range(4)), held=())
    venue = Venue(choice, [0, 2, 3])
    venue.answer()
    assert (choice.plan.chosen, choice.asked_about) == (tickers([0, 2, 3]), tickers([1]))

    change = choice.take_answer(choice.number, {}, held=())  # it was read again

    assert change is not None
    assert change.added == tickers([1])
    assert (choice.asked_about, choice.shares()) == ([], Shares(4, 0))


def test_a_market_that_the_venue_lists_no_longer_goes():
    choice = choice_of(4)
    choice.take_offer(offer(range(30)), held=())
    Venue(choice, range(30)).answer()

    change = choice.take_answer(choice.number, {WHY: tickers([2])}, held=())
    assert change is not None
    assert change.removed == tickers([2])
    Venue(choice, set(range(30)) - {2}).answer()

    assert choice.plan.chosen == tickers([0, 1, 3, 4])


def test_what_is_held_stays_watched_though_the_venue_refuses_it_and_takes_no_place_from_another():
    choice = choice_of(4)
    choice.take_offer(offer(range(9)), held=tickers([2]))
    Venue(choice, set(range(9)) - {2}).answer(held=tickers([2]))

    assert choice.plan.chosen == tickers(range(5))
    assert choice.shares() == Shares(4, 1)
    assert choice.asked_about == []


def test_an_answer_to_an_earlier_question_changes_nothing():
    choice = choice_of(2)
    choice.take_offer(offer(range(4)), held=())
    choice.take_offer(offer([3, 2, 1]), held=())

    assert choice.take_answer(1, {WHY: tickers([3])}, held=()) is None
    assert not choice.is_answered


def test_once_what_was_refused_is_off_the_listing_nothing_is_asked_twice_again():
    choice = choice_of(3)
    choice.take_offer(offer(range(9)), held=())
    venue = Venue(choice, set(range(9)) - {0})
    venue.answer()
    assert choice.asked_about

    choice.take_offer(offer(range(1, 9)), held=())

    assert (choice.plan.chosen, choice.asked_about) == (tickers([1, 2, 3]), [])


def test_what_is_held_and_no_longer_listed_by_the_data_venue_is_not_counted_as_of_both():
    choice = choice_of(1)
    choice.take_offer(offer([0]), held=tickers([0]))
    Venue(choice, [0]).answer(tickers([0]))

    choice.take_offer(offer([]), held=tickers([0]))

    assert (choice.plan.chosen, choice.shares().on_both) == (tickers([0]), 0)


SETS = st.sets(st.integers(0, 60), max_size=60)
STEPS = st.lists(
    st.tuples(SETS.map(sorted), SETS, st.sets(st.integers(0, 60), max_size=3)), min_size=1, max_size=5
)


@given(st.integers(1, 30), STEPS)
def test_after_any_listings_as_many_as_both_venues_have_are_chosen_up_to_those_wanted(count, steps):
    choice = choice_of(count)
    for data, execution, held_numbers in steps:
        held = tickers(held_numbers)
        choice.take_offer(offer(data), held=held)
        venue = Venue(choice, execution)
        # The venue was read again: what was asked about before may be another now.
        refused = [t for t in (*choice.plan.chosen, *choice.asked_about) if t not in venue.listed]
        choice.take_answer(choice.number, {WHY: refused}, held=held)
        venue.answer(held)

        chosen = set(choice.plan.chosen)
        both = set(tickers(data)) & venue.listed
        unheld = chosen - set(held)
        assert len(chosen & both) <= max(count, len(held))
        assert unheld <= both
        assert both <= chosen or len(chosen & both) >= count
        assert choice.shares().on_both == len(chosen & both)
        assert choice.is_settled
        assert venue.rounds <= 2 + len(data) // LEAST_SURPLUS + 1


def test_where_a_market_stands_in_the_choice_is_told_in_a_word():
    choice = choice_of(2)
    choice.take_offer(offer(range(6)), held=())
    Venue(choice, range(1, 6)).answer()

    told = {ticker: choice.standing(ticker) for ticker in tickers([0, 1, 5, 9])}
    assert told == {"M0000": f"refused: {WHY}", "M0001": "chosen", "M0005": "left_out", "M0009": "unlisted"}
