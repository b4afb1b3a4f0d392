"""OrderManager sends only what it may, exactly once, and learns the fate of all that was sent."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from actors import messages, order_manager
from actors.messages import AccountObserved
from actors.order_manager import OrderManager
from execution import book_report, order_calls, venue_books, venue_pauses, watched_shards
from execution.halt_latch import HaltLatch
from kalshi_client import repeated_read
from persistence.outbox import Outbox, OutboxReader
from tests.actors.conftest import Rehearse, on_both_bases
from tests.actors.rehearsal import PATIENCE_S, Rehearsal
from tests.loopback_exchange import Cable, LoopbackExchange
from tests.persistence.full_disk import fill
from trading.actions import Action, Intent, book_side
from trading.events import (
    AccountOpened,
    Answered,
    CancelAnswered,
    CancelStarted,
    FillProcessorEvent,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    OrderSeen,
    PositionAt,
    Refused,
    SendStarted,
)
from trading.market import Market, format_money_e6
from trading.shard_marks import ShardMarks

HOUR_US = 3_600_000_000
RICH_E6 = 10_000_000_000
ACCOUNT = "0a1b2c3d"

_names = itertools.count(1)  # the venue remembers each client_order_id


class Office:
    """An OrderManager at work, and the test in everybody else's place."""

    def __init__(self, manager: Rehearsal, exchange: LoopbackExchange, folder: Path) -> None:
        self.manager = manager
        self._exchange = exchange
        self._folder = folder
        self._facts: Outbox | None = None
        self._asked = 0
        self._versions = 0

    # --- what the others say ---------------------------------------------------------------------

    def choose(self, *tickers: str) -> None:
        """The Supervisor's choice, and the answer: the venue's word on these markets."""
        self.manager.wire(page=1, Selector=1, FillProcessor=1)
        self.manager.say(messages.MarketsChosen(list(tickers)), by="Supervisor")
        self.manager.hear(messages.MarketsRead)

    def record(self, *facts: FillProcessorEvent, live: bool = True, checked: int = 0) -> None:
        """FillProcessor writes facts down and rings."""
        if self._facts is None:
            self._facts = Outbox(self._folder / "fill_processor.db", "FillProcessor")
        self._facts.append([(fact, None) for fact in facts])
        rung = messages.FactsCommitted(self._facts.outbox_id, self._facts.last_seq, live, 1, checked)
        self.manager.say(rung, by="FillProcessor")

    def open(self, cash_e6: int = RICH_E6, *held: PositionAt) -> None:
        self.record(AccountOpened(1, ACCOUNT, {0: cash_e6}, tuple(held)))

    def grant_lease(self, *, valid_s: float = 60.0, state: str = "trading") -> None:
        self.manager.say(messages.LeaseGranted(valid_s, state, ""), by="Supervisor")

    def show_shard(self, *tickers: str, untradable: dict[str, str] | None = None, bid_e4: int = 0) -> None:
        marks = b"".join(price.to_bytes(4, "little") for price in (bid_e4, bid_e4) * len(tickers))
        self._versions += 1
        positions = {reason: [tickers.index(ticker)] for ticker, reason in (untradable or {}).items()}
        shard = messages.ShardObserved(ShardMarks(0, 1, self._versions, list(tickers), marks, positions))
        self.manager.say(shard, by="MarketWatcher-0")

    def close(self) -> None:
        if self._facts is not None:
            self._facts.close()

    # --- orders ----------------------------------------------------------------------------------

    def ask(self, *tickers: str, action: Action = Action.BUY_YES) -> list[str]:
        """Ask to join each book; the decisions' names."""
        return self.ask_for([self.intent(ticker, action) for ticker in tickers])

    def ask_for(self, intents: list[Intent]) -> list[str]:
        asked = messages.OrderIntents(1, list(intents))
        self.manager.say(asked, by="Selector")
        return [intent.decision for intent in intents]

    def intent(self, ticker: str, action: Action) -> Intent:
        self._asked += 1
        bid_e4, ask_e4 = self._exchange.bests(ticker)
        side = book_side(action)
        return Intent(
            ticker=ticker,
            action=action,
            side=side,
            price_e4=bid_e4 if side == "bid" else ask_e4,
            count_e2=200,
            style="join",
            time_in_force="good_till_canceled",
            post_only=True,
            reason="a test wants it",
            decision=f"1/{self._asked}",
            decided_us=time.time_ns() // 1000,
        )

    def outcomes(self, decisions: list[str]) -> list[str]:
        """The outcome of each, once all of that is told."""
        told: dict[str, str] = {}

        def all_told() -> bool:
            for account in self.manager.heard(AccountObserved):
                told.update(account.outcomes)
            return told.keys() >= set(decisions)

        self.manager.until(all_told)
        return [told[decision] for decision in decisions]

    def place(self, *tickers: str) -> list[str]:
        """Orders that rest; their client_order_ids."""
        before = len(self.written(IntentRecorded))
        assert self.outcomes(self.ask(*tickers)) == ["accepted"] * len(tickers)
        return [event.client_order_id for event in self.written(IntentRecorded)[before:]]

    @property
    def prefix(self) -> str:
        """The beginning of each client_order_id of its ledger."""
        reader = OutboxReader(self._folder / "order_manager.db")
        reader.close()
        return f"rl1-{ACCOUNT}-{reader.outbox_id[:8]}-"

    def written(self, kind: type[LedgerEvent]) -> list[Any]:
        """Such events of its outbox."""
        reader = OutboxReader(self._folder / "order_manager.db")
        events = [event for _, event in reader.events() if isinstance(event, kind)]
        reader.close()
        return events


@pytest.fixture(autouse=True)
def _what_was_shown_lasts(monkeypatch):
    """The watchers that a test plays speak once, and the machine may be slow."""
    monkeypatch.setattr(watched_shards, "SHARD_VALID_S", 600.0)


