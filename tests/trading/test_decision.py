"""A batch and its circumstances decide everything: which orders are asked for, and what is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.actors.by_name import ByName
from trading.actions import Action, Decision, legal_actions
from trading.book import Book
from trading.decision import (
    Account,
    Circumstances,
    LedgerPoint,
    StrategyFailed,
    Terms,
    WatcherBatch,
    decide,
)
from trading.observation import Observation, Resting, WatchedMarket, observe

YES_BID_E4, YES_ASK_E4 = 4_000, 4_300
SOME = "BUY_YES.rain"
NONE = Resting()
BID = Resting(4_000, 200)
ASK = Resting(ask_price_e4=4_300, ask_count_e2=200)
BOTH = Resting(4_000, 200, 4_300, 200)
JOIN = Terms("join", 200)
LEDGERS = (LedgerPoint("manager", 12), LedgerPoint("processor", 34))


def batch_of(*tickers: str, yes: dict[int, int] | None = None) -> Observation:
    """These markets, with the same book each."""
    book = Book()
    book.replace({YES_BID_E4: 500} if yes is None else yes, {10_000 - YES_ASK_E4: 700})
    markets = [
        WatchedMarket(t, book, stream=3, seq=17, close_us=9, changed_us=5, confirmed_us=6, trade_seq=8)
        for t in tickers
    ]
    return observe(markets, 1)


def circumstances(**known) -> Circumstances:
    """A flat account with plenty of credits, but for what is named."""
    account = Account(
        LEDGERS, known.pop("positions", {}), known.pop("resting", {}), tuple(known.pop("blocked", ()))
    )
    usual = Circumstances(
        batch_no=1,
        decided_us=2,
        session="s1",
        incarnation=1,
        strategy="by name",
        watcher=WatcherBatch(0, 1, 7),
        account=account,
        credits=100,
        awaiting=(),
    )
    return replace(usual, **known)


def decided(*tickers: str, terms: Terms = JOIN, yes: dict[int, int] | None = None, **known):
    return decide(batch_of(*tickers, yes=yes), ByName(7).select, terms, circumstances(**known))


def test_a_hold_asks_for_nothing():
    result = decided("HOLD.rain")

    assert result.intents == ()
    assert result.record.outcomes == ("hold",)


def test_an_intent_says_the_order_and_names_its_decision():
    (intent,) = decided("HOLD.sun", SOME, session="s1", incarnation=2, batch_no=6, decided_us=11).intents

    assert (intent.ticker, intent.action, intent.side) == (SOME, Action.BUY_YES, "bid")
    assert (intent.price_e4, intent.count_e2, intent.style) == (YES_BID_E4, 200, "join")
    assert (intent.time_in_force, intent.post_only) == ("good_till_canceled", True)
    assert (intent.reason, intent.decision, intent.decided_us) == (f"named {SOME}", "s1-2-6/1", 11)


def test_no_two_decisions_have_one_name_even_where_the_journal_lost_its_last_batches():
    runs = [("s1", 1), ("s1", 2), ("s2", 1)]

    names = [decided(SOME, session=s, incarnation=n, batch_no=6).intents[0].decision for s, n in runs]

    assert len(set(names)) == len(runs)


def test_a_crossing_strategy_takes_the_best_price_of_the_other_side():
    (intent,) = decided(SOME, terms=Terms("cross", 150)).intents

    assert (intent.price_e4, intent.count_e2) == (YES_ASK_E4, 150)
    assert (intent.time_in_force, intent.post_only) == ("immediate_or_cancel", False)


@pytest.mark.parametrize(
    ("action", "position_e2", "resting", "outcome"),
    [
        ("SELL_YES", 0, NONE, "nothing_held"),
        ("SELL_NO", 0, NONE, "nothing_held"),
        ("SELL_NO", 100, NONE, "nothing_held"),
        ("SELL_YES", -100, NONE, "nothing_held"),
        ("BUY_NO", 100, NONE, "opposite_held"),
        ("BUY_YES", -100, NONE, "opposite_held"),
        ("BUY_YES", 0, BID, "already_resting"),
        ("BUY_NO", 0, ASK, "already_resting"),
        ("SELL_NO", -100, BOTH, "already_resting"),
        ("SELL_YES", 100, NONE, "asked"),
        ("SELL_NO", -100, NONE, "asked"),
        ("BUY_YES", 100, ASK, "asked"),
        ("BUY_NO", -100, BID, "asked"),
    ],
)
def test_the_position_and_the_own_orders_say_which_actions_are_asked_for(
    action, position_e2, resting, outcome
):
    ticker = f"{action}.rain"

    result = decided(ticker, positions={ticker: position_e2}, resting={ticker: resting})

    assert result.record.outcomes == (outcome,)
    assert [str(intent.action) for intent in result.intents] == ([action] if outcome == "asked" else [])


@pytest.mark.parametrize(
    ("yes", "outcome"), [({}, "no_price"), ({YES_ASK_E4: 1}, "crossed_book")], ids=["empty", "crossed"]
)
def test_a_market_without_a_price_is_refused(yes, outcome):
    assert decided(SOME, yes=yes).record.outcomes == (outcome,)


def test_no_more_is_asked_for_than_there_are_credits():
    result = decided("BUY_YES.a", "SELL_YES.x", "BUY_YES.b", "BUY_YES.c", credits=2)

    assert [intent.ticker for intent in result.intents] == ["BUY_YES.a", "BUY_YES.b"]
    assert result.record.outcomes == ("asked", "nothing_held", "asked", "write_budget")


@pytest.mark.parametrize("known", [{"awaiting": (SOME,)}, {"blocked": (SOME,)}], ids=["awaiting", "blocked"])
def test_a_market_with_an_order_whose_fate_is_open_is_left_alone(known):
    assert decided(SOME, **known).record.outcomes == ("in_flight",)


def broken(_batch):
    raise RuntimeError("no model")


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        pytest.param(broken, "RuntimeError: no model", id="raises"),
        pytest.param(lambda _batch: [], "0 decisions for 1 markets", id="too few"),
        pytest.param(lambda _batch: [Decision("SELL_ALL", "")], "no action", id="an unknown action"),
        pytest.param(lambda _batch: [Decision(Action.HOLD, 0.7)], "no action with a reason", id="no text"),
        pytest.param(lambda _batch: [Action.HOLD], "raised TypeError", id="no reason"),
    ],
)
def test_a_strategy_that_breaks_its_promise_has_failed(strategy, says):
    with pytest.raises(StrategyFailed, match=says):
        decide(batch_of(SOME), strategy, JOIN, circumstances())


def test_the_record_holds_everything_that_decided():
    record = decided(SOME, "HOLD.sun", credits=5, awaiting=("BUY_NO.x",)).record

    assert (record.batch_no, record.decided_us, record.observed_us) == (1, 2, 1)
    assert (record.session, record.incarnation, record.strategy) == ("s1", 1, "by name")
    assert (record.watcher, record.ledgers) == (WatcherBatch(0, 1, 7), LEDGERS)
    assert (record.credits, record.awaiting) == (5, ("BUY_NO.x",))
    assert record.tickers == (SOME, "HOLD.sun")
    assert (record.streams, record.seqs, record.trade_seqs) == ((3, 3), (17, 17), (8, 8))
    assert (record.changed_us, record.confirmed_us) == ((5, 5), (6, 6))
    assert record.actions == (Action.BUY_YES, Action.HOLD)
    assert record.reasons == (f"named {SOME}", "named HOLD.sun")
    assert record.outcomes == ("asked", "hold")


names = st.builds("{}.{}".format, st.sampled_from(list(Action)), st.sampled_from("abc"))
accounts = st.fixed_dictionaries(
    {
        "positions": st.dictionaries(names, st.integers(-300, 300)),
        "resting": st.dictionaries(names, st.sampled_from([BID, ASK, BOTH])),
        "blocked": st.lists(names),
        "awaiting": st.lists(names).map(tuple),
        "credits": st.integers(-2, 6),
    }
)


@given(shown=st.lists(names, unique=True, max_size=9), known=accounts)
def test_whatever_the_account_is_only_legal_and_paid_intents_are_asked_for(shown, known):
    asked = decided(*shown, **dict(known)).intents

    assert len(asked) <= max(0, known["credits"])
    assert len({intent.ticker for intent in asked}) == len(asked)
    for intent in asked:
        own = known["resting"].get(intent.ticker, NONE)
        prices = (("bid", own.bid_price_e4), ("ask", own.ask_price_e4))
        sides = [side for side, price_e4 in prices if price_e4]
        assert intent.action in legal_actions(known["positions"].get(intent.ticker, 0), sides)
        assert intent.ticker not in {*known["blocked"], *known["awaiting"]}


@given(shown=st.lists(names, unique=True, max_size=9), known=accounts)
def test_every_market_has_one_outcome_and_the_same_arguments_decide_the_same(shown, known):
    first, again = decided(*shown, **dict(known)), decided(*shown, **dict(known))

    assert first == again
    record = first.record
    assert len(record.outcomes) == len(record.tickers) == len(record.actions) == len(shown)
    assert sum(outcome == "asked" for outcome in record.outcomes) == len(first.intents)
    assert all(
        (action is Action.HOLD) == (outcome == "hold")
        for action, outcome in zip(record.actions, record.outcomes, strict=True)
    )
