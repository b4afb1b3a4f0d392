"""An exchange that stops, however it stops, goes on where it was."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from simulator.choices import Choices
from simulator.control.routes import books_hash, ledger_body
from simulator.engine.accounts.account import CashTransfer
from simulator.engine.calendar.schedule import HOUR_US
from simulator.engine.matching.orders import NewOrder, Order
from simulator.exchange import Exchange
from simulator.member import Member
from simulator.start import start_exchange
from simulator.state.revival import revive
from simulator.state.store import Row, StateError, StateStore
from tests.simulator.builders import NOW_US

STEP_US = 20_000


class Kept:
    """An exchange with a store, driven step by step."""

    def __init__(self, folder: Path, *, markets: int = 60) -> None:
        self.folder = folder
        self.now_us = NOW_US
        self.store = StateStore(folder)
        key = ed25519.Ed25519PrivateKey.generate().public_key()
        self.exchange = start_exchange(
            UUID(int=3), markets=markets, seed=7, rate=500, opened_us=NOW_US, store=self.store
        )
        self.exchange.enroll(key, balance_e6=10**10, tier="basic", name="bob")

    @property
    def member(self) -> Member:
        return next(iter(self.exchange.members.values()))

    def run(self, steps: int, *, length_us: int = STEP_US) -> None:
        for _ in range(steps):
            self.now_us += length_us
            self.exchange.step(now_us=self.now_us)
            self.exchange.commit()

    def send(self, ticker: str, price_e4: int, **terms) -> Order:
        account = self.member.account
        account.order_requests += 1
        name = terms.setdefault("client_order_id", f"c:{account.order_requests}")
        account.received_client_order_ids[name] += 1
        new = NewOrder(ticker, "bid", price_e4, 300, **terms)
        placed = self.exchange.engine.place(account, new, now_us=self.now_us)
        self.exchange.commit()
        assert isinstance(placed, Order)
        return placed

    def kill(self) -> None:
        """Forget everything but the file, without a last word."""
        self.store.close()
        self.store = StateStore(self.folder)
        revived = revive(self.store, choices=Choices(), now_us=self.now_us)
        assert revived is not None
        self.exchange = revived


def picture(exchange: Exchange) -> dict:
    """The exchange's state, seen from outside and from inside."""
    engine = exchange.engine
    return {
        "world_id": exchange.ids.world_id,
        "books": books_hash(exchange.world.markets.values()),
        "queues": {
            ticker: [(order.number, order.remaining_e2) for order in listed.book.orders()]
            for ticker, listed in exchange.world.markets.items()
        },
        "markets": [
            (each.ticker, each.market, each.result, each.volume_e2, each.last_price_e4, each.open_interest_e2)
            for each in exchange.world.markets.values()
        ],
        "accounts": [
            (
                account.user_id,
                account.cash_e6,
                account.reserved_e6,
                {ticker: holding for ticker, holding in account.holdings.items() if holding.volume_e2},
            )
            for account in engine.accounts
        ],
        "ledgers": [ledger_body(exchange, member.account) for member in exchange.members.values()],
        "members": [(each.key_id, each.name, each.tier) for each in exchange.members.values()],
        "counters": engine.counters(),
        "tape": [trade._replace(market=trade.market.ticker) for trade in reversed(engine.tape)],
        "courses": {
            ticker: (course.due, course.values) for ticker, course in exchange.lifecycle.courses.items()
        },
        "calendar": exchange.lifecycle.calendar.state(),
    }


def a_busy_exchange(folder: Path) -> Kept:
    kept = Kept(folder)
    rng = random.Random(1)
    tickers = list(kept.exchange.world.markets)
    for _ in range(40):
        kept.run(5)
        listed = kept.exchange.world.markets[rng.choice(tickers)]
        best_e4 = listed.book.best_bid_e4 or 100
        kept.send(listed.ticker, best_e4)  # joins the queue
        if listed.book.best_ask_e4 is not None:
            kept.send(listed.ticker, listed.book.best_ask_e4)  # takes
    return kept


def test_a_killed_exchange_goes_on_with_the_same_books_accounts_and_orders(tmp_path):
    kept = a_busy_exchange(tmp_path)
    before = picture(kept.exchange)

    kept.kill()

    assert picture(kept.exchange) == before
    assert before["ledgers"][0]["fills"]
    assert [order.status for order in kept.member.account.orders.values()].count("resting") > 3


def test_it_trades_on_after_the_restart(tmp_path):
    kept = a_busy_exchange(tmp_path)
    kept.kill()
    deltas, trades = kept.exchange.engine.deltas, kept.exchange.engine.counters()["trades"]

    kept.run(200)

    assert kept.exchange.engine.deltas - deltas > 1000
    assert kept.exchange.engine.counters()["trades"] > trades
    order = kept.send(next(iter(kept.exchange.world.markets)), 100)
    assert order.number == kept.exchange.engine.counters()["orders"]