@pytest.fixture
def open_office(rehearse: Rehearse, exchange: LoopbackExchange, tmp_path: Path):
    """An OrderManager that has just been started."""
    offices = []

    def open_office(*, access=exchange.access, folder=tmp_path / "account", started_us=0, **config) -> Office:
        more = {"account_dir": str(folder), "started_us": started_us}
        manager = rehearse(OrderManager, config=config, execution=access, **more)
        offices.append(Office(manager, exchange, folder))
        return offices[-1]

    yield open_office
    for office in offices:
        office.close()
    for order in exchange.rest.orders(status="resting"):
        exchange.rest.cancel_order(order.order_id, order.ticker, order.exchange_index)


@pytest.fixture
def trade_here(rehearse_here, exchange: LoopbackExchange, tmp_path: Path):
    """The same as ``trade``, in this process."""
    offices = []

    def trade_here(*tickers: str, **more: Any) -> Office:
        manager = rehearse_here(OrderManager, execution=exchange.access, **more)
        office = Office(manager, exchange, tmp_path / "account")
        offices.append(office)
        office.choose(*tickers)
        office.open()
        office.grant_lease()
        office.show_shard(*tickers)
        return office

    yield trade_here
    for office in offices:
        office.close()
    exchange.clear_faults()
    for order in exchange.rest.orders(status="resting"):
        exchange.rest.cancel_order(order.order_id, order.ticker, order.exchange_index)


@pytest.fixture
def trade(open_office):
    """An OrderManager with every permit to trade these markets."""

    def trade(*tickers: str, **more) -> Office:
        office = open_office(**more)
        office.choose(*tickers)
        office.open()
        office.grant_lease()
        office.show_shard(*tickers)
        return office

    return trade


@pytest.fixture
def quick(monkeypatch):
    """Let all that is done again and again be done soon."""
    monkeypatch.setattr(order_manager, "SECOND_S", 0.05)
    monkeypatch.setattr(venue_pauses, "HOLD_S", 0.05)
    for name in ("STATUS_EVERY_S", "PAUSED_EVERY_S"):
        monkeypatch.setattr(repeated_read, name, 0.05)


@pytest.fixture
def paused(exchange: LoopbackExchange):
    """Pauses the venue, and lets it go on whatever happens."""
    yield exchange.arm
    exchange.clear_faults()


@pytest.fixture
def ticker(exchange: LoopbackExchange) -> str:
    return exchange.free_ticker()


def order_requests(exchange: LoopbackExchange) -> int:
    return exchange.ledger()["order_requests"]


# --- a venue that takes no orders ------------------------------------------------------------------


@pytest.mark.parametrize("pause", ["trading_pause", "exchange_pause"])
def test_a_pause_costs_one_refusal_and_orders_go_on_after_a_check(trade_here, exchange, paused, quick, pause):
    tickers = [exchange.free_ticker() for _ in range(4)]
    office = trade_here(*tickers)
    wanted = [office.intent(ticker, Action.BUY_YES) for ticker in (*tickers, *tickers)]
    requests = order_requests(exchange)
    paused(pause)

    first, *others = office.outcomes(
        [decision for intent in wanted[:3] for decision in office.ask_for([intent])]
    )
    assert first in ("rejected", "venue_paused")
    assert set(others) <= {"rejected", "venue_paused"}
    assert office.outcomes(office.ask_for(wanted[3:4])) == ["venue_paused"]
    assert order_requests(exchange) - requests == [first, *others].count("rejected") <= 3
    assert set(office.manager.settle().reasons) == {"reconciling"}

    exchange.clear_faults()
    number = office.manager.hear(messages.AccountCheckRequested).number
    assert office.manager.settle().reasons == {
        "reconciling": "loopback: checking the account before orders go on"
    }
    assert office.outcomes(office.ask_for(wanted[4:5])) == ["venue_paused"]
    office.record(live=True, checked=number)

    assert office.outcomes(office.ask_for(wanted[5:6])) == ["accepted"]
    assert office.manager.settle().reasons == {}


def test_a_pause_that_nobody_ran_into_is_seen_in_the_venues_status(
    trade_here, exchange, paused, quick, ticker
):
    office = trade_here(ticker)
    wanted = office.intent(ticker, Action.BUY_YES)
    requests = order_requests(exchange)

    paused("trading_pause", for_s=3_600)

    office.manager.until(lambda: "reconciling" in office.manager.settle().reasons)
    assert (
        "the venue has paused trading; it expects to go on at "
        in office.manager.settle().reasons["reconciling"]
    )
    assert office.outcomes(office.ask_for([wanted])) == ["venue_paused"]
    assert order_requests(exchange) == requests


def test_what_rests_is_left_and_cancels_wait_while_the_exchange_takes_none(
    trade_here, exchange, paused, quick, tmp_path, ticker
):
    office = trade_here(ticker)
    (resting,) = office.place(ticker)
    paused("exchange_pause")
    office.manager.until(lambda: "reconciling" in office.manager.settle().reasons)
    requests = order_requests(exchange)

    HaltLatch(tmp_path / "account" / "halt.json").set("a test", 1)
    office.manager.until(lambda: "halted" in office.manager.settle().reasons)
    assert office.written(CancelStarted) == []
    assert order_requests(exchange) == requests

    exchange.clear_faults()
    office.manager.until(lambda: resting not in exchange.resting())


# --- no book to be seen ----------------------------------------------------------------------------


def test_without_a_live_book_what_rests_ends_where_that_is_asked_for(trade, exchange, quick, ticker):
    more = {"execution": {"on_data_down": "cancel"}, "risk": {"silence_s": 0.2}}
    office = trade(ticker, **more)
    (resting,) = office.place(ticker)

    office.show_shard(ticker, untradable={ticker: "disconnected"})

    assert office.manager.settle().reasons == {"reduce_only": "no book may be traded on"}
    office.manager.until(lambda: resting not in exchange.resting())
    assert [begun.reason for begun in office.written(CancelStarted)] == ["its book was not heard of any more"]
    office.show_shard(ticker)
    assert office.manager.settle().reasons == {}


# --- the beginning ---------------------------------------------------------------------------------


