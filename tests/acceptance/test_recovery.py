"""Any process of the program may be killed while it trades: it trades again, with the right books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.acceptance.sessions import (
    LIVELY,
    PATIENCE_S,
    RATE,
    SHORT_DOUBT,
    Trader,
    command_line,
    running_processes,
    trading,
)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    folder: Path = tmp_path_factory.mktemp("recovery")
    with trading(folder, "--markets", "60", *LIVELY, *SHORT_DOUBT) as trader:
        yield trader
        trader.interrupt()  # its exchange tidies its key away


@pytest.fixture
def trader(session: Trader) -> Trader:
    """It trades, whatever was done to it before."""
    session.flow(RATE)
    session.act("resume")
    session.wait_until_trading()
    return session


def pid_of(name: str) -> int | None:
    by_title = {command_line(process): process.pid for process in running_processes()}
    return by_title.get(f"rl-trader {name}")


@pytest.mark.parametrize(
    "victim",
    [
        *("MarketWatcher-0", "Selector", "OrderManager", "FillProcessor", "Recorder"),
        *("Guard", "Supervisor", "admin"),
    ],
)
def test_a_killed_process_is_replaced_and_nothing_is_lost(trader, victim):
    before = trader.wait_for_fills(trader.status()["fills"]["count"] + 2)
    pid = pid_of(victim)
    psutil.Process(pid).kill()

    def trades_again(status: dict[str, Any]) -> bool:
        replaced = pid_of(victim) not in (None, pid)
        decides = status["decisions"]["total"] != before["decisions"]["total"]
        return replaced and decides and status["state"] == "trading"

    trader.wait_for(trades_again, PATIENCE_S, what=f"trading after kill -9 of {victim}")

    assert trader.differences_at_rest() == []
