"""FillProcessor turns each thing the venue says into one fact, and vouches only for what it checked."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from actors import fill_processor, messages
from actors.fill_processor import FillProcessor
from actors.messages import FactsCommitted
from execution import account_keeper, read_plan
from execution.account_reads import read_account
from execution.order_calls import ExecutionReads
from kalshi_client.rest.change_outcomes import AmendOrder
from kalshi_client.stream import deadlines
from persistence.outbox import Outbox, OutboxReader
from tests.actors.conftest import Rehearse, on_both_bases
from tests.actors.rehearsal import Rehearsal
from tests.loopback_exchange import Cable, LoopbackExchange
from tests.persistence.full_disk import fill, fill_for_good, make_room
from tests.trading.example_facts import answered, recorded
from trading.events import AccountOpened, BalanceSeen, FillSeen, LedgerEvent, OrderSeen, Reconciled
from trading.ledger import Ledger
from trading.market import format_count_e2, parse_money_e6

OFTEN = {"risk": {"reconcile_s": 0.1}}


class Books:
    """A FillProcessor at work, and what it has written down."""

    def __init__(self, processor: Rehearsal, folder: Path, markets: list[dict]) -> None:
        self.processor = processor
        self._path = folder / "fill_processor.db"
        self._markets = markets
        processor.wire(page=1, OrderManager=1)

    def learn_markets(self) -> None:
        self.processor.say(messages.MarketsRead(self._markets, "0f1e2d3c4b5a6978"), by="OrderManager")

    def hear_live(self) -> FactsCommitted:
        return self.processor.hear(FactsCommitted, lambda facts: facts.live)

    def written(self, *kinds: type[LedgerEvent]) -> list:
        """Such events of its outbox, in order."""
        reader = OutboxReader(self._path)
        events = [event for _, event in reader.events() if isinstance(event, kinds)]
        reader.close()
        return events

    def fills_of(self, order_id: str) -> list[FillSeen]:
        return [fill for fill in self.written(FillSeen) if fill.order_id == order_id]

    def statuses_of(self, order_id: str) -> list[str]:
        return [seen.status for seen in self.written(OrderSeen) if seen.order_id == order_id]

    def ledger(self, *ours: LedgerEvent) -> Ledger:
        """The fold of all that is written, and of what OrderManager would have written."""
        ledger = Ledger({market.ticker: market for market in self._markets})
        for event in (*ours, *self.written(LedgerEvent)):
            ledger.apply(event)
        return ledger

    def position_e2(self, ticker: str) -> int:
        return self.ledger().position(ticker).position_e2


@pytest.fixture(scope="module")
def markets(exchange: LoopbackExchange) -> list[dict]:
    """The execution venue's word on its markets, as OrderManager passes it on."""
    return list(ExecutionReads(exchange.rest).markets(exchange.tickers).values())


class Opening:
    """Opens books with a FillProcessor that has been started and wired."""

    def __init__(self, rehearse: Rehearse, access: dict, folder: Path, markets: list[dict]) -> None:
        self._rehearse = rehearse
        self._access = access
        self._folder = folder / "account"
        self._markets = markets

    def unread(self, *, access: dict | None = None, **config) -> Books:
        processor = self._rehearse(FillProcessor, config=config, execution=access or self._access)
        return Books(processor, self._folder, self._markets)

    def __call__(self, **more) -> Books:
        """The same, knowing the markets, live and reconciled."""
        books = self.unread(**more)
        books.learn_markets()
        books.hear_live()
        return books


@pytest.fixture
def live(rehearse_here: Rehearse, exchange: LoopbackExchange, markets, tmp_path: Path) -> Opening:
    return Opening(rehearse_here, exchange.access, tmp_path, markets)


@pytest.fixture
def live_anywhere(rehearse: Rehearse, exchange: LoopbackExchange, markets, tmp_path: Path) -> Opening:
    """In this process, and in one of its own."""
    return Opening(rehearse, exchange.access, tmp_path, markets)