def test_it_holds_trading_back_until_the_execution_venue_told_its_markets(open_office, exchange, ticker):
    office = open_office()
    assert set(office.manager.settle().reasons) == {"starting"}

    office.choose(ticker, "NOT-LISTED-THERE")

    (market,) = office.manager.heard(messages.MarketsRead)[0].markets
    assert (market.ticker, market.status) == (ticker, "active")
    assert office.manager.settle().reasons == {"starting": "no watcher has shown a book yet"}

    office.show_shard(ticker)
    assert office.manager.settle().reasons == {}


def test_chosen_markets_that_the_venue_does_not_list_are_told_to_the_supervisor(open_office, ticker):
    office = open_office()
    office.choose(ticker, "NOT-THERE", "NOR-THERE")

    office.show_shard(ticker)
    told = office.manager.hear(messages.MarketsListed)

    refused = {"is not listed at the execution venue": ["NOT-THERE", "NOR-THERE"]}
    assert told == messages.MarketsListed(1, refused)
    assert office.manager.settle().reasons == {}


def test_a_venue_that_lists_none_of_the_markets_is_said_to(open_office):
    office = open_office()
    office.manager.wire(page=1, Selector=1, FillProcessor=1)
    office.manager.say(messages.MarketsChosen(["NOT-THERE"]), by="Supervisor")
    office.show_shard("NOT-THERE")

    why = "the execution venue trades none of the markets that were chosen"
    office.manager.until(lambda: office.manager.settle().reasons == {"starting": why})


def test_a_new_fill_processor_is_told_the_markets_too(open_office, ticker):
    office = open_office()
    office.choose(ticker)

    office.manager.wire(page=1, Selector=1, FillProcessor=2)

    assert office.manager.hear(messages.MarketsRead).markets[0].ticker == ticker


def test_markets_chosen_later_are_traded_too(open_office, exchange):
    """A watcher that starts again may rank the venue's markets anew."""
    first, second = exchange.free_ticker(), exchange.free_ticker()
    office = open_office()
    office.choose(first)
    office.open()
    (before,) = office.manager.heard(messages.MarketsRead)

    office.manager.say(messages.MarketsChosen([first, second]), by="Supervisor")
    told = office.manager.hear(messages.MarketsRead)
    office.grant_lease()
    office.show_shard(first, second)

    assert [[each.ticker for each in message.markets] for message in (before, told)] == [[first], [second]]
    assert len(office.place(first, second)) == 2


# --- markets that change ---------------------------------------------------------------------------


@on_both_bases
def test_what_the_venue_says_of_a_market_is_read_again_and_again(trade, exchange, ticker):
    office = trade(ticker, markets={"refresh_s": 1.0})
    late = office.intent(ticker, Action.BUY_YES)

    exchange.close_market(ticker)

    changed = office.manager.hear(messages.MarketsRead, lambda read: read.markets[0].status != "active")
    assert [market.ticker for market in changed.markets] == [ticker]
    assert office.outcomes(office.ask_for([late])) == ["market_inactive"]


def test_a_market_that_a_watcher_heard_news_of_is_read_at_once(trade, exchange, ticker):
    office = trade(ticker, markets={"refresh_s": 3600.0})
    late = office.intent(ticker, Action.BUY_YES)
    exchange.close_market(ticker)

    office.manager.say(messages.MarketTermsChanged([ticker]), by="MarketWatcher-0")

    office.manager.hear(messages.MarketsRead, lambda read: read.markets[0].status != "active")
    assert office.outcomes(office.ask_for([late])) == ["market_inactive"]


def test_a_market_whose_order_is_refused_because_of_it_is_read_at_once(trade, exchange, ticker):
    """The execution venue may pause or close what the data venue goes on trading, and no news tells."""
    office = trade(ticker, markets={"refresh_s": 3600.0})
    first, second = office.intent(ticker, Action.BUY_YES), office.intent(ticker, Action.BUY_YES)
    exchange.close_market(ticker)

    assert office.outcomes(office.ask_for([first])) == ["rejected"]

    office.manager.hear(messages.MarketsRead, lambda read: read.markets[0].status != "active")
    assert office.outcomes(office.ask_for([second])) == ["market_inactive"]


def test_no_order_waits_for_a_long_read_of_markets(rehearse_here, exchange, tmp_path, monkeypatch):
    first, second = exchange.free_ticker(), exchange.free_ticker()
    office = Office(rehearse_here(OrderManager, execution=exchange.access), exchange, tmp_path / "account")
    manager = office.manager
    office.choose(first)
    office.open()
    office.grant_lease()
    office.show_shard(first, second)
    reading, may_end = threading.Event(), threading.Event()

    def read_long(reads: order_calls.ExecutionReads, tickers: list[str]) -> dict[str, Market]:
        reading.set()
        assert may_end.wait(PATIENCE_S)
        return read(reads, tickers)

    read = order_calls.ExecutionReads.markets
    monkeypatch.setattr(order_calls.ExecutionReads, "markets", read_long)
    manager.say(messages.MarketsChosen([first, second]), by="Supervisor")
    manager.until(reading.is_set)

    try:
        assert office.outcomes(office.ask(first)) == ["accepted"]
        assert office.outcomes(office.ask(second)) == ["unknown_market"]
    finally:
        may_end.set()

    assert manager.hear(messages.MarketsRead).markets[0].ticker == second
    assert office.outcomes(office.ask(second)) == ["accepted"]
    office.close()


def test_the_supervisor_is_told_which_markets_must_stay_watched(trade, exchange, ticker):
    other = exchange.free_ticker()
    office = trade(ticker)
    office.place(ticker)
    assert office.manager.hear(messages.MarketsHeld).tickers == [ticker]

    office.choose(other)
    office.record(FillSeen(1, "t1", "o1", "", other, 0, "bid", 4_000, 100, 0, is_taker=False, ts_ms=1))
    told = office.manager.hear(messages.MarketsHeld)

    assert told.tickers == sorted([ticker, other])


def test_a_watcher_whose_tickers_never_came_is_asked_for_them(trade, ticker):
    office = trade(ticker)

    office.manager.wire(page=1, Selector=1, FillProcessor=1, **{"MarketWatcher-3": 1})
    office.manager.say(messages.ShardObserved(ShardMarks(3, 1, 5, None, b"", {})), by="MarketWatcher-3")
    assert office.manager.hear(messages.ShardListRequested).shard == 3


