"""A settlement below a cent leaves our cash and profit exactly the venue's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from execution.account_book import AccountBook
from execution.account_reads import read_account
from execution.settlements import KnownSettlements, exactly_paid
from kalshi_client.rest.outcomes import CreateOrder
from kalshi_client.wire.records import MarketRecord, Settlement
from persistence.outbox import Outbox
from tests.execution.fake_venue import TICKER, FakeVenue
from tests.kalshi_client.loopback import loopback
from trading.market import PriceGrid

SEVENS_E2, PRICE_E4 = 737, 2_800


@pytest.fixture
def book(tmp_path):
    outbox = Outbox(tmp_path / "fill_processor.db", "FillProcessor")
    made = AccountBook(outbox, account="loopback")
    list(made.past())
    yield made
    outbox.close()


def take(book, client, **read_again):
    """Do as FillProcessor does with a read of the whole account."""
    known = replace(book.known(), **read_again)
    book.record(book.news_in(read_account(client, known), now_us=1))


def trade(exchange, client, other, side):
    ours = CreateOrder(
        exchange.ticker, side, SEVENS_E2, PRICE_E4, "good_till_canceled", f"{side}-ours", exchange_index=0
    )
    theirs = replace(ours, side="ask" if side == "bid" else "bid", client_order_id=f"{side}-theirs")
    assert other.create_order(theirs).outcome == "accepted"
    assert client.create_order(ours).fill_count_e2 == SEVENS_E2


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("side", ["bid", "ask"])
def test_cash_and_profit_are_the_venues_after_a_settlement_below_a_cent(tmp_path, book, side, archived):
    with loopback() as exchange:
        client, other = exchange.enroll(), exchange.enroll()
        take(book, client)
        cash_e6 = book.ledger.cash_e6()
        trade(exchange, client, other, side)
        take(book, client)

        lifecycle = exchange.exchange.lifecycle
        now_us = exchange.exchange.now_us()
        exchange.do(lambda: lifecycle.settle_market(exchange.listed, now_us=now_us, value_e4=3_333))
        if archived:
            exchange.archive_everything()
        [row] = client.settlements()
        assert (row.value_e4, row.is_rounded) == (3_300, True)
        for _ in range(2):  # told again, it is paid once and contradicts nothing
            take(book, client)

        account = exchange.member(client).account
        holding = account.holdings[exchange.ticker]
        assert book.ledger.cash_e6() == sum(account.cash_e6.values())
        assert book.ledger.realised_e6 == holding.realised_e6
        assert book.conflicts == []
        if side == "bid":  # 7.37 × (0.3333 − 0.28), and the fee of 0.1041
            assert book.ledger.realised_e6 == 392_821
            assert book.ledger.cash_e6() - cash_e6 == 288_721


# --- what is asked of whom ---------------------------------------------------------------------------

ROW = Settlement(
    TICKER, 0, "scalar", 3_300, 2_450_000, settled_us=50, yes_count_e2=SEVENS_E2, is_rounded=True
)
OPENED = KnownSettlements(opened_us=10)


def market(value_e4):
    return MarketRecord(TICKER, "E", "finalized", PriceGrid.named("deci_cent"), 0, 9, 0, "scalar", value_e4)


@pytest.fixture
def venue():
    return FakeVenue()


def test_a_listing_that_is_too_old_to_know_the_value_is_followed_by_a_fresh_read(venue):
    venue.listed[TICKER], venue.found[TICKER] = market(None), market(3_333)

    [row] = exactly_paid(venue, [ROW], OPENED)

    assert row.value_e4 == 3_333
    assert venue.calls == [f"markets {TICKER}", f"market {TICKER}"]


def test_where_the_market_is_gone_the_revenue_tells_more_than_the_cent(venue):
    [row] = exactly_paid(venue, [ROW], OPENED)

    assert row.value_e4 == 3_324


@pytest.mark.parametrize(
    ("row", "known"),
    [
        pytest.param(replace(ROW, result="yes", is_rounded=False), OPENED, id="its result is exact"),
        pytest.param(replace(ROW, settled_us=10), OPENED, id="it is inside the opening figures"),
        pytest.param(ROW, KnownSettlements(), id="the account is not opened yet"),
        pytest.param(ROW, KnownSettlements({TICKER}, 10), id="it is known"),
    ],
)
def test_no_market_is_asked_for_what_is_exact_or_pays_nothing(venue, row, known):
    exactly_paid(venue, [row], known)

    assert venue.calls == []


def test_what_is_known_exactly_is_not_contradicted_by_the_same_rounded(venue):
    assert exactly_paid(venue, [ROW], KnownSettlements({TICKER}, 10)) == []


def test_a_settlement_that_nothing_tells_the_payout_of_is_not_taken_for_one_of_nothing(venue, book):
    venue.settled = [replace(ROW, value_e4=None, revenue_e6=None)]

    read = read_account(venue, replace(book.known(), settlements=OPENED))

    assert [row.value_e4 for row in read.settlements] == [None]
    assert not any(type(event).__name__ == "SettlementSeen" for event in book.news_in(read, now_us=1))