@pytest.fixture
def ticker(exchange: LoopbackExchange) -> str:
    return exchange.free_ticker()


def venue_position(exchange: LoopbackExchange, ticker: str) -> str:
    return exchange.ledger()["positions"].get(ticker, "0.00")


# --- the opening -----------------------------------------------------------------------------------


def test_the_account_is_opened_with_what_the_venue_holds(live, exchange):
    books = live()

    (opened,) = books.written(AccountOpened)
    assert sum(opened.cash_e6.values()) == parse_money_e6(exchange.ledger()["cash"])
    assert isinstance(books.written(LedgerEvent)[0], AccountOpened)
    (balance, *_) = books.written(BalanceSeen)
    assert balance.available_e6 == exchange.rest.balance().available_e6


def test_what_rests_at_the_opening_is_reserved_and_not_gone(live, exchange, ticker):
    bid_e4, _ = exchange.bests(ticker)
    resting = exchange.order(ticker, "bid", bid_e4)

    books = live()

    (opened,) = books.written(AccountOpened)
    assert sum(opened.cash_e6.values()) == parse_money_e6(exchange.ledger()["cash"])
    assert resting.order_id in [seen.order_id for seen in books.written(OrderSeen)]
    exchange.rest.cancel_order(resting.order_id, ticker, 0)


def test_live_is_told_only_after_a_check_of_this_connection(live, cable: Cable):
    books = live(access=cable.access)
    cable.cut()
    books.processor.hear(FactsCommitted, lambda facts: not facts.live)
    books.hear_live()

    seq_of_check = {
        event.generation: seq
        for seq, event in enumerate(books.written(LedgerEvent), start=1)
        if isinstance(event, Reconciled)
    }
    for facts in books.processor.heard(FactsCommitted):
        if facts.live:
            assert facts.seq >= seq_of_check[facts.generation]


def test_a_stream_that_is_not_acknowledged_in_time_is_opened_again_and_becomes_live(
    rehearse_here, exchange, markets, monkeypatch, tmp_path
):
    monkeypatch.setattr(deadlines, "ANSWER_WITHIN_S", 0.2)
    monkeypatch.setattr(fill_processor, "SECOND_S", 0.05)
    exchange.arm("silent_ws", where="subscribed")
    books = Books(rehearse_here(FillProcessor, execution=exchange.access), tmp_path / "account", markets)
    books.learn_markets()
    log = tmp_path / "logs" / "session.log"
    books.processor.until(lambda: log.exists() and "no answer to subscribe" in log.read_text())
    assert books.processor.settle().reasons == {
        "reconciling": "loopback: the private stream has not acknowledged its subscription"
    }

    exchange.clear_faults()

    assert books.hear_live()


def test_a_read_that_never_ends_is_given_up_and_made_again(
    rehearse_here, exchange, markets, monkeypatch, tmp_path
):
    monkeypatch.setattr(fill_processor, "READ_WITHIN_S", 0.1)
    monkeypatch.setattr(fill_processor, "SECOND_S", 0.05)
    monkeypatch.setattr(read_plan, "RETRY_S", 0.05)
    over, reads = threading.Event(), []

    def hangs_once(*asked):
        reads.append(asked)
        if len(reads) == 1:
            over.wait(60.0)
        return read_account(*asked)

    monkeypatch.setattr(fill_processor, "read_account", hangs_once)
    books = Books(rehearse_here(FillProcessor, execution=exchange.access), tmp_path / "account", markets)
    books.learn_markets()

    books.processor.until(lambda: len(reads) > 1)
    monkeypatch.setattr(fill_processor, "READ_WITHIN_S", 60.0)

    assert books.hear_live()
    log = (tmp_path / "logs" / "session.log").read_text()
    assert "Reading the account failed, trying again: no end within 0.1 s" in log
    over.set()