# --- a venue whose books are others than those that decisions are made on --------------------------


def test_a_closing_order_is_priced_on_the_execution_venues_own_book(
    trade_here, exchange, ticker, monkeypatch
):
    monkeypatch.setattr(venue_books, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(book_report, "REPORT_EVERY_S", 0.05)
    office = trade_here(ticker, is_one_venue=False)
    decided = replace(office.intent(ticker, Action.SELL_YES), price_e4=9_900)  # as production has it
    office.record(FillSeen(1, "t1", "o1", "", ticker, 0, "bid", 4_000, 200, 0, is_taker=False, ts_ms=1))
    office.manager.telemetry(lambda told: told.get("execution_books", {}).get("known") == 1)

    assert office.outcomes(office.ask_for([decided])) == ["accepted"]

    (recorded,) = office.written(IntentRecorded)
    assert recorded.price_e4 == exchange.rest.orders(ticker=ticker)[0].price_e4 != 9_900
    assert recorded.price_e4 == exchange.bests(ticker)[1]


# --- a venue whose clock is another ----------------------------------------------------------------


@pytest.fixture
def far_office(rehearse_here, exchange, tmp_path, ticker):
    """An OrderManager with every permit, at a venue whose clock is ten minutes ahead, or behind."""
    offices = []

    @contextlib.contextmanager
    def far_office(ahead_s: int, **config) -> Iterator[Office]:
        with exchange.clock_ahead(ahead_s):
            manager = rehearse_here(OrderManager, config=config, execution=exchange.access)
            offices.append(office := Office(manager, exchange, tmp_path / "account"))
            office.choose(ticker)
            office.open()
            office.grant_lease()
            office.show_shard(ticker)
            yield office
            exchange.rest.cancel_all_orders()

    yield far_office
    for office in offices:
        office.close()


@pytest.mark.parametrize("ahead_s", [600, -600])
def test_an_order_rests_for_its_time_by_the_clock_of_its_venue(
    far_office, exchange, ticker, tmp_path, ahead_s
):
    with far_office(ahead_s) as office:
        (name,) = office.place(ticker)

        (order,) = [order for order in exchange.ledger()["orders"] if order["client_order_id"] == name]
        log = tmp_path / "logs" / "session.log"
        office.manager.until(lambda: "clock" in log.read_text())

    created, ends = (datetime.fromisoformat(order[key]) for key in ("created_time", "expiration_time"))
    assert 58 <= (ends - created).total_seconds() <= 61
    word = "ahead of" if ahead_s > 0 else "behind"
    assert log.read_text().count(f"s {word} this machine's: orders expire and are judged by the venue's") == 1


def test_nothing_is_sent_to_a_venue_whose_clock_is_too_far_off(far_office, exchange, ticker):
    with far_office(600, execution={"max_clock_offset_s": 300.0}) as office:
        before = order_requests(exchange)

        assert office.outcomes(office.ask(ticker)) == ["clock_offset"]
        assert "clock" in office.manager.settle().reasons["reconciling"]
        assert order_requests(exchange) == before


# --- one order -------------------------------------------------------------------------------------


@on_both_bases
def test_an_order_reaches_the_venue_once_under_the_name_it_was_written_down_with(trade, exchange, ticker):
    office = trade(ticker)

    (decision,) = office.ask(ticker)

    assert office.outcomes([decision]) == ["accepted"]
    (recorded,) = office.written(IntentRecorded)
    assert (recorded.client_order_id, recorded.decision) == (f"{office.prefix}1", decision)
    (order,) = exchange.rest.orders(ticker=ticker)
    assert (order.client_order_id, order.side, order.remaining_e2) == (f"{office.prefix}1", "bid", 200)
    kinds = [type(event) for event in office.written(LedgerEvent)]
    assert kinds == [IntentRecorded, SendStarted, Answered]


def test_the_selector_learns_what_rests_and_which_credits_it_has(trade, ticker):
    office = trade(ticker)
    before = office.manager.hear(AccountObserved)
    office.place(ticker)

    after = office.manager.heard(AccountObserved)[-1]

    assert (before.account.resting, before.account.positions) == ({}, {})
    ((resting_ticker, resting),) = after.account.resting.items()
    assert (resting_ticker, resting.bid_count_e2, resting.ask_count_e2) == (ticker, 200, 0)
    assert resting.bid_price_e4 > 0
    assert after.account.ledgers[0].seq > before.account.ledgers[0].seq
    assert after.credits >= before.credits > 0


def test_a_new_selectors_credits_do_not_count_what_the_old_one_used(trade, exchange):
    tickers = [exchange.free_ticker() for _ in range(5)]
    office = trade(*tickers)
    full = office.manager.hear(AccountObserved).credits
    office.place(*tickers)
    office.manager.hear(AccountObserved, lambda account: account.credits > full)

    office.manager.wire(page=1, Selector=2, FillProcessor=1)

    office.manager.hear(AccountObserved, lambda account: account.credits <= full)


def test_a_fill_moves_what_rests_into_the_position(trade, exchange, ticker):
    office = trade(ticker)
    (client_order_id,) = office.place(ticker)
    (order,) = exchange.rest.orders(ticker=ticker)

    office.record(
        FillSeen(
            at_us=2,
            trade_id="trade-1",
            order_id=order.order_id,
            client_order_id=client_order_id,
            ticker=ticker,
            exchange_index=0,
            side="bid",
            price_e4=order.price_e4,
            count_e2=200,
            fee_e6=0,
            is_taker=False,
            ts_ms=time.time_ns() // 1_000_000,
        )
    )

    account = office.manager.hear(AccountObserved, lambda told: told.account.positions)
    assert (account.account.positions, account.account.resting) == ({ticker: 200}, {})


def test_a_second_intent_for_a_market_under_way_is_refused(trade, exchange, ticker):
    office = trade(ticker)
    requests = order_requests(exchange)

    decisions = office.ask(ticker, ticker)

    assert office.outcomes(decisions) == ["accepted", "in_flight"]
    assert order_requests(exchange) == requests + 1


def test_what_cannot_be_written_down_is_not_sent(rehearse_here, exchange, ticker, tmp_path, monkeypatch):
    office = Office(rehearse_here(OrderManager, execution=exchange.access), exchange, tmp_path / "account")
    office.choose(ticker)
    office.open()
    office.close()
    office.grant_lease()
    office.show_shard(ticker)
    requests = order_requests(exchange)

    def full(_outbox, _entries):
        raise OSError("disk full")

    monkeypatch.setattr(Outbox, "append", full)
    office.ask(ticker)

    office.manager.until(lambda: office.manager.heard(messages.Crashed))
    assert order_requests(exchange) == requests


# --- permits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        pytest.param({"valid_s": 0.0}, "no_lease", id="the lease has run out"),
        pytest.param({"live": False}, "not_reconciled", id="the private stream is not reconciled"),
        pytest.param({"untradable": "gap"}, "market_untradable", id="the watcher distrusts the book"),
        pytest.param({"unwatched": True}, "market_untradable", id="nobody watches the book"),
        pytest.param({"state": "paused"}, "paused", id="paused"),
        pytest.param({"state": "halted"}, "halted", id="halted"),
        pytest.param({"state": "starting"}, "not_trading", id="starting"),
        pytest.param({"state": "reconciling"}, "not_trading", id="reconciling"),
        pytest.param({"state": "stopping"}, "not_trading", id="stopping"),
        pytest.param({"state": "reduce_only"}, "reduce_only", id="reduce only"),
    ],
)
def test_nothing_is_sent_without_every_permit(open_office, exchange, ticker, missing, reason):
    office = open_office()
    office.choose(ticker)
    office.open()
    office.grant_lease(valid_s=missing.get("valid_s", 60.0), state=missing.get("state", "trading"))
    office.record(live=missing.get("live", True))
    if not missing.get("unwatched"):
        words = {ticker: missing["untradable"]} if "untradable" in missing else {}
        office.show_shard(ticker, untradable=words)
    requests = order_requests(exchange)

    decisions = office.ask(ticker)

    assert office.outcomes(decisions) == [reason]
    assert [event.reason for event in office.written(Refused)] == [reason]
    assert order_requests(exchange) == requests


