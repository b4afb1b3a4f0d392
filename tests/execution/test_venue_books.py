"""The execution venue's books price orders and value positions only while they are known to be right."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.balance_watch import BalanceWatch
from execution.execution_markets import UNLISTED
from execution.venue_books import ASKED_FOR_S, BOOKS, NEWS, VenueBooks
from execution.watched_shards import NEVER_S
from kalshi_client.background import Done
from kalshi_client.stream.news_connection import DEAF_S
from kalshi_client.stream.price_scale import FIRST_S
from kalshi_client.wire.markets import RestBook
from tests.execution.model_feed import ModelFeed
from tests.execution.test_balance_watch import DOLLAR_E6, FLOORS
from tests.kalshi_client.model_venue import ModelVenue
from tests.trading.example_facts import intent, market, opened, seen
from trading.actions import Action
from trading.divergence import AgedQuote
from trading.events import PositionAt
from trading.ledger import Ledger
from trading.valuation import valuation

NYC, LA, BOS = "RAIN-NYC", "RAIN-LA", "RAIN-BOS"
SILENCE_S = 25.0
WIRE = Path(__file__).parents[1] / "wire"


def held(ticker, position_e2=1_000, cost_e6=4_000_000):
    return PositionAt(ticker, 0, position_e2, cost_e6, realised_e6=0, fees_e6=0)


def ledger_of(*facts):
    ledger = Ledger({ticker: market(ticker) for ticker in (NYC, LA, BOS)})
    for fact in facts:
        ledger.apply(fact)
    return ledger


class FakeBackground:
    """Makes each call at once."""

    def __init__(self):
        self.done = []

    def submit(self, tag, call, *args, within_s):  # noqa: ARG002  # nothing takes time here
        self.done.append(Done(tag, call(*args), None))

    def drain(self):
        done, self.done = self.done, []
        return done


class Kept:
    """Books that are kept while a clock is moved by hand."""

    def __init__(self, *facts, tickers=(NYC, LA, BOS)):
        self.venue = ModelVenue(list(tickers), replies_take_numbers=True)
        self.feed = ModelFeed(self.venue)
        self.now = 1_000.0
        self.ledger = ledger_of(*facts)
        self.markets = {ticker: market(ticker) for ticker in tickers}
        self.slept_s = 500.0  # before it began
        self.rest = {ticker: RestBook({}, {}) for ticker in tickers}  # as it tells the books
        self.books = VenueBooks(
            self.feed,
            FakeBackground(),
            lambda asked: {ticker: self.rest[ticker] for ticker in asked},
            silence_s=SILENCE_S,
            now=self.now,
            slept_s=lambda: self.slept_s,
        )
        self.notes = []
        self.feed.connect()

    def after(self, seconds, *, step_s=1.0):
        """Look each second, as OrderManager does, and again at what was asked for meanwhile."""
        for _ in range(round(seconds / step_s)):
            self.now += step_s
            self.look()
            self.look()

    def look(self):
        self.notes += self.books.look(self.ledger, self.markets, self.now)

    def sell_price(self, ticker=NYC, *, style="cross"):
        """At which YES is sold, or why it is not."""
        order = intent(
            Action.SELL_YES, ticker=ticker, side="ask", style=style, time_in_force="immediate_or_cancel"
        )
        priced = self.books.pricing(ticker, self.ledger)(order)
        return priced if isinstance(priced, str) else priced.price_e4

    def worth_e6(self):
        return valuation(self.ledger, self.books.mark).held


@pytest.fixture
def kept():
    books = Kept(opened(positions=(held(NYC),)))
    books.after(2)
    return books


def test_a_closing_order_waits_until_the_execution_book_is_known():
    kept = Kept(opened(positions=(held(NYC),)))
    assert kept.sell_price() == "no_execution_book"

    kept.after(2)

    assert kept.sell_price() == 4_500


def test_a_change_counts_for_the_very_next_order(kept):
    kept.venue.change(NYC, 47, 5)

    kept.look()  # no second has passed

    assert kept.sell_price() == 4_700


def test_held_resting_and_just_asked_for_markets_are_followed_and_no_others(kept):
    assert kept.books.quotes(kept.now).keys() == {NYC}

    kept.ledger.apply(seen("resting", ticker=LA))
    kept.books.asked([BOS], kept.now)
    kept.after(2)
    assert kept.books.quotes(kept.now).keys() == {NYC, LA, BOS}

    kept.ledger.apply(seen("canceled", ticker=LA))
    kept.after(ASKED_FOR_S)
    assert kept.books.quotes(kept.now).keys() == {NYC}


def test_a_market_that_the_venue_does_not_list_is_not_asked_for(kept):
    kept.books.asked(["ELSEWHERE", LA], kept.now)
    kept.markets[LA] = market(LA, status=UNLISTED)

    kept.after(2)

    assert kept.books.quotes(kept.now).keys() == {NYC}


def test_a_market_that_the_venue_refuses_is_told_of_once_and_costs_the_others_nothing(kept):
    kept.venue.unknown.add(LA)
    kept.books.asked([LA], kept.now)

    kept.after(30)

    assert len(kept.notes) == 1
    assert "refused" in kept.notes[0]
    assert kept.sell_price() == 4_500


def test_a_quiet_book_is_never_called_old(kept):
    """Nothing changes for three times the silence that a connection is allowed."""
    for _ in range(round(3 * SILENCE_S)):
        kept.after(1)

        assert kept.sell_price() == 4_500
        assert kept.now - kept.books.confirmed_at(NYC) < SILENCE_S / 2

    assert (kept.feed.reconnected, kept.notes) == ([], [])


def test_the_cost_of_quiet_books_is_bounded():
    tickers = [f"RAIN-{n}" for n in range(200)]
    kept = Kept(opened(positions=tuple(held(ticker) for ticker in tickers)), tickers=tickers)
    kept.after(5)
    kept.feed.commands.clear()

    kept.after(30)

    asked = Counter(command["params"]["action"] for command in kept.feed.commands)
    shown = sum(len(command["params"]["market_tickers"]) for command in kept.feed.commands)
    assert asked.keys() == {"get_snapshot"}
    assert asked["get_snapshot"] <= 30
    assert shown <= 200 * 30 / 8  # each of them every eight seconds at most


def test_no_more_than_a_subscription_holds_are_followed():
    tickers = [f"RAIN-{n:03}" for n in range(300)]
    positions = tuple(held(ticker, cost_e6=number) for number, ticker in enumerate(tickers))
    kept = Kept(opened(positions=positions), tickers=tickers)

    kept.after(2)

    assert kept.books.quotes(kept.now).keys() == set(tickers[50:])  # the dearest


def test_a_position_beyond_those_can_be_closed_a_second_after_it_was_asked_for():
    tickers = [f"RAIN-{n:03}" for n in range(300)]
    positions = tuple(held(ticker, cost_e6=number) for number, ticker in enumerate(tickers))
    kept = Kept(opened(positions=positions), tickers=tickers)
    kept.after(2)
    assert kept.sell_price(tickers[0]) == "no_execution_book"

    kept.books.asked(tickers[:1], kept.now)
    kept.after(1)

    assert kept.sell_price(tickers[0]) == 4_500
    assert len(kept.books.quotes(kept.now)) == 250


# --- what is not known to be right ---------------------------------------------------------------


def test_a_connection_that_tells_nothing_any_more_prices_nothing_and_is_opened_again(kept):
    kept.feed.is_frozen = True
    kept.venue.change(NYC, 48, 5)  # nobody hears of it

    kept.after(SILENCE_S + 2)

    assert kept.sell_price() == "no_execution_book"
    assert set(kept.feed.reconnected) == {0}
    assert "opening it again" in " ".join(kept.notes)


def test_a_book_that_the_venue_shows_no_more_prices_nothing_while_others_do(monkeypatch):
    kept = Kept(opened(positions=(held(NYC), held(LA))))
    kept.after(2)
    show = kept.venue._snapshots
    monkeypatch.setattr(
        kept.venue,
        "_snapshots",
        lambda sid, tickers, **more: show(sid, [t for t in tickers if t != NYC], **more),
    )

    kept.after(SILENCE_S + 2)

    assert (kept.sell_price(NYC), kept.sell_price(LA)) == ("no_execution_book", 4_500)


def test_a_lost_connection_prices_nothing_until_its_books_are_back(kept):
    kept.feed.cut()
    kept.look()
    assert kept.sell_price() == "no_execution_book"

    kept.venue.change(NYC, 48, 5)
    kept.feed.connect()
    kept.after(2)

    assert kept.sell_price() == 4_800


def test_after_the_machine_slept_nothing_is_priced_before_the_connection_is_a_new_one(kept):
    """Its clock stood still meanwhile, so nothing looks old, and what still comes may be from before."""
    kept.slept_s += 3_600.0

    kept.look()  # no second has passed

    assert kept.sell_price() == "no_execution_book"
    assert kept.now - kept.books.confirmed_at(NYC) >= 3_600.0
    assert kept.feed.reconnected == [BOOKS, NEWS]
    kept.after(8)
    assert kept.sell_price() == "no_execution_book"
    kept.venue.change(NYC, 48, 5)
    kept.feed.connect()
    kept.after(2)
    assert kept.sell_price() == 4_800
    assert ["slept for 3600 s" in note for note in kept.notes].count(True) == 1


def test_a_book_that_stays_crossed_is_asked_for_once_more():
    kept = Kept(opened(positions=(held(NYC),)))
    kept.venue.no_sides[NYC] = {60: 5}  # somebody bids 0.45 for YES and 0.60 for NO

    kept.after(5)

    [note] = kept.notes
    assert "stays crossed" in note
    assert [c["params"]["market_tickers"] for c in kept.feed.commands if "action" in c["params"]] == [[NYC]]
    assert kept.sell_price() == "crossed_book"


def put_no_side_on_the_yes_scale(kept):
    """Others bid 0.30 for YES and 0.31 to 0.42 for NO, and the venue sends these as 0.58 to 0.69."""
    kept.venue.books[NYC] = {30: 10}
    kept.rest[NYC] = RestBook({}, {100 * cents: 500 for cents in range(31, 43)})
    kept.venue.no_sides[NYC] = {100 - cents: 5 for cents in range(31, 43)}


def test_books_on_the_yes_scale_price_no_closing_order_and_value_nothing():
    kept = Kept(opened(positions=(held(NYC, cost_e6=4_300_000),)))
    put_no_side_on_the_yes_scale(kept)

    kept.after(5)

    assert kept.sell_price(style="join") == kept.sell_price() == "no_execution_book"
    assert kept.books.quotes(kept.now) == {NYC: None}
    assert kept.books.confirmed_at(NYC) == NEVER_S
    assert kept.worth_e6() == 4_300_000  # it stands at its cost
    assert "YES scale" in kept.books.trouble
    assert ["YES scale" in note for note in kept.notes] == [True]


def test_books_that_are_on_their_own_scale_again_count_again():
    kept = Kept(opened(positions=(held(NYC),)))
    put_no_side_on_the_yes_scale(kept)
    kept.after(5)

    kept.venue.no_sides[NYC] = dict.fromkeys(range(31, 43), 5)
    kept.feed.cut()
    kept.feed.connect()
    kept.after(FIRST_S + 2)

    assert kept.books.trouble == ""
    assert kept.sell_price(style="join") == 5_800
    assert kept.worth_e6() == 3_000_000


def test_an_old_mark_keeps_its_value_and_says_since_when(kept):
    kept.venue.change(NYC, 50, 5)
    kept.after(1)
    confirmed_at = kept.books.confirmed_at(NYC)
    kept.feed.cut()

    kept.after(60)

    assert kept.worth_e6() == 5_000_000
    assert kept.books.confirmed_at(NYC) == confirmed_at
    assert kept.books.quotes(kept.now) == {NYC: None}


# --- what is held is worth -----------------------------------------------------------------------


def test_an_empty_book_at_the_start_leaves_a_position_at_its_cost():
    kept = Kept(opened(positions=(held(NYC, cost_e6=4_300_000),)))
    kept.venue.books[NYC].clear()

    kept.after(30)

    assert kept.worth_e6() == 4_300_000
    assert kept.sell_price() == "no_execution_price"


def test_a_book_that_empties_leaves_the_last_value(kept):
    kept.venue.change(NYC, 45, 0)

    kept.after(30)

    assert kept.worth_e6() == 4_500_000
    assert kept.now - kept.books.confirmed_at(NYC) < SILENCE_S  # it is right, and shows nobody
    assert kept.books.quotes(kept.now)[NYC] == AgedQuote(None, None, pytest.approx(0, abs=SILENCE_S))


def halts_within(kept, seconds):
    """Why the account halts within so many seconds, at a floor of 500 dollars."""
    watch = BalanceWatch(FLOORS)
    for _ in range(seconds):
        kept.after(1)
        if why := watch.judge(kept.ledger, kept.books.mark, kept.now).halts:
            return why
    return ""


def test_a_start_on_an_empty_book_halts_no_account_that_holds_nearly_all_it_has():
    kept = Kept(opened(1_000_000, positions=(held(NYC, 100_000, cost_e6=600 * DOLLAR_E6),)))
    kept.venue.books[NYC].clear()

    assert halts_within(kept, 30) == ""


def test_a_loss_that_the_book_shows_halts():
    kept = Kept(opened(1_000_000, positions=(held(NYC, 100_000, cost_e6=600 * DOLLAR_E6),)))

    assert halts_within(kept, 30)  # somebody bids 0.45, so the position is worth 450 dollars


def test_our_own_bid_does_not_raise_what_we_hold(kept):
    kept.venue.change(NYC, 60, 10)
    kept.ledger.apply(seen("resting", price_e4=6_000))

    kept.after(2)

    assert kept.worth_e6() == 4_500_000


# --- the news of the markets ---------------------------------------------------------------------


def news(name, **changes):
    frame = json.loads((WIRE / f"{name}.json").read_text())["frame"]
    return frame | {"seq": changes.pop("seq"), "sid": 1, "msg": frame["msg"] | changes}


MARKETS = {NYC: market(NYC), LA: market(LA, event_ticker="OTHER")}


@pytest.mark.parametrize(
    ("frame", "outdated"),
    [
        (news("ws_market_lifecycle_deactivated", seq=1, market_ticker=NYC), [NYC]),
        (news("ws_market_lifecycle_price_ranges_finer", seq=1, market_ticker=LA), [LA]),
        (news("ws_market_lifecycle_close_date_updated", seq=1, market_ticker="ELSE"), []),
        (news("ws_event_fee_update", seq=1, event_ticker="OTHER"), [LA]),
    ],
    ids=["a pause", "another grid", "a market of others", "another fee"],
)
def test_a_market_of_which_there_is_news_is_outdated_once(kept, frame, outdated):
    kept.books.take_outdated(MARKETS)

    kept.feed.tell_news(frame)
    kept.look()

    assert kept.books.take_outdated(MARKETS) == outdated
    assert kept.books.take_outdated(MARKETS) == []


def test_all_markets_are_outdated_after_news_that_nobody_heard(kept):
    kept.books.take_outdated(MARKETS)

    kept.feed.cut()
    kept.feed.connect()
    kept.after(1)

    assert kept.books.take_outdated(MARKETS) == [NYC, LA]


def test_while_no_news_can_be_heard_all_markets_are_outdated_again_and_again(kept):
    kept.after(DEAF_S)
    kept.books.take_outdated(MARKETS)
    kept.feed.cut()

    for _ in range(3):
        kept.after(1)
        assert kept.books.take_outdated(MARKETS) == [NYC, LA]
        kept.after(DEAF_S - 1)
        assert kept.books.take_outdated(MARKETS) == []


# --- whatever happens to the connection ----------------------------------------------------------

STEPS = st.one_of(
    st.tuples(st.sampled_from(["change", "lose"]), st.integers(40, 60), st.integers(0, 9)),
    st.tuples(st.sampled_from(["cut", "connect", "freeze"])),
    st.tuples(st.just("pass"), st.integers(1, 12)),
)


def act(kept, step):
    match step:
        case ("change", price, count):
            kept.venue.change(NYC, price, count)
        case ("lose", price, count):  # a change of which the message never arrives
            kept.venue.change(NYC, price, count)
            kept.venue.wire.clear()
        case ("cut",):
            kept.feed.cut()
        case ("connect",):
            kept.feed.connect()
        case ("freeze",):
            kept.feed.is_frozen = True


@given(st.lists(STEPS, max_size=25))
def test_an_order_is_priced_on_what_the_venue_has_or_soon_not_at_all(steps):
    """A message that was lost is found out within the silence that a connection is allowed."""
    kept = Kept(opened(positions=(held(NYC),)))
    right_at = kept.now
    for step in steps:
        act(kept, step)
        for _ in range(step[1] if step[0] == "pass" else 1):
            kept.after(1 if step[0] == "pass" else 0)
            kept.look()
            best = max(kept.venue.books[NYC], default=None)
            true = "no_execution_price" if best is None else best * 100
            if kept.sell_price() in (true, "no_execution_book"):
                right_at = kept.now
            assert kept.now - right_at <= SILENCE_S