def test_a_check_that_is_asked_for_is_a_read_begun_afterwards_and_is_told(live):
    books = live()
    checks = len(books.written(Reconciled))

    for _ in range(2):  # said again under the same number, it is the same check
        books.processor.say(messages.AccountCheckRequested(77), by="OrderManager")
    told = books.processor.hear(FactsCommitted, lambda facts: facts.checked == 77)

    assert told.live
    assert len(books.written(Reconciled)) == checks + 1
    assert not any(facts.live and facts.checked != 77 for facts in books.processor.heard(FactsCommitted)[-1:])


@pytest.mark.parametrize("ahead_s", [-600, 600])
def test_the_first_read_vouches_for_the_account_however_far_the_clocks_are_apart(
    rehearse_here, exchange, markets, cable: Cable, monkeypatch, tmp_path, ahead_s
):
    monkeypatch.setattr(read_plan, "RETRY_S", 3_600.0)  # a read in vain is not made good in this test
    with exchange.clock_ahead(ahead_s):
        books = Books(rehearse_here(FillProcessor, execution=cable.access), tmp_path / "account", markets)
        books.learn_markets()
        books.hear_live()
        cable.cut()

        assert books.processor.hear(FactsCommitted, lambda facts: facts.live and facts.generation == 2)


def test_how_late_a_fill_became_a_position_is_told_by_one_clock(rehearse_here, exchange, markets, tmp_path):
    with exchange.clock_ahead(-20):
        books = Books(rehearse_here(FillProcessor, execution=exchange.access), tmp_path / "account", markets)
        books.learn_markets()
        books.hear_live()
        exchange.buy(exchange.tickers[-1])

        told = books.processor.telemetry(lambda told: told["latency_ms"]["fill_to_position"]["n"])

    assert 0 <= told["latency_ms"]["fill_to_position"]["p99"] < 5_000


def test_a_read_that_fails_is_made_again(live, cable: Cable):
    cable.lose_answer_to("GET /trade-api/v2/exchange/user_data_timestamp")

    assert live(access=cable.access)


# --- fills -----------------------------------------------------------------------------------------


@on_both_bases
def test_a_fill_at_the_venue_becomes_one_fact_and_moves_the_position(live_anywhere, exchange, ticker):
    books = live_anywhere(**OFTEN)
    checks = len(books.written(Reconciled))

    bought = exchange.buy(ticker, count_e2=300)

    books.processor.until(lambda: books.fills_of(bought.order_id))
    books.processor.until(lambda: len(books.written(Reconciled)) >= checks + 2)  # reads tell it again
    fills = books.fills_of(bought.order_id)
    assert sum(fill.count_e2 for fill in fills) == bought.fill_count_e2 > 0
    assert len({fill.trade_id for fill in fills}) == len(fills)
    assert format_count_e2(books.position_e2(ticker)) == venue_position(exchange, ticker)


def test_order_manager_is_rung_for_each_fill(live, exchange, ticker):
    books = live()
    before = books.processor.heard(FactsCommitted)[-1]

    bought = exchange.buy(ticker)
    books.processor.until(lambda: books.fills_of(bought.order_id))

    rung = books.processor.hear(FactsCommitted, lambda facts: facts.seq > before.seq)
    assert (rung.outbox_id, rung.live) == (before.outbox_id, True)


def test_it_rings_once_until_it_is_answered_and_then_with_the_newest(live, exchange, ticker):
    books = live()
    books.processor.unanswered.add("FactsCommitted")
    bought = exchange.buy(ticker)
    books.processor.until(lambda: books.fills_of(bought.order_id))
    books.processor.until(lambda: books.processor.offers)
    rings = len(books.processor.heard(FactsCommitted))

    again = exchange.buy(ticker)
    books.processor.until(lambda: books.fills_of(again.order_id))
    books.processor.settle()

    assert len(books.processor.heard(FactsCommitted)) == rings
    written = len(books.written(LedgerEvent))
    books.processor.credit(by="OrderManager")
    books.processor.hear(FactsCommitted, lambda facts: facts.seq >= written)


