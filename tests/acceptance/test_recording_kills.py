"""The Recorder and its server are killed again and again while a session trades: every row is there once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psutil
import pytest

from benchmarks.recording_rig import kill_server, recorded_in
from cli.main import main
from persistence.database.connections import Connection
from tests.acceptance.sessions import Trader, trading
from tests.persistence.ledger_database import checksums, rows

pytestmark = [pytest.mark.acceptance, pytest.mark.chaos, pytest.mark.timeout(600)]

KILLS = 20  # of the Recorder
EVERY = 7  # of them, one comes with a kill of the server
BUSY = (
    *("--markets", "60", "--set", "strategy.throttle_s=0.3", "--set", "strategy.options.style=cross"),
    *("--set", "loopback.tier=prestige", "--set", "risk.max_position=1000"),
)


def kill_recorder(trader: Trader, killed: set[int]) -> None:
    """Once it has written something."""

    def writes(status: dict[str, Any]) -> bool:
        (recorder,) = (row for row in status["actors"] if row["name"] == "Recorder")
        is_heard = status["ages_s"]["Recorder"] < recorder["age_s"]  # it, not the one before it
        lanes = status["database"]["lanes"].values()
        is_another = recorder["pid"] not in {0, *killed}
        return is_another and is_heard and any(lane["written"] for lane in lanes)

    status = trader.wait_for(writes, 60, what="a Recorder that writes")
    (pid,) = (row["pid"] for row in status["actors"] if row["name"] == "Recorder")
    psutil.Process(pid).kill()
    killed.add(pid)


def is_caught_up(status: dict[str, Any]) -> bool:
    recorder = [row["state"] for row in status["actors"] if row["name"] == "Recorder"]
    told = status["database"]
    is_heard = recorder == ["running"] and status["ages_s"]["Recorder"] < 2
    return is_heard and (told["state"], told["behind"]) == ("ready", 0)


def assert_is_the_exchanges(connection: Connection, ledger: dict[str, Any], account: str) -> None:
    assert rows(connection, "SELECT count(*) FROM orders WHERE is_ours") == [
        (len(ledger["client_order_ids"]),)
    ]
    assert rows(connection, "SELECT count(*), sum(fee) FROM fills") == [
        (len(ledger["fills"]), Decimal(ledger["fees"]))
    ]
    assert rows(connection, "SELECT sum(cash) FROM cash") == [(Decimal(ledger["cash"]),)]
    for count, last_seq in rows(connection, "SELECT count(*), max(seq) FROM ledger_event GROUP BY outbox_id"):
        assert count == last_seq
    assert rows(connection, "SELECT 1 FROM conflict UNION ALL SELECT 1 FROM ledger_gap") == []
    assert rows(connection, "SELECT account FROM sessions") == [(account,)]


def test_every_row_is_there_once_and_the_tables_can_be_built_anew(own_server):
    state = own_server / "state"
    with trading(own_server, *BUSY) as trader:
        trader.wait_for(lambda s: s["database"]["state"] == "ready", 60, what="a database")
        killed: set[int] = set()
        for number in range(KILLS):
            kill_recorder(trader, killed)
            if number % EVERY == EVERY // 2:
                kill_server(next(state.glob("pg*/data")))
        trader.wait_for(is_caught_up, 60, what="a Recorder that has caught up")
        assert trader.differences_at_rest() == []
        ledger, account = trader.ledger(), trader.status()["environment"]["account"]
        trader.wait_for(is_caught_up, 60, what="all of it in the database")
        trader.interrupt()
        assert trader.ends() == 0
        with recorded_in(state) as connection:
            assert_is_the_exchanges(connection, ledger, account)
            before = checksums(connection, account)

        assert main(["rebuild-db", "--set", f"state_dir={state}"]) == 0

        with recorded_in(state) as connection:
            assert checksums(connection, account) == before
