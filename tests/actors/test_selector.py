"""The Selector asks only for what can be had, once each, and only after writing it down."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from actors import messages, selector
from actors.messages import AccountObserved, MarketsObserved, OrderIntents
from actors.selector import Selector
from persistence.decisions.files import journal_files
from persistence.decisions.journal import DecisionJournal, JournalReader
from persistence.faults import DiskFull
from tests.actors.conftest import Rehearse, on_both_bases
from tests.actors.rehearsal import Rehearsal
from trading import observation
from trading.actions import Intent
from trading.book import Book
from trading.decision import Account, DecidedBatch, LedgerPoint, Terms
from trading.decision_hash import NONE_YET
from trading.observation import WatchedMarket
from trading.trading_state import ORDER

YES_BID_E4, YES_ASK_E4 = 4_000, 4_300
BY_NAME = {"strategy": {"name": "tests.actors.by_name:ByName"}}
SOME = "BUY_YES.rain"
LEDGERS = (LedgerPoint("manager", 12), LedgerPoint("processor", 34))


def account(*, granted: int = 100, blocked: tuple[str, ...] = (), outcomes: Any = ()) -> AccountObserved:
    """An account that has nothing but what is named."""
    return AccountObserved(Account(LEDGERS, {}, {}, blocked), granted, list(outcomes))


@pytest.fixture
def select(rehearse: Rehearse):
    """A Selector that may trade, of an account with 100 credits unless told otherwise."""

    def select(
        known: AccountObserved | None = None, *, state: str = "trading", knows_account: bool = True, **config
    ) -> Rehearsal:
        chooser = rehearse(Selector, config={**BY_NAME, **config})
        chooser.hear(messages.Ready)
        chooser.wire(page=1, OrderManager=1)
        chooser.say(messages.StateChanged(state, ""), by="Supervisor")
        if knows_account:
            chooser.say(known or account(), by="OrderManager")
        return chooser

    return select


_batch_nos = itertools.count(1)


def batch_of(*tickers: str, yes: dict[int, int] | None = None, incarnation: int = 1) -> MarketsObserved:
    """The next batch of a watcher: these markets, with the same book each."""
    book = Book()
    book.replace({YES_BID_E4: 500} if yes is None else yes, {10_000 - YES_ASK_E4: 700})
    batch = observation.observe([WatchedMarket(ticker, book, 3, 17, 9) for ticker in tickers], 1)
    return MarketsObserved(0, incarnation, next(_batch_nos), observation.pack(batch))


def send(chooser: Rehearsal, batch: MarketsObserved) -> list[Intent]:
    """The intents that a batch leads to."""
    before = len(chooser.heard(OrderIntents))
    chooser.say(batch, by="MarketWatcher-0")
    chooser.settle()
    return [intent for asked in chooser.heard(OrderIntents)[before:] for intent in asked.intents]


def show(chooser: Rehearsal, *tickers: str, **more: Any) -> list[Intent]:
    """The intents that these markets lead to when shown in one batch."""
    return send(chooser, batch_of(*tickers, **more))


def refusals(chooser: Rehearsal, total: int) -> dict[str, int]:
    return chooser.telemetry(lambda told: told["decisions"]["total"] == total)["decisions"]["refused"]


def journal(folder: Path) -> list[DecidedBatch]:
    found = []
    for file in journal_files(folder / "account" / "decisions"):
        with JournalReader(file.path) as reader:
            found += reader.batches()
    return found


# --- when it decides -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ORDER)
def test_it_decides_only_while_orders_may_be_sent(select, tmp_path, state):
    decides = state in ("trading", "reduce_only")

    asked = show(select(state=state), SOME)

    assert bool(asked) is decides
    assert len(journal(tmp_path)) == decides


def test_it_decides_nothing_before_it_knows_the_account(select, tmp_path):
    chooser = select(knows_account=False)

    assert show(chooser, SOME) == []
    assert journal(tmp_path) == []


def test_a_new_order_manager_has_to_tell_the_account_first(select):
    chooser = select()
    chooser.wire(page=1, OrderManager=2)

    assert show(chooser, SOME) == []

    chooser.say(account(), by="OrderManager")
    assert len(show(chooser, SOME)) == 1


def test_a_restarted_peer_that_is_not_the_order_manager_changes_nothing(select):
    chooser = select()
    chooser.wire(page=2, OrderManager=1)

    assert len(show(chooser, SOME)) == 1


def test_a_batch_that_a_newer_one_overtook_is_not_decided(select):
    chooser = select()
    older, newer = batch_of("BUY_YES.a"), batch_of("BUY_YES.b")

    assert len(send(chooser, newer)) == 1
    assert send(chooser, older) == []
    assert send(chooser, newer) == []


def test_a_new_watcher_numbers_its_batches_from_the_start(select):
    chooser = select()
    low, high = batch_of("BUY_YES.a", incarnation=2), batch_of("BUY_YES.b", incarnation=1)

    assert len(send(chooser, high)) == 1
    assert len(send(chooser, low)) == 1


# --- what it asks for ------------------------------------------------------------------------------


def test_a_strategy_that_fails_decides_no_more_and_says_why(select):
    chooser = select()

    chooser.say(batch_of("NONSENSE.rain"), by="MarketWatcher-0")

    pong = chooser.hear(messages.Pong, lambda pong: "paused" in pong.reasons)
    assert "ValueError" in pong.reasons["paused"]
    assert show(chooser, "BUY_YES.rain") == []


def test_a_crossing_strategy_takes_the_best_price_of_the_other_side(select):
    options = {"style": "cross", "contracts": "1.5"}
    chooser = select(strategy={**BY_NAME["strategy"], "options": options})

    (intent,) = show(chooser, SOME)

    assert (intent.price_e4, intent.count_e2) == (YES_ASK_E4, 150)
    assert (intent.time_in_force, intent.post_only) == ("immediate_or_cancel", False)


# --- one at a time, and no more than granted -------------------------------------------------------


def test_it_asks_for_no_more_than_the_credits_it_was_granted(select):
    chooser = select(account(granted=2))

    asked = show(chooser, "BUY_YES.a", "BUY_YES.b", "BUY_YES.c")

    assert [intent.ticker for intent in asked] == ["BUY_YES.a", "BUY_YES.b"]
    assert refusals(chooser, 3) == {"write_budget": 1}


def test_credits_once_used_are_used_until_more_are_granted(select):
    chooser = select(account(granted=1))
    assert len(show(chooser, "BUY_YES.a")) == 1
    assert show(chooser, "BUY_YES.b") == []

    chooser.say(account(granted=2), by="OrderManager")

    assert len(show(chooser, "BUY_YES.b")) == 1
    assert show(chooser, "BUY_YES.c") == []


def test_a_new_order_manager_counts_credits_from_zero(select):
    chooser = select(account(granted=1))
    assert len(show(chooser, "BUY_YES.a")) == 1

    chooser.wire(page=1, OrderManager=2)
    chooser.say(account(granted=1), by="OrderManager")

    assert len(show(chooser, "BUY_YES.a")) == 1


def test_a_market_has_one_intent_under_way_until_its_outcome_is_told(select):
    chooser = select()
    (first,) = show(chooser, SOME)

    assert show(chooser, SOME) == []
    assert refusals(chooser, 2) == {"in_flight": 1}

    chooser.say(account(outcomes=[("99/0", "accepted")]), by="OrderManager")
    assert show(chooser, SOME) == []
    chooser.say(account(outcomes=[(first.decision, "rejected")]), by="OrderManager")
    (again,) = show(chooser, SOME)
    assert again.decision == first.decision.replace("-1/", "-4/")


def test_a_refusal_of_the_order_manager_is_counted_beside_the_own_ones(select):
    chooser = select()
    (first,) = show(chooser, SOME)

    chooser.say(account(outcomes=[(first.decision, "max_exposure")]), by="OrderManager")
    show(chooser, "SELL_NO.sun")

    assert refusals(chooser, 2) == {"max_exposure": 1, "nothing_held": 1}


def test_an_order_that_was_sent_is_no_refusal_however_it_ended(select):
    chooser = select()
    asked = show(chooser, "BUY_YES.a", "BUY_YES.b")

    ends = zip((intent.decision for intent in asked), ("rejected", "unknown"), strict=True)
    chooser.say(account(outcomes=list(ends)), by="OrderManager")

    assert refusals(chooser, 2) == {}


def test_a_market_that_the_order_manager_blocks_is_left_alone(select):
    chooser = select(account(blocked=(SOME,)))

    assert show(chooser, SOME) == []
    assert refusals(chooser, 1) == {"in_flight": 1}


def test_an_intent_whose_outcome_never_comes_costs_neither_market_nor_credit(rehearse_here, monkeypatch):
    monkeypatch.setattr(selector, "ANSWER_WITHIN_S", -1.0)  # every intent is overdue at once
    chooser = rehearse_here(Selector, config=BY_NAME)
    chooser.wire(page=1, OrderManager=1)
    chooser.say(messages.StateChanged("trading", ""), by="Supervisor")
    chooser.say(account(granted=1), by="OrderManager")

    assert len(show(chooser, SOME)) == 1
    assert len(show(chooser, SOME)) == 1
    assert refusals(chooser, 2) == {"no_answer": 1}


# --- written down first ----------------------------------------------------------------------------


def test_a_batch_is_in_the_journal_with_all_that_it_saw(select, tmp_path):
    chooser = select()

    show(chooser, SOME, "HOLD.sun")

    (batch,) = journal(tmp_path)
    assert (batch.batch_no, batch.ledgers, batch.credits) == (1, LEDGERS, 100)
    assert (batch.session, batch.strategy) == ("s0", "tests.actors.by_name:ByName")
    assert batch.tickers == (SOME, "HOLD.sun")
    assert batch.outcomes == ("asked", "hold")


def test_the_journal_says_with_what_the_strategy_and_its_orders_were_made(rehearse_here, tmp_path):
    options = {"style": "cross", "contracts": "1.5"}
    chooser = rehearse_here(
        Selector,
        config={"strategy": {"name": "hardcoded", "seed": 11, "options": {**options, "hold": 0.5}}},
        renamed={"RAIN-DATA": "RAIN-EXECUTION"},
    )
    chooser.hear(messages.Ready)

    (file,) = journal_files(tmp_path / "account" / "decisions")
    with JournalReader(file.path) as reader:
        setup = reader.head.setup
    assert (setup.session, setup.strategy, setup.seed) == ("s0", "hardcoded", 11)
    assert (setup.options, setup.terms) == ({"hold": 0.5}, Terms("cross", 150))
    assert setup.renamed == {"RAIN-DATA": "RAIN-EXECUTION"}


@on_both_bases
def test_what_cannot_be_written_down_is_not_asked_for(select, tmp_path):
    chooser = select()
    chooser.settle()
    (file,) = journal_files(tmp_path / "account" / "decisions")
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("INSERT INTO batch VALUES (1, 0, x'00')")
    other.close()

    chooser.say(batch_of(SOME), by="MarketWatcher-0")

    assert "batch 1" in chooser.hear(messages.Crashed).error
    assert chooser.heard(OrderIntents) == []


@on_both_bases
def test_a_restarted_selector_begins_a_journal_of_its_own(select, tmp_path):
    first = select()
    (before,) = show(first, SOME)
    first.kill()

    (after,) = show(select(), SOME)

    one, other = journal(tmp_path)
    assert (one.batch_no, other.batch_no) == (1, 1)
    assert one.incarnation < other.incarnation
    assert before.decision != after.decision


# --- what is told ----------------------------------------------------------------------------------


def test_the_page_sees_how_often_each_action_was_chosen_and_the_latest_of_them(select):
    chooser = select()
    show(chooser, SOME, "HOLD.sun", "SELL_NO.sun")

    told = chooser.telemetry(lambda told: told["decisions"]["total"] == 3)

    assert told["decisions"] == {
        "total": 3,
        "HOLD": 1,
        "BUY_YES": 1,
        "SELL_YES": 0,
        "BUY_NO": 0,
        "SELL_NO": 1,
        "refused": {"nothing_held": 1},
    }
    assert told["decision_hash"] != NONE_YET
    assert [(row["ticker"], row["outcome"]) for row in told["recent"]] == [
        (SOME, "asked"),
        ("SELL_NO.sun", "nothing_held"),
    ]


def test_the_log_names_each_action_and_counts_holds_only(select, tmp_path):
    show(select(), SOME, "HOLD.sun")

    lines = (tmp_path / "logs" / "session.log").read_text().splitlines()

    assert lines == [f"INFO: [ActionSelector] Selected action: BUY_YES for {SOME}"]


def test_what_cannot_be_written_down_for_want_of_room_is_not_asked_for(rehearse_here, tmp_path, monkeypatch):
    low = [True]

    def full(_journal, _batch):
        raise DiskFull("there is no room left")

    monkeypatch.setattr(selector, "is_low", lambda _folder: low[0])
    chooser = rehearse_here(Selector, config=BY_NAME)
    chooser.hear(messages.Ready)
    chooser.wire(page=1, OrderManager=1)
    chooser.say(messages.StateChanged("trading", ""), by="Supervisor")
    chooser.say(account(), by="OrderManager")
    with monkeypatch.context() as disk:
        disk.setattr(DecisionJournal, "append", full)

        assert show(chooser, SOME) == []
        assert chooser.settle().reasons == {"halted": "there is no room left"}
        assert show(chooser, SOME) == []  # nothing is decided behind a batch that is not recorded

    low[0] = False
    chooser.hear(messages.Pong, lambda pong: pong.reasons == {})
    assert len(show(chooser, SOME)) == 1
    assert [(batch.batch_no, batch.outcomes) for batch in journal(tmp_path)] == [
        (1, ("asked",)),  # the strategy has seen it, and nobody was asked
        (2, ("asked",)),
    ]


def test_it_tells_what_keeps_it_from_deciding_on_a_market(select):
    chooser = select(account(granted=2))
    show(chooser, SOME)

    chooser.say(messages.WhyRequested(7, SOME), by="page")

    told = chooser.hear(messages.WhyReported)
    assert (told.request_id, told.source) == (7, "Selector")
    assert told.facts == {"stopped": "", "knows_account": True, "credits": 1, "awaiting": True}
