"""However the program ends, nothing of it goes on running, and a new session may follow at once."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.sessions import (
    LIVELY,
    PATIENCE_S,
    SHORT_DOUBT,
    Trader,
    nothing_runs_but,
    own_exchange,
    running,
    running_processes,
    trading,
)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]

RESTING = 10
# Orders that neither fill nor expire soon: what is canceled is canceled by the program's end.
LASTING = (*LIVELY, "--set", "risk.order_ttl_s=900", "--set", f"risk.max_open_orders={RESTING}")
SMALL = ("--markets", "10", *LIVELY)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """An exchange that outlives the sessions at it."""
    with own_exchange(tmp_path_factory.mktemp("venue")) as found:
        yield found


def resting(venue: dict[str, Any]) -> list[str]:
    return [order["order_id"] for order in venue["ledger"]()["orders"] if order["status"] == "resting"]


def wait_for_resting(trader: Trader) -> None:
    wanted = f"{RESTING} resting orders"
    trader.wait_for(lambda s: s["orders"]["resting"] >= RESTING, PATIENCE_S, what=wanted)


def kill(trader: Trader) -> None:
    assert trader.process is not None
    trader.process.kill()
    trader.process.wait()


def test_ctrl_c_leaves_nothing_resting_and_nothing_running(tmp_path, venue):
    with trading(tmp_path, *LASTING, venue=venue) as trader:
        wait_for_resting(trader)
        trader.interrupt()

        assert trader.ends() == 0
        assert resting(venue) == []
        assert nothing_runs_but(venue["pids"], within_s=0) == []
        assert not (trader.folder / "state" / "run.json").exists()


def test_the_next_session_of_the_account_goes_on_where_the_last_one_ended(tmp_path, venue):
    for end in (kill, Trader.interrupt):
        with trading(tmp_path, *LIVELY, *SHORT_DOUBT, venue=venue) as session:
            session.wait_for_fills(3)
            end(session)
    with trading(tmp_path, *LIVELY, *SHORT_DOUBT, venue=venue) as last:
        last.wait_for_fills(3)

        assert last.differences_at_rest(earlier_sessions=True) == []


def test_kill_of_the_program_ends_its_actors_its_exchange_and_its_database(own_server):
    before = {process.pid for process in running_processes()}
    with trading(own_server, *SMALL) as trader:
        trader.wait_for(lambda s: s["database"]["state"] == "ready", PATIENCE_S, what="a database")
        kill(trader)

        assert nothing_runs_but(before) == []


def test_a_terminated_program_ends_cleanly_and_reports(own_server, venue):
    with trading(own_server, *LIVELY, venue=venue) as trader:
        trader.wait_for(lambda s: s["database"]["state"] == "ready", PATIENCE_S, what="a database")
        session = json.loads((trader.folder / "state" / "run.json").read_text())["session"]
        trader.process.send_signal(signal.SIGTERM)

        assert trader.ends() == 0
        assert any(line.startswith(f"session    {session}") for line in trader.printed())
        assert nothing_runs_but(venue["pids"], within_s=0) == []


def test_a_duration_ends_it_by_itself(tmp_path):
    before = {process.pid for process in running_processes()}
    with running(tmp_path, *SMALL, "--duration", "2s") as trader:
        assert trader.ends() == 0
        assert "Stopping: the duration is over. Ctrl-C again ends it at once." in trader.printed()
        assert nothing_runs_but(before, within_s=0) == []
