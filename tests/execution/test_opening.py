"""An account is opened in phases: the venue is read, the past is taken in, and only then orders are sent."""

from __future__ import annotations

import logging
import time

import pytest

from execution.committed_facts import CommittedFacts
from execution.execution_books import WatchedBooks
from execution.execution_markets import ExecutionMarkets
from execution.halt_latch import HaltLatch
from execution.opening import AccountParts, ReadingVenue
from execution.permits import HeldPermits
from execution.venue_pauses import VenuePauses
from kalshi_client.background import Background
from kalshi_client.rest.throttle import EndpointCosts
from kalshi_client.wire.records import AccountLimits, BucketLimit
from persistence.outbox import Outbox
from tests.actors.rehearsal import finish
from tests.execution.fake_venue import FakeVenue
from tests.trading.example_facts import TICKER, intent, market, opened, seen
from tests.trading.test_order_desk import LIMITS
from trading.decision import LedgerPoint
from trading.market_map import MarketMap
from trading.shard_marks import ShardMarks

NOW = 1_000.0
FAR_US = 4_000_000_000_000_000  # a close that no run of this test comes near
ACCOUNT_LIMITS = AccountLimits("basic", BucketLimit(20.0, 200.0), BucketLimit(10.0, 1_000.0))


@pytest.fixture
def facts(tmp_path):
    """FillProcessor's file, which knows the opening of the account."""
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    outbox.append([(opened(), None)])
    yield outbox
    outbox.close()


@pytest.fixture
def parts(tmp_path, facts):
    markets = ExecutionMarkets(refresh_s=60.0)
    markets.choose([TICKER])
    markets.next_read(NOW)
    markets.learn({TICKER: market(close_us=FAR_US)}, NOW)
    permits = HeldPermits(MarketMap())
    made = AccountParts(
        "account",
        outbox=Outbox(tmp_path / "order_manager.db", "OrderManager"),
        facts=CommittedFacts(tmp_path / "fill_processor.db"),
        markets=markets,
        books=WatchedBooks(permits),
        names=MarketMap(),
        permits=permits,
        latch=HaltLatch(tmp_path / "halt.json"),
        limits=LIMITS,
        foreign="leave",
        order_ttl_us=60_000_000,
        session_from_us=0,
        rest=FakeVenue(),
        background=Background(1, name="orders"),
        pauses=VenuePauses(first_check=1),
        log=logging.getLogger("opening"),
    )
    yield made
    finish(made.background)
    made.facts.close()
    made.outbox.close()


def recovering_from(parts):
    return ReadingVenue(parts).opened(ACCOUNT_LIMITS, EndpointCosts())


def trading_from(parts):
    recovering = recovering_from(parts)
    while not recovering.turn():
        pass
    return recovering.recovered()


def permit_all(parts):
    parts.permits.grant_lease(60.0, "trading", "", now=time.monotonic())
    parts.permits.hear_stream(live=True, now=time.monotonic())
    marks = ShardMarks(0, 1, 1, [TICKER], bytes(8), {})
    assert parts.permits.shards.hear(marks, time.monotonic())


def test_nothing_is_sent_or_told_before_the_venue_was_read(parts, facts):
    reading = ReadingVenue(parts)

    assert reading.reasons() == {"starting": "reading the markets of the execution venue"}
    assert not reading.take_facts(LedgerPoint(facts.outbox_id, facts.last_seq))
    assert reading.take_news(NOW) is None
    assert (reading.needed(), reading.unfinished()) == ([], set())


def test_the_past_is_known_before_the_account_trades(parts):
    recovering = recovering_from(parts)
    assert "events so far" in recovering.reasons()["starting"]

    trading = trading_from(parts)

    assert trading.reasons() == {}
    told = trading.take_news(NOW)
    assert told.account.ledgers == (LedgerPoint(parts.outbox.outbox_id, 0), parts.facts.point())
    assert trading.take_news(NOW + 1.0) is None


def test_a_ledger_file_that_was_removed_is_missed(parts, facts, caplog):
    facts.append([(seen("resting", client_order_id="rl1-account-elsewhr-41"), None)])

    trading_from(parts)

    assert "although this account has sent at least 41" in caplog.text


def test_the_first_start_of_an_account_misses_no_ledger(parts, caplog):
    trading_from(parts)

    assert caplog.text == ""


def test_a_new_selector_is_told_the_account_at_once(parts):
    trading = trading_from(parts)
    trading.take_news(NOW)

    trading.selector_is_new()

    assert trading.take_news(NOW + 1.0) is not None


def test_an_approved_intent_is_sent_and_its_outcome_told(parts):
    trading = trading_from(parts)
    permit_all(parts)
    trading.judge(parts.permits.shards.mark, NOW)

    trading.take_intents([intent(decision="1/1")])
    finish(parts.background)
    for done in parts.background.drain():
        trading.take_answer(done)
    trading.changed()

    assert trading.take_news(NOW).outcomes == [("1/1", "accepted")]
    assert trading.needed() == [TICKER]
    assert len(trading.unfinished()) == 1


def test_an_intent_without_permits_is_refused(parts):
    trading = trading_from(parts)

    trading.take_intents([intent(decision="1/1")])

    [(decision, reason)] = trading.take_news(NOW).outcomes
    assert (decision, reason) == ("1/1", "not_trading")
    assert parts.background.pending == 0
