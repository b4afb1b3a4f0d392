"""Records that moved to the archive while nobody looked count like all others; the venue's books judge."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from actors.fill_processor import FillProcessor
from execution import account_book
from execution.order_calls import ExecutionReads, look_up
from tests.actors.test_fill_processor import OFTEN, Books
from tests.kalshi_client.loopback import loopback
from tests.trading.example_facts import OURS, answered, recorded, send_started
from trading.events import Reconciled

BID_E4 = 2_500


@pytest.fixture
def venue():
    with loopback() as opened:
        yield opened


@pytest.fixture
def key():
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def client(venue, key):
    return venue.enroll(key=key)


@pytest.fixture
def watch(venue, client, key, rehearse_here, tmp_path):
    """A FillProcessor of the account, live and reconciled; a new one goes on with its files."""
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    served = venue.served
    access = {
        "name": "loopback",
        "rest_url": served.rest_url,
        "ws_url": served.ws_url,
        "key_id": client._transport._signer.key_id,
        "private_key_path": str(path),
        "reads_per_s": 1_000.0,
    }
    markets = list(ExecutionReads(client).markets([venue.ticker]).values())

    def watch():
        processor = rehearse_here(FillProcessor, config=OFTEN, execution=access)
        books = Books(processor, tmp_path / "account", markets)
        books.learn_markets()
        books.hear_live()
        return books

    return watch


@pytest.fixture
def other(venue):
    return venue.enroll()


def fill(venue, other, count_e2):
    """Somebody sells into what rests."""
    sent = other.create_order(venue.bid(BID_E4, side="ask", count_e2=count_e2))
    assert sent.fill_count_e2 == count_e2


def venues_figures(venue, client):
    account = venue.member(client).account
    return account.holdings[venue.ticker].position_e2, sum(account.cash_e6.values()), account.reserved_e6


def our_figures(venue, ledger):
    return ledger.position(venue.ticker).position_e2, ledger.cash_e6(), ledger.reserve_e6()


def checked_twice(books):
    checks = len(books.written(Reconciled))
    books.processor.until(lambda: len(books.written(Reconciled)) >= checks + 2)
    return [check.differences for check in books.written(Reconciled)]


def test_an_order_that_filled_and_was_archived_while_we_were_away_is_counted_and_over(
    venue, client, other, watch
):
    books = watch()
    order_id = client.create_order(venue.bid(BID_E4, OURS, count_e2=500)).order_id
    ours = [
        recorded(ticker=venue.ticker, price_e4=BID_E4, count_e2=500),
        send_started(),
        answered("accepted", order_id=order_id, remaining_e2=500),
    ]
    books.processor.until(lambda: books.statuses_of(order_id))
    books.processor.kill()
    fill(venue, other, 500)
    venue.archive_everything()

    books = watch()

    ledger = books.ledger(*ours)
    assert our_figures(venue, ledger) == venues_figures(venue, client)
    assert our_figures(venue, ledger)[::2] == (500, 0)
    assert ledger.orders_in(venue.ticker) == ()
    assert ledger.orders[OURS].state() == "filled"
    assert set(checked_twice(books)) == {()}


def test_a_market_that_settled_and_was_archived_while_we_were_away_is_paid_out_and_equal(
    venue, client, other, watch
):
    books = watch()
    client.create_order(venue.bid(BID_E4, count_e2=500))
    fill(venue, other, 500)
    books.processor.until(lambda: books.position_e2(venue.ticker) == 500)
    books.processor.kill()
    venue.settle()
    venue.archive_everything()

    books = watch()

    ledger = books.ledger()
    assert our_figures(venue, ledger) == venues_figures(venue, client)
    assert ledger.realised_e6 == venue.member(client).account.holdings[venue.ticker].realised_e6
    assert set(checked_twice(books)) == {()}


def test_fills_of_an_order_that_were_archived_before_the_account_was_opened_are_known_when_it_ends(
    venue, client, other, watch, monkeypatch
):
    monkeypatch.setattr(account_book, "OVERLAP_S", -60)  # as if it had filled long before the first read
    order_id = client.create_order(venue.bid(BID_E4, count_e2=500)).order_id
    fill(venue, other, 200)
    venue.archive_everything()

    books = watch()
    checked_twice(books)
    client.cancel_order(order_id, venue.ticker, 0)
    books.processor.until(lambda: "canceled" in books.statuses_of(order_id))

    ledger = books.ledger()
    assert ledger.orders[order_id].is_closed
    assert our_figures(venue, ledger) == venues_figures(venue, client)


def test_an_attempt_without_an_answer_is_found_in_the_archive(venue, client, other):
    client.create_order(venue.bid(BID_E4, OURS, count_e2=500))
    fill(venue, other, 500)
    venue.archive_everything()

    found = look_up(client, venue.ticker, OURS, "").order

    assert found is not None
    assert (found.status, found.fill_e2) == ("executed", 500)