def test_a_fill_while_the_stream_is_down_is_found_by_the_next_read(live, exchange, ticker, cable: Cable):
    books = live(access=cable.access)
    cable.cut()
    bought = exchange.buy(ticker)

    books.processor.hear(FactsCommitted, lambda facts: facts.live and facts.generation == 2)

    assert sum(fill.count_e2 for fill in books.fills_of(bought.order_id)) == 100
    assert format_count_e2(books.position_e2(ticker)) == venue_position(exchange, ticker)


def test_trading_is_held_back_while_the_stream_is_down(live, cable: Cable):
    books = live(access=cable.access)

    cable.cut()

    books.processor.hear(messages.Pong, lambda pong: "reconciling" in pong.reasons)
    books.processor.hear(messages.Pong, lambda pong: pong.reasons == {})


def test_a_past_is_taken_in_while_pings_are_answered_and_none_of_it_is_shown_as_open(
    live, exchange, ticker, monkeypatch
):
    bought = [exchange.buy(ticker).order_id for _ in range(2)]
    monkeypatch.setattr(account_keeper, "TAKEN_AT_ONCE", 1)
    monkeypatch.setattr(fill_processor, "GAP_S", 3_600.0)  # until this test lets it go on
    books = live.unread()
    books.learn_markets()

    taking = "loopback: reading the account (taken in 1 of "
    books.processor.until(lambda: books.processor.settle().reasons.get("reconciling", "").startswith(taking))
    assert not any(facts.live for facts in books.processor.heard(FactsCommitted))
    monkeypatch.setattr(fill_processor, "GAP_S", 0.0)
    books.processor.instance.on_timer("take_in")
    books.hear_live()

    for order_id in bought:
        first, *_ = [fact for fact in books.written(OrderSeen, FillSeen) if fact.order_id == order_id]
        assert isinstance(first, OrderSeen)
        assert first.status == "executed"
    assert {order.order_id for order in books.ledger().open_orders()}.isdisjoint(bought)


def test_the_log_and_the_page_tell_a_fill(live, exchange, ticker, tmp_path):
    books = live()

    label = f"order_{exchange.buy(ticker, count_e2=1_000).order_id[:8]}"

    rows = books.processor.telemetry(lambda told: told["recent"])["recent"]
    log = (tmp_path / "logs" / "session.log").read_text()
    assert {row["order"] for row in rows} == {label}
    for row in rows:
        assert f"INFO: [FillProcessor] Order filled: {label} → {row['change']} position\n" in log
        assert row["change"].startswith("+")
        assert row["change"].endswith(" YES")


def test_a_field_that_nothing_needs_decides_nothing(
    rehearse_here, exchange, markets, cable: Cable, ticker, tmp_path
):
    """In the list of orders, in their messages, and in those of fills."""
    cable.change_words('"taker_fees_dollars":"0.000000"', '"taker_fees_dollars":null      ')
    cable.change_words('"is_taker":true', '"is_taker":null')
    bid_e4, _ = exchange.bests(ticker)
    resting = exchange.order(ticker, "bid", bid_e4)
    books = Books(
        rehearse_here(FillProcessor, config=OFTEN, execution=cable.access), tmp_path / "account", markets
    )

    books.learn_markets()
    books.hear_live()
    bought = exchange.buy(ticker, count_e2=300)
    books.processor.until(lambda: books.fills_of(bought.order_id))
    before = len(books.written(Reconciled))
    books.processor.until(lambda: len(books.written(Reconciled)) >= before + 2)

    exchange.rest.cancel_order(resting.order_id, ticker, 0)
    assert resting.order_id in [seen.order_id for seen in books.written(OrderSeen)]
    assert sum(fill.count_e2 for fill in books.fills_of(bought.order_id)) == bought.fill_count_e2 > 0
    assert {fill.is_taker for fill in books.fills_of(bought.order_id)} == {None}
    assert all(check.differences == () for check in books.written(Reconciled))