def test_nothing_is_sent_before_any_lease_was_granted(open_office, exchange, ticker):
    office = open_office()
    office.choose(ticker)
    office.open()
    office.show_shard(ticker)

    decisions = office.ask(ticker)

    assert office.outcomes(decisions) == ["not_trading"]


# --- what no answer settled ------------------------------------------------------------------------


def test_an_order_whose_answer_is_lost_is_looked_up_and_not_sent_again(trade, exchange, ticker, cable: Cable):
    office = trade(ticker, access=cable.access)
    cable.lose_answer_to("POST")

    decisions = office.ask(ticker)

    assert office.outcomes(decisions) == ["unknown"]
    office.manager.hear(AccountObserved, lambda told: told.account.resting and not told.account.blocked)
    assert [answer.outcome for answer in office.written(Answered)] == ["unknown", "accepted"]
    (order,) = exchange.rest.orders(ticker=ticker)
    assert exchange.ledger()["client_order_ids"][order.client_order_id] == 1


def write_unanswered(folder: Path, ticker: str, *, price_e4: int, name: str, deadline_us: int) -> None:
    """Write the outbox of a process that ended between sending an order and its answer."""
    outbox = Outbox(folder / "account" / "order_manager.db", "OrderManager")
    recorded = IntentRecorded(
        at_us=1,
        client_order_id=name,
        ticker=ticker,
        exchange_index=0,
        action="BUY_YES",
        side="bid",
        price_e4=price_e4,
        count_e2=100,
        time_in_force="good_till_canceled",
        post_only=True,
        expiration_s=None,
        decision="1/0",
        reason="",
    )
    outbox.append([(recorded, None), (SendStarted(1, name, deadline_us), None)])
    outbox.close()


def test_an_unanswered_order_that_the_venue_has_is_found_after_a_restart(
    open_office, exchange, ticker, tmp_path
):
    bid_e4, _ = exchange.bests(ticker)
    name = f"rl1-{ACCOUNT}-before-{next(_names)}"
    exchange.order(ticker, "bid", bid_e4, client_order_id=name)
    deadline_us = time.time_ns() // 1000 + HOUR_US
    write_unanswered(tmp_path, ticker, price_e4=bid_e4, name=name, deadline_us=deadline_us)

    office = open_office()
    office.choose(ticker)
    office.open()

    office.manager.hear(AccountObserved, lambda told: told.account.resting and not told.account.blocked)
    (answer,) = office.written(Answered)
    assert (answer.client_order_id, answer.outcome) == (name, "accepted")


def test_an_unanswered_order_that_can_no_longer_arrive_is_absent(open_office, exchange, ticker, tmp_path):
    deadline_us = time.time_ns() // 1000 - HOUR_US
    write_unanswered(tmp_path, ticker, price_e4=100, name=f"rl1-{ACCOUNT}-before-5", deadline_us=deadline_us)

    office = open_office()
    office.choose(ticker)
    office.open()

    office.manager.until(lambda: office.written(Answered))
    assert [answer.outcome for answer in office.written(Answered)] == ["absent"]
    office.manager.hear(AccountObserved, lambda told: not told.account.blocked)


def test_an_unanswered_order_that_may_still_arrive_blocks_its_market(open_office, exchange, ticker, tmp_path):
    deadline_us = time.time_ns() // 1000 + HOUR_US
    write_unanswered(tmp_path, ticker, price_e4=100, name=f"rl1-{ACCOUNT}-before-5", deadline_us=deadline_us)
    office = open_office()
    office.choose(ticker)
    office.open()
    office.grant_lease()
    office.show_shard(ticker)

    assert office.manager.hear(AccountObserved).account.blocked == (ticker,)
    assert office.outcomes(office.ask(ticker)) == ["unresolved_order"]
    assert office.written(Answered) == []


