"""Books from one stand-in, orders to the other: demo's ledger is ours, and production's was never written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from persistence.account_files import FILL_PROCESSOR
from persistence.outbox import OutboxReader
from tests.acceptance.sessions import REHEARSAL, trading
from trading.events import AccountOpened

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

MARKETS = 60
FILLS = 100  # a comparison of fewer proves little


@dataclass
class Finished:
    """The end of a rehearsal."""

    status: dict[str, Any]
    ledger: dict[str, Any]  # of demo's stand-in
    writes_to_production: int
    differences: list[str]
    page: str
    log: list[str]
    printed: list[str]
    folder: Path
    exit_code: int


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("rehearsal")
    with trading(folder, "--markets", str(MARKETS), *REHEARSAL) as trader:
        trader.wait_for_fills(FILLS)
        trader.pauses()
        differences = trader.lasting_differences()
        status, ledger, writes = trader.status(), trader.ledger(), trader.writes_to_data()
        page = requests.get(f"{trader.url}/rl-trader", timeout=10).text
        trader.interrupt()
        yield Finished(
            status, ledger, writes, differences, page, trader.log(), trader.printed(), folder, trader.ends()
        )


def test_demos_ledger_is_ours(rehearsal):
    assert rehearsal.differences == []
    assert len(rehearsal.ledger["fills"]) >= FILLS


def test_production_received_not_one_write_and_demo_did(rehearsal):
    assert rehearsal.writes_to_production == 0
    assert rehearsal.ledger["writes"] >= len(rehearsal.ledger["orders"]) > 0


def test_every_fill_is_by_the_counterparty(rehearsal):
    assert not any(fill["is_taker"] for fill in rehearsal.ledger["fills"])
    assert rehearsal.status["environment"]["counterparty"] == {"fills_per_min": 6000}


@pytest.mark.parametrize("place", ["page", "terminal", "log", "status"])
def test_it_is_said_everywhere_that_both_venues_are_played(rehearsal, place):
    environment = rehearsal.status["environment"]
    said = {
        "page": rehearsal.page,
        "terminal": "\n".join(rehearsal.printed),
        "log": "\n".join(rehearsal.log),
        "status": environment["data_label"] + environment["execution_label"],
    }[place]

    assert "production (stand-in on this machine)" in said
    assert "demo (stand-in on this machine)" in said


def test_the_account_is_that_of_a_stand_in_in_its_folder_its_records_and_on_the_page(rehearsal):
    account = rehearsal.status["environment"]["account"]
    ledger = OutboxReader(rehearsal.folder / "state" / account / FILL_PROCESSOR)
    opened = next(event for _, event in ledger.events() if isinstance(event, AccountOpened))
    ledger.close()

    assert account.startswith("demo-standin-")
    assert opened.account == account
    assert account in rehearsal.page


def test_it_ends_cleanly(rehearsal):
    assert rehearsal.exit_code == 0