def test_what_another_subaccount_does_moves_nothing_and_is_named(
    rehearse_here, exchange, markets, cable: Cable, ticker, tmp_path
):
    """The stream and the reads tell it as well, and each fill and order says whose it is."""
    cable.change_words('"subaccount":0', '"subaccount":7')
    cable.change_words('"subaccount_number":0', '"subaccount_number":7')
    processor = rehearse_here(FillProcessor, config=OFTEN, execution=cable.access)
    books = Books(processor, tmp_path / "account", markets)
    books.learn_markets()
    books.hear_live()
    before = len(books.written(Reconciled))

    bought = exchange.buy(ticker)
    told = processor.telemetry(lambda told: len(told["reconciliation"]["left_out"]) == 2)
    processor.until(lambda: len(books.written(Reconciled)) >= before + 2)

    assert set(told["reconciliation"]["left_out"]) == {"fill of subaccount 7", "order of subaccount 7"}
    assert (books.position_e2(ticker), books.fills_of(bought.order_id), books.written(OrderSeen)) == (
        0,
        [],
        [],
    )
    log = (tmp_path / "logs" / "session.log").read_text()
    assert log.count("Left out: fill of subaccount 7") == log.count("Left out: order of subaccount 7") == 1


# --- restarts --------------------------------------------------------------------------------------


@on_both_bases
def test_a_restart_goes_on_where_the_outbox_ends_and_doubles_nothing(live_anywhere, exchange, ticker):
    books = live_anywhere()
    first = exchange.buy(ticker)
    books.processor.until(lambda: books.fills_of(first.order_id))
    outbox_id = books.processor.heard(FactsCommitted)[-1].outbox_id
    written = len(books.written(LedgerEvent))
    books.processor.kill()
    second = exchange.buy(ticker)

    books = live_anywhere()

    facts = books.processor.heard(FactsCommitted)[-1]
    assert facts.outbox_id == outbox_id
    assert facts.seq > written
    assert len(books.written(AccountOpened)) == 1
    for order in (first, second):
        fills = books.fills_of(order.order_id)
        assert sum(fill.count_e2 for fill in fills) == 100
    assert format_count_e2(books.position_e2(ticker)) == venue_position(exchange, ticker)
    assert books.written(Reconciled)[-1].differences == ()


def test_a_long_past_is_taken_in_with_pings_answered_in_between(
    rehearse_here, exchange, markets, tmp_path, monkeypatch
):
    """An actor that says nothing for three seconds is replaced, and would never be done."""
    monkeypatch.setattr("execution.recovery.TURN_S", 0.0)
    past = Outbox(tmp_path / "account" / "fill_processor.db", "FillProcessor")
    past.append([(Reconciled(number, 1), None) for number in range(20)])
    past.close()

    processor = rehearse_here(FillProcessor, execution=exchange.access)
    books = Books(processor, tmp_path / "account", markets)
    assert set(processor.settle().reasons) == {"starting"}

    books.learn_markets()
    assert books.hear_live().seq > 20


def test_an_order_that_ended_while_nobody_looked_is_seen_to_have_ended(live, exchange, ticker):
    bid_e4, _ = exchange.bests(ticker)
    books = live()
    resting = exchange.order(ticker, "bid", bid_e4)

    books.processor.until(lambda: "resting" in books.statuses_of(resting.order_id))
    books.processor.kill()
    exchange.rest.cancel_order(resting.order_id, ticker, 0)

    books = live()

    assert books.statuses_of(resting.order_id)[-1] == "canceled"