def test_a_long_past_is_taken_in_with_pings_answered_in_between(
    rehearse_here, exchange, ticker, tmp_path, monkeypatch
):
    """An actor that says nothing for three seconds is replaced, and would never be done."""
    monkeypatch.setattr("execution.recovery.TURN_S", 0.0)
    for number in range(20):
        name = f"rl1-{ACCOUNT}-before-{number}"
        write_unanswered(tmp_path, ticker, price_e4=100, name=name, deadline_us=1)
    office = Office(rehearse_here(OrderManager, execution=exchange.access), exchange, tmp_path / "account")
    office.manager.wire(page=1, Selector=1, FillProcessor=1)
    office.manager.say(messages.MarketsChosen([ticker]), by="Supervisor")

    office.manager.until(
        lambda: any("happened before" in why for why in office.manager.settle().reasons.values())
    )
    office.manager.hear(messages.MarketsRead)
    office.show_shard(ticker)
    assert office.manager.settle().reasons == {}


def test_facts_written_while_nobody_read_them_are_known_before_anything_is_done(
    open_office, exchange, ticker, tmp_path
):
    """Or a halt would first cancel every order that ended long ago."""
    name = f"rl1-{ACCOUNT}-before-1"
    write_unanswered(tmp_path, ticker, price_e4=100, name=name, deadline_us=1)
    HaltLatch(tmp_path / "account" / "halt.json").set("somebody said so", 1)
    facts = Outbox(tmp_path / "account" / "fill_processor.db", "FillProcessor")
    facts.append([(OrderSeen(2, "gone", name, ticker, 0, "bid", 100, "canceled", 100, 0, 0), None)])
    facts.close()

    office = open_office()
    office.choose(ticker)

    office.manager.telemetry(lambda told: told.get("orders", {}).get("canceled") == 1)
    assert [type(event) for event in office.written(LedgerEvent)] == [IntentRecorded, SendStarted]


@on_both_bases
def test_after_a_kill_what_rests_is_known_and_no_name_is_used_twice(trade, exchange):
    first, second = exchange.free_ticker(), exchange.free_ticker()
    office = trade(first, second)
    (old,) = office.place(first)
    office.manager.kill()
    office.close()

    office = trade(first, second)

    office.manager.hear(AccountObserved, lambda told: list(told.account.resting) == [first])
    assert office.outcomes(office.ask(first)) == ["already_resting"]
    assert (old, *office.place(second)) == (f"{office.prefix}1", f"{office.prefix}2")


# --- whose order it is -----------------------------------------------------------------------------


def received(exchange: LoopbackExchange) -> dict[str, int]:
    """The number of times that each of this account's ids reached the venue."""
    times = exchange.ledger()["client_order_ids"]
    return {name: count for name, count in times.items() if name.startswith(f"rl1-{ACCOUNT}-")}


def test_two_programs_with_one_key_share_no_id_and_count_none_of_each_others_orders(
    trade, exchange, tmp_path
):
    """However alike they are: same configuration, same second, same account."""
    tickers = [exchange.free_ticker() for _ in range(2)]
    one, other = trade(tickers[0]), trade(tickers[1], folder=tmp_path / "elsewhere")

    (ours,), (theirs,) = one.place(tickers[0]), other.place(tickers[1])
    one.record(OrderSeen(2, "their-order", theirs, tickers[1], 0, "bid", 100, "canceled", 200, 0, 0))

    assert ours != theirs
    assert {received(exchange)[name] for name in (ours, theirs)} == {1}
    told = one.manager.telemetry(lambda told: told.get("orders", {}).get("sent"))
    assert (told["orders"]["sent"], told["orders"]["canceled"]) == (1, 0)


def test_a_ledger_file_that_is_gone_repeats_no_id_and_no_number(trade, exchange, tmp_path):
    tickers = [exchange.free_ticker() for _ in range(4)]
    office = trade(*tickers)
    before = office.place(*tickers[:2])
    for number, name in enumerate(before):
        office.record(
            OrderSeen(2, f"order-{number}", name, tickers[number], 0, "bid", 100, "canceled", 200, 0, 0)
        )
    office.manager.kill()
    office.close()
    for path in (tmp_path / "account").glob("order_manager.db*"):
        path.unlink()

    office = trade(*tickers)
    after = office.place(*tickers[2:])

    assert {received(exchange)[name] for name in (*before, *after)} == {1}
    numbers = [name.rpartition("-")[2] for name in (*before, *after)]
    assert numbers == ["1", "2", "3", "4"]


# --- orders of others ------------------------------------------------------------------------------


def by_hand(office: Office, exchange: LoopbackExchange, ticker: str, *, name: str = "") -> str:
    """An order that rests and that OrderManager hears of from FillProcessor; its order_id."""
    bid_e4, _ = exchange.bests(ticker)
    order_id = exchange.order(ticker, "bid", bid_e4, client_order_id=name).order_id
    office.record(OrderSeen(2, order_id, name, ticker, 0, "bid", bid_e4, "resting", 100, 0, 100))
    return order_id


def rests(exchange: LoopbackExchange, order_id: str) -> bool:
    return order_id in [order.order_id for order in exchange.rest.orders(status="resting")]


def under(policy: str) -> dict[str, Any]:
    return {"execution": {"venue": "loopback", "foreign_orders": policy}}


@pytest.mark.parametrize(("policy", "is_left"), [("leave", True), ("refuse", True), ("adopt", False)])
def test_a_stop_leaves_orders_made_by_hand_unless_they_are_adopted(
    trade, exchange, tmp_path, policy, is_left
):
    tickers = [exchange.free_ticker() for _ in range(2)]
    office = trade(*tickers, **under(policy))
    (ours,) = office.place(tickers[0])
    foreign = by_hand(office, exchange, tickers[1])

    office.manager.say(messages.Stop(10.0), by="Supervisor")
    office.manager.hear(messages.Stopped)

    assert rests(exchange, foreign) == is_left
    assert ours not in exchange.resting()
    orders = office.manager.heard(messages.Telemetry)[-1].values["orders"]
    counted = {"sent": 1, "canceled": 1, "foreign": int(is_left), "foreign_canceled": int(not is_left)}
    assert {key: orders[key] for key in counted} == counted
    assert "proven" not in (tmp_path / "logs" / "session.log").read_text()