def test_a_client_order_id_stays_used(tmp_path):
    kept = Kept(tmp_path)
    ticker = next(iter(kept.exchange.world.markets))
    kept.send(ticker, 100, client_order_id="mine:1")
    kept.kill()

    again = NewOrder(ticker, "bid", 100, 300, client_order_id="mine:1")
    refused = kept.exchange.engine.place(kept.member.account, again, now_us=kept.now_us)

    assert refused[0] == "order_already_exists"
    assert kept.member.account.received_client_order_ids == {"mine:1": 1}


def test_an_order_that_was_to_expire_still_does(tmp_path):
    kept = Kept(tmp_path)
    ticker, expires_s = next(iter(kept.exchange.world.markets)), NOW_US // 10**6 + 60
    order = kept.send(ticker, 100, expires_s=expires_s)
    kept.kill()

    kept.run(1, length_us=61 * 10**6)

    revived = kept.member.account.orders[order.order_id]
    assert (revived.status, revived.last_update_reason) == ("canceled", "ExpiryCancel")
    assert kept.member.account.reserved_e6 == 0


def test_a_transfer_and_the_scopes_of_a_key_are_kept(tmp_path):
    kept = Kept(tmp_path)
    moved = CashTransfer(1, "t", "mine", 0, 1, 500, NOW_US)
    kept.member.account.transfers.append(moved)
    kept.exchange.enroll(
        kept.exchange.public_keys[kept.member.key_id], balance_e6=0, tier="basic", can_write=False
    )
    kept.run(1)
    kept.kill()

    assert kept.member.account.transfers == [moved]
    assert [member.can_write for member in kept.exchange.members.values()] == [True, False]


def test_a_group_keeps_its_orders_and_its_limit(tmp_path):
    kept = Kept(tmp_path)
    account, ticker = kept.member.account, next(iter(kept.exchange.world.markets))
    group = kept.exchange.engine.create_group(account, limit_e2=500, exchange_index=0, now_us=kept.now_us)
    order = kept.send(ticker, 100, order_group_id=group.group_id)
    kept.kill()

    (revived,) = kept.member.account.groups.values()
    assert (revived.group_id, revived.limit_e2, list(revived.resting)) == (
        group.group_id,
        500,
        [order.order_id],
    )
    kept.exchange.engine.trigger_group(revived, now_us=kept.now_us)
    assert kept.member.account.orders[order.order_id].status == "canceled"


def test_the_schedule_goes_on_while_the_exchange_is_not_running(tmp_path):
    kept = a_busy_exchange(tmp_path)
    kept.exchange.lifecycle.run_at(60, now_us=kept.now_us)
    kept.exchange.commit()
    kept.kill()

    kept.now_us += HOUR_US  # sixty hours of the schedule
    kept.run(20)

    statuses = [listed.market.status for listed in kept.exchange.world.markets.values()]
    assert statuses.count("active") + statuses.count("inactive") == 60
    assert statuses.count("finalized") > 60
    assert kept.member.account.settlements


def test_settlements_and_what_came_of_events_are_kept(tmp_path):
    kept = a_busy_exchange(tmp_path)
    kept.run(60, length_us=HOUR_US)
    before = picture(kept.exchange)
    assert before["ledgers"][0]["settlements"]

    kept.kill()

    assert picture(kept.exchange) == before


def test_a_second_program_is_kept_out(tmp_path):
    kept = Kept(tmp_path, markets=1)

    with pytest.raises(StateError, match="running"):
        StateStore(tmp_path)
    kept.store.close()
    StateStore(tmp_path).close()


def test_a_file_that_is_no_state_is_a_readable_error(tmp_path):
    (tmp_path / "exchange.db").write_text("nonsense" * 100)

    with pytest.raises(StateError, match="not a database"):
        StateStore(tmp_path)


def test_a_folder_of_another_format_is_refused_with_what_to_do(tmp_path):
    StateStore(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "exchange.db")
    connection.execute("PRAGMA user_version = 1")
    connection.close()

    with pytest.raises(StateError, match=r"format 1.*move the folder away"):
        StateStore(tmp_path)


def test_a_damaged_state_is_refused_when_it_is_opened(tmp_path):
    store = StateStore(tmp_path)
    store.write([Row("thing", str(number), {"text": "x" * 500}) for number in range(100)])
    store.close()
    path = tmp_path / "exchange.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))

    with pytest.raises(StateError, match=r"exchange\.db.*move the folder away"):
        StateStore(tmp_path)