@pytest.mark.parametrize("change", ["decreased", "amended"])
def test_what_somebody_changed_of_an_order_while_nobody_looked_is_learnt(live, exchange, ticker, change):
    bid_e4, _ = exchange.bests(ticker)
    books = live()
    order_id = exchange.order(ticker, "bid", bid_e4, count_e2=500).order_id
    books.processor.until(lambda: books.statuses_of(order_id))
    books.processor.kill()
    if change == "decreased":
        exchange.rest.decrease_order(order_id, ticker, 0, to_e2=100)
    else:
        exchange.rest.amend_order(AmendOrder(order_id, ticker, "bid", bid_e4 - 100, 700, 0))

    ledger = live().ledger()

    assert ledger.reserve_e6() == parse_money_e6(exchange.ledger()["reserved"])
    assert ledger.cash_e6() == parse_money_e6(exchange.ledger()["cash"])
    exchange.rest.cancel_order(order_id, ticker, 0)


def test_an_order_of_ours_that_somebody_amends_and_renames_is_one_order_to_its_last_fill(
    live, exchange, ticker
):
    bid_e4, _ = exchange.bests(ticker)
    name = f"rl1-0a1b2c3d-s1-{len(exchange.ledger()['orders'])}"
    books = live(**OFTEN)
    order_id = exchange.order(ticker, "bid", bid_e4, client_order_id=name, count_e2=500).order_id
    ours = [
        recorded(client_order_id=name, ticker=ticker, price_e4=bid_e4, count_e2=500),
        answered("accepted", client_order_id=name, order_id=order_id, remaining_e2=500),
    ]
    amend = AmendOrder(order_id, ticker, "bid", bid_e4, 800, 0, updated_client_order_id=f"desk-{name}")

    exchange.rest.amend_order(amend)
    books.processor.until(lambda: len(books.statuses_of(order_id)) >= 2)
    assert books.ledger(*ours).reserve_e6() == parse_money_e6(exchange.ledger()["reserved"]) > 0

    through_the_book = replace(amend, price_e4=9_900, updated_client_order_id="")
    exchange.rest.amend_order(through_the_book)
    books.processor.until(lambda: "executed" in books.statuses_of(order_id))
    books.processor.until(lambda: sum(fill.count_e2 for fill in books.fills_of(order_id)) == 800)
    ledger = books.ledger(*ours)
    assert [order.key for order in ledger.orders.values() if order.ticker == ticker] == [name]
    assert ledger.orders[name].is_closed
    assert ledger.reserve_e6() == parse_money_e6(exchange.ledger()["reserved"])
    assert ledger.cash_e6() == parse_money_e6(exchange.ledger()["cash"])
    checks = len(books.written(Reconciled))
    books.processor.until(lambda: len(books.written(Reconciled)) >= checks + 2)
    assert all(check.differences == () for check in books.written(Reconciled))


# --- checks ----------------------------------------------------------------------------------------


def test_checks_find_no_difference_however_much_was_traded(live, exchange):
    books = live(**OFTEN)
    tickers = [exchange.free_ticker() for _ in range(4)]
    orders = [exchange.buy(ticker, count_e2=250) for ticker in tickers]
    orders += [
        exchange.order(ticker, "ask", exchange.bests(ticker)[0], crosses=True, count_e2=175)
        for ticker in tickers
    ]
    for order in orders:
        books.processor.until(lambda order=order: books.fills_of(order.order_id))
    checks = len(books.written(Reconciled))

    books.processor.until(lambda: len(books.written(Reconciled)) >= checks + 3)

    assert all(check.differences == () for check in books.written(Reconciled))
    told = books.processor.telemetry(lambda told: number_equal(told["reconciliation"]) > len(tickers))
    assert told["reconciliation"]["differences"] == []
    for ticker in tickers:
        assert format_count_e2(books.position_e2(ticker)) == venue_position(exchange, ticker)


def number_equal(reconciliation) -> int:
    return (reconciliation["certificate"] or {"equal": 0})["equal"]