def test_a_halt_leaves_orders_made_by_hand(trade, exchange, tmp_path):
    tickers = [exchange.free_ticker() for _ in range(2)]
    office = trade(*tickers)
    (ours,) = office.place(tickers[0])
    foreign = by_hand(office, exchange, tickers[1])

    HaltLatch(tmp_path / "account" / "halt.json").set("somebody said so", 1)

    office.manager.until(lambda: ours not in exchange.resting())
    assert rests(exchange, foreign)


def test_orders_made_by_hand_are_canceled_at_once_where_they_shall_be(trade, exchange, ticker):
    office = trade(ticker, **under("cancel"))

    foreign = by_hand(office, exchange, ticker)

    office.manager.until(lambda: not rests(exchange, foreign))


def test_nothing_is_sent_beside_orders_made_by_hand_where_they_are_refused(trade, exchange, ticker):
    office = trade(ticker, **under("refuse"))

    foreign = by_hand(office, exchange, ticker)

    pong = office.manager.hear(messages.Pong, lambda pong: "paused" in pong.reasons)
    assert foreign in pong.reasons["paused"]
    office.record(OrderSeen(3, foreign, "", ticker, 0, "bid", 100, "canceled", 100, 0, 0))
    office.manager.hear(messages.Pong, lambda pong: pong.reasons == {})


def test_an_order_made_by_hand_and_a_second_program_are_named_once_and_reserve_cash(
    trade, exchange, tmp_path
):
    tickers = [exchange.free_ticker() for _ in range(2)]
    office = trade(*tickers)
    before = office.manager.telemetry(lambda told: "balance" in told)["balance"]["reserved"]

    by_hand(office, exchange, tickers[0])
    by_hand(office, exchange, tickers[1], name=f"rl1-{ACCOUNT}-99887766-{next(_names)}")

    told = office.manager.telemetry(lambda told: told.get("orders", {}).get("foreign") == 2)
    assert [row["owner"] for row in told["open_orders"]] == ["hand", "program"]
    assert before == "0.0000" != told["balance"]["reserved"]
    log = tmp_path / "logs" / "session.log"
    office.manager.until(lambda: "A second program trades on this account" in log.read_text())
    assert log.read_text().count("Not ours: ") == log.read_text().count("A second program") == 1


# --- the way out -----------------------------------------------------------------------------------


@on_both_bases
def test_stop_cancels_all_that_rests_at_the_venue_and_sends_no_more(trade, exchange):
    tickers = [exchange.free_ticker() for _ in range(3)]
    office = trade(*tickers)
    names = office.place(*tickers)
    assert set(names) <= set(exchange.resting())

    office.manager.say(messages.Stop(10.0), by="Supervisor")
    office.manager.hear(messages.Stopped)

    requests = order_requests(exchange)
    office.ask(tickers[0])
    office.manager.settle()
    assert set(names) & set(exchange.resting()) == set()
    assert [answer.outcome for answer in office.written(CancelAnswered)] == ["canceled"] * 3
    assert {begun.reason for begun in office.written(CancelStarted)} == {"the session stopped"}
    assert order_requests(exchange) == requests


def test_a_stop_waits_for_the_fills_of_an_order_that_filled_while_it_was_cancelled(trade, exchange, ticker):
    """Or the report would say: one order filled, no fills."""
    office = trade(ticker)
    (name,) = office.place(ticker)
    (order,) = exchange.rest.orders(ticker=ticker)
    seen = OrderSeen(2, order.order_id, name, ticker, 0, "bid", order.price_e4, "executed", 200, 200, 0)
    office.record(seen)
    office.manager.say(messages.Stop(60.0), by="Supervisor")
    office.manager.settle()
    assert office.manager.heard(messages.Stopped) == []

    fill = FillSeen(3, "t1", order.order_id, name, ticker, 0, "bid", order.price_e4, 200, 0, False, ts_ms=1)
    office.record(fill)

    office.manager.hear(messages.Stopped)
    told = office.manager.heard(messages.Telemetry)[-1].values
    assert (told["orders"]["filled"], told["fills"]["count"]) == (1, 1)


def test_what_the_account_is_worth_at_a_stop_is_told_as_the_last_report_tells_it(trade, exchange, ticker):
    office = trade(ticker)
    office.manager.wire(page=1, Selector=1, FillProcessor=1, Recorder=1)
    office.show_shard(ticker, bid_e4=300)
    office.record(FillSeen(3, "t1", "o1", "", ticker, 0, "bid", 200, 400, 0, False, ts_ms=1))
    office.manager.settle()

    office.manager.say(messages.Stop(10.0), by="Supervisor")
    office.manager.hear(messages.Stopped)

    told = office.manager.heard(messages.AccountValued)[0].valued
    balance, pnl = (office.manager.heard(messages.Telemetry)[-1].values[name] for name in ("balance", "pnl"))
    assert format_money_e6(told.available_e6) == balance["available"]
    assert format_money_e6(told.cash_e6) == balance["total"]
    assert format_money_e6(told.held_e6) == balance["portfolio_value"] == "0.1200"
    assert format_money_e6(told.gain_e6) == pnl["session"]
    assert (told.worth_e6, told.marks) == ({ticker: 120_000}, "data")


def test_a_stop_before_the_venue_was_read_is_answered_at_once(open_office):
    office = open_office()

    office.manager.say(messages.Stop(10.0), by="Supervisor")

    assert office.manager.hear(messages.Stopped).name == "OrderManager"
    assert office.manager.heard(messages.AccountValued) == []


# --- halt and floor --------------------------------------------------------------------------------


