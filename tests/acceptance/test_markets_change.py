"""Markets open, close and settle while the program runs: what it watches and trades follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.acceptance.sessions import LIVELY, Trader, happens, trading

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

MARKETS = 60
SPEED = 600  # an hour, the life of the shortest markets, in six seconds
FLAGS = ("--markets", str(MARKETS), "--set", "markets.refresh_s=1", "--set", "risk.stop_before_close_s=1")


@pytest.fixture
def trader(tmp_path: Path) -> Iterator[Trader]:
    with trading(tmp_path, *FLAGS, *LIVELY) as trader:
        yield trader


def open_tickers(trader: Trader) -> set[str]:
    """The open markets by the exchange's list."""
    query = {"status": "open", "limit": "1000"}
    url = f"{_exchange(trader)}/trade-api/v2/markets"
    return {market["ticker"] for market in requests.get(url, query, timeout=20).json()["markets"]}


def book(trader: Trader, ticker: str) -> dict[str, Any] | None:
    """The book that the program holds of a market, if it watches it."""
    answer = requests.get(f"{trader.url}/rl/orderbook/snapshot", {"ticker": ticker}, timeout=20)
    return answer.json() if answer.ok else None


def run_calendar(trader: Trader, speed: float) -> None:
    url = f"{_exchange(trader)}/control/clock"
    requests.post(url, json={"speed": speed}, timeout=20).raise_for_status()


def _exchange(trader: Trader) -> str:
    control_url = urlsplit(trader.status()["environment"]["control_url"])
    return f"{control_url.scheme}://{control_url.netloc}"


def test_what_is_watched_and_traded_follows_the_markets_that_open_and_close(trader: Trader):
    trader.wait_for(lambda s: s["markets"]["live"] == MARKETS, 60, what="all books live")
    first = open_tickers(trader)

    run_calendar(trader, SPEED)
    assert happens(lambda: len(open_tickers(trader) - first) >= 5)
    run_calendar(trader, 1)

    now = open_tickers(trader)
    opened, closed = now - first, first - now
    assert happens(lambda: all((book(trader, ticker) or {}).get("tradable") for ticker in opened))
    # What is held may have been let go by then only where it had settled.
    held = {row["ticker"] for row in trader.trader()["positions"] if float(row["position"])}
    assert happens(lambda: not [ticker for ticker in closed - held if book(trader, ticker)])
    trader.wait_for(lambda s: s["markets"]["live"] == MARKETS, 60, what="all books live")
    assert happens(lambda: opened & ordered(trader)), "no new market was traded"
    assert trader.differences_at_rest() == []
    assert trader.status()["markets"]["subscribed"] == MARKETS


def ordered(trader: Trader) -> set[str]:
    """Markets that the program decided to trade."""
    found = (re.search(r"Selected action: (?!HOLD)\w+ for (\S+)", line) for line in trader.log())
    return {match.group(1) for match in found if match}