def names_cash(differences) -> bool:
    return any(text.startswith("available cash: ") for text in differences)


def test_a_difference_that_stays_is_named(live, tmp_path):
    """The outbox says that the account began with one dollar."""
    outbox = Outbox(tmp_path / "account" / "fill_processor.db", "FillProcessor")
    outbox.append([(AccountOpened(1, "0a1b2c3d", {0: 1_000_000}, (), 2**60), "opened/0a1b2c3d")])
    outbox.close()

    books = live(**OFTEN)

    books.processor.telemetry(lambda told: names_cash(told["reconciliation"]["differences"]))
    assert any(check.differences for check in books.written(Reconciled))
    pong = books.processor.hear(messages.Pong, lambda pong: "reduce_only" in pong.reasons)
    # What other tests had filled a minute ago is read too, and moves our dollar a little.
    assert re.search(r"available cash: ours \$[01]\.\d+, the venue's \$\d+", pong.reasons["reduce_only"])


def test_a_fill_that_nobody_told_is_found_in_the_past_and_the_difference_is_gone(
    rehearse_here, exchange, markets, ticker, tmp_path, monkeypatch
):
    """It lies farther back than the usual reads go."""
    monkeypatch.setattr(read_plan, "RETRY_S", 0.05)
    processor = rehearse_here(FillProcessor, config=OFTEN, execution=exchange.access)
    books = Books(processor, tmp_path / "account", markets)
    books.learn_markets()
    books.hear_live()
    known = exchange.buy(ticker)
    processor.until(lambda: books.fills_of(known.order_id))
    processor.kill()
    missed = exchange.buy(ticker, count_e2=300)
    monkeypatch.setattr("execution.account_book.OVERLAP_S", -3_600)

    processor = rehearse_here(FillProcessor, config=OFTEN, execution=exchange.access)
    books = Books(processor, tmp_path / "account", markets)
    books.learn_markets()

    processor.until(lambda: books.fills_of(missed.order_id))
    processor.until(lambda: books.written(Reconciled)[-1].differences == ())
    stood = [each for check in books.written(Reconciled) for each in check.differences]
    assert ("position", ticker) in {(each.kind, each.ticker) for each in stood}
    assert format_count_e2(books.position_e2(ticker)) == venue_position(exchange, ticker)
    log = (tmp_path / "logs" / "session.log").read_text()
    assert log.count("Reading every fill and settlement") == 1
    assert f"Equal to the venue again: position {ticker}" in log


@on_both_bases
def test_it_stops_when_told(live_anywhere):
    books = live_anywhere.unread()

    books.processor.say(messages.Stop(1.0), by="Supervisor")

    assert books.processor.hear(messages.Stopped).name == "FillProcessor"


def test_fills_that_the_disk_does_not_take_are_read_again_once_it_does(live, exchange, ticker, monkeypatch):
    monkeypatch.setattr(read_plan, "RETRY_S", 0.05)
    monkeypatch.setattr(fill_processor, "SECOND_S", 0.05)
    books = live()
    outbox = books.processor.instance._book._outbox
    fill_for_good(outbox)

    order_id = exchange.buy(ticker).order_id
    books.processor.hear(messages.Pong, lambda pong: "no room left" in pong.reasons.get("halted", ""))
    assert books.fills_of(order_id) == []
    make_room(outbox)

    books.processor.until(lambda: books.fills_of(order_id))
    books.processor.hear(messages.Pong, lambda pong: pong.reasons == {})
    assert not books.processor.heard(messages.Crashed)


def test_the_reserve_takes_a_fill_and_trading_is_to_end(live, exchange, ticker):
    books = live()
    fill(books.processor.instance._book._outbox)

    order_id = exchange.buy(ticker).order_id

    books.processor.until(lambda: books.fills_of(order_id))
    books.processor.hear(messages.Pong, lambda pong: "no room left" in pong.reasons.get("halted", ""))