def test_an_account_that_is_halted_sends_nothing(trade, exchange, ticker, tmp_path):
    HaltLatch(tmp_path / "account" / "halt.json").set("somebody said so", 1)
    office = trade(ticker)
    requests = order_requests(exchange)

    decisions = office.ask(ticker)

    assert office.outcomes(decisions) == ["halted"]
    assert office.manager.settle().reasons == {"halted": "somebody said so"}
    assert order_requests(exchange) == requests


def test_a_halt_cancels_what_rests_and_is_lifted_by_removing_its_file(trade, exchange, ticker, tmp_path):
    office = trade(ticker)
    (name,) = office.place(ticker)

    latch = HaltLatch(tmp_path / "account" / "halt.json")
    latch.set("somebody said so", 1)
    office.manager.hear(messages.Pong, lambda pong: "halted" in pong.reasons)
    office.manager.until(lambda: name not in exchange.resting())
    assert [begun.reason for begun in office.written(CancelStarted)] == ["trading halted"]
    (tmp_path / "account" / "halt.json").unlink()

    office.manager.hear(messages.Pong, lambda pong: pong.reasons == {})


@pytest.mark.usefixtures("quick")
def test_a_disk_that_is_nearly_full_halts_and_cancels_what_rests(
    trade_here, exchange, ticker, tmp_path, monkeypatch
):
    office = trade_here(ticker)
    (name,) = office.place(ticker)

    monkeypatch.setattr(order_manager, "is_low", lambda _folder: True)
    office.manager.hear(messages.Pong, lambda pong: "no room left" in pong.reasons.get("halted", ""))
    office.manager.until(lambda: name not in exchange.resting())

    assert "make room, then resume --lift-halt" in HaltLatch(tmp_path / "account" / "halt.json").reason


def test_a_ledger_that_needed_its_reserve_halts_at_once(trade_here, exchange, ticker):
    office = trade_here(ticker)
    fill(office.manager.instance._parts.outbox)

    office.ask(ticker)

    office.manager.hear(messages.Pong, lambda pong: "no room left" in pong.reasons.get("halted", ""))
    assert not office.manager.heard(messages.Crashed)


@pytest.mark.usefixtures("quick")
def test_a_halt_of_somebody_else_ends_what_rests_too(trade_here, exchange, ticker):
    office = trade_here(ticker)
    (name,) = office.place(ticker)

    office.grant_lease(state="halted")

    office.manager.until(lambda: name not in exchange.resting())


def test_equity_below_the_floor_halts_the_account_for_good(open_office, ticker, tmp_path):
    office = open_office()
    office.choose(ticker)

    office.open(cash_e6=499_000_000)

    office.manager.hear(messages.Pong, lambda pong: "halted" in pong.reasons)
    assert "balance_floor" in HaltLatch(tmp_path / "account" / "halt.json").reason


def test_cash_below_the_floor_allows_only_reductions_until_it_is_back(open_office, ticker):
    """300 dollars of cash and 1,000 contracts at 50 cents: equity is above the floor of 500."""
    office = open_office()
    office.choose(ticker)
    office.grant_lease()
    office.show_shard(ticker, bid_e4=5_000)
    office.open(300_000_000, PositionAt(ticker, 0, 100_000, 400_000_000, 0, 0))

    office.manager.hear(messages.Pong, lambda pong: "reduce_only" in pong.reasons)
    assert office.outcomes(office.ask(ticker)) == ["reduce_only"]
    assert office.outcomes(office.ask(ticker, action=Action.SELL_YES)) == ["accepted"]

    office.record(
        FillSeen(2, "sold", "order", "", ticker, 0, "ask", 5_000, 70_000, 0, False, HOUR_US),
    )
    office.manager.hear(messages.Pong, lambda pong: pong.reasons == {})


def test_a_book_that_is_not_live_yet_halts_nobody(open_office, ticker):
    """Its holding has no price before the watcher's first word, which is no loss of equity."""
    office = open_office()
    office.choose(ticker)

    office.open(300_000_000, PositionAt(ticker, 0, 100_000, 400_000_000, 0, 0))
    office.show_shard(ticker, untradable={ticker: "no_snapshot"})
    office.record()

    assert set(office.manager.settle().reasons) == {"reduce_only", "starting"}


# --- what is told ----------------------------------------------------------------------------------


def test_the_page_sees_orders_and_balance(trade, ticker):
    office = trade(ticker)
    (name,) = office.place(ticker)

    told = office.manager.telemetry(lambda told: told.get("open_orders"))

    assert (told["orders"]["sent"], told["orders"]["resting"]) == (1, 1)
    assert told["balance"]["total"] == "10000.0000"
    assert told["balance"]["floor"] == "500.0000"
    (row,) = told["open_orders"]
    assert (row["client_order_id"], row["order"], row["action"]) == (name, "order_1", "BUY_YES")


def test_the_log_says_what_was_submitted_and_confirmed(trade, ticker, tmp_path):
    trade(ticker).place(ticker)

    log = (tmp_path / "logs" / "session.log").read_text()

    assert "INFO: [OrderManager] Submitted order: order_1 (BUY_YES, 2 contracts)\n" in log
    assert "INFO: [OrderManager] Order confirmed: order_1 → PENDING\n" in log


# --- what keeps an order back ----------------------------------------------------------------------


def test_what_keeps_orders_of_a_market_back_is_told_by_action_and_nothing_is_recorded(trade_here, ticker):
    office = trade_here(ticker)
    office.grant_lease(state="paused")
    office.manager.say(messages.WhyRequested(7, ticker), by="page")

    told = office.manager.hear(messages.WhyReported)

    assert (told.request_id, told.source) == (7, "OrderManager")
    assert (told.facts["execution_ticker"], told.facts["position"]) == (ticker, "0.00")
    assert [reason for reason, _ in told.facts["actions"]["BUY_YES"]] == ["no_price", "paused"]
    assert office.written(Refused) == []


def test_before_it_trades_it_tells_what_it_waits_for(open_office):
    office = open_office()
    office.manager.wire(page=1)
    office.manager.say(messages.WhyRequested(7, "KX-1"), by="page")

    told = office.manager.hear(messages.WhyReported)

    assert told.facts["starting"] == "reading the markets of the execution venue"
    assert "actions" not in told.facts
