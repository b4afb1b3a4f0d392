"""Two venues that list partly other markets, some under other names: what both have is traded rightly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.claims import Result, goal, same
from benchmarks.main_job import folder
from benchmarks.program import differences
from benchmarks.two_venues import Role, TwoVenues, Venue, session_at, two_exchanges

PATIENCE_S: Final = 90.0
_LISTED: Final = 1.6  # markets at each venue for one that is wanted: enough of them are at both
POLL_S: Final = 0.2
_DEMO: Final = ("--personality", "demo", "--activity", "brisk", "--rate", "200")
SUFFIX: Final = "X"  # by which the exchange renames (docs/exchange.md)


def shares(*, quick: bool) -> Iterator[Result]:
    """5 % of 1,000 markets missing on each side, 1 % renamed, and a restart in between."""
    with folder() as place:
        yield from traded(place, count=1_000, missing=0.05, renamed=0.01, fills=20 if quick else 200)


def traded(place: Path, *, count: int, missing: float, renamed: float, fills: int) -> Iterator[Result]:
    """A session at both; then another one that finds what the first left."""
    listed = round(count * _LISTED)
    flags = ("--markets", str(listed), "--no-combos", "--tier", "prestige", "--missing-share", str(missing))
    by_role: dict[Role, tuple[str, ...]] = {
        "data": (*flags, "--rate", "400"),
        "execution": (*flags, *_DEMO, "--renamed-share", str(renamed)),
    }
    with two_exchanges(place, by_role) as venues:
        names = write_map(place / "markets.map", venues)
        config = _config(count)
        with session_at(venues, place, config) as both:
            yield from _shares(both, names, count)
            yield from _positions(both, names, fills=fills, earlier=0)
            before = both.program.trader()["positions"]
            both.program.interrupt()
        with session_at(venues, place, config) as both:
            yield from _shares(both, names, count)
            told = both.program.trader()
            known = {at["ticker"] for at in (*told["positions"], *told["closed"])}
            lost = sorted(_held(before, names).keys() - known)
            yield same("restart: positions in renamed markets that are not known again", lost, [])
            yield from _positions(both, names, fills=5, earlier=len(before))


def write_map(path: Path, venues: Mapping[Role, Venue]) -> dict[str, str]:
    """The map file of what the execution venue lists under another name; data tickers by those there."""
    data, execution = venues["data"].tickers(), venues["execution"].tickers()
    renamed = {
        ticker: ticker.removesuffix(SUFFIX)
        for ticker in execution - data
        if ticker.endswith(SUFFIX) and ticker.removesuffix(SUFFIX) in data
    }
    lines = [f"{there} {here}" for here, there in sorted(renamed.items())]
    path.write_text("# by hand\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return renamed


def _config(count: int) -> dict[str, Any]:
    return {
        "markets": {"count": count, "map": "markets.map"},
        "strategy": {"throttle_s": 0.3, "options": {"style": "cross", "contracts": 1}},
        "risk": {"silence_s": 5.0, "reconcile_s": 0.5, "order_ttl_s": 10.0},
    }


def _shares(both: TwoVenues, names: Mapping[str, str], count: int) -> Iterator[Result]:
    data, execution = both.venues["data"].tickers(), both.venues["execution"].tickers()
    on_both = data & {names.get(ticker, ticker) for ticker in execution}
    wanted = min(count, len(on_both))
    status = both.program.wait_for(
        lambda s: s["state"] == "trading" and _is_whole(s, wanted),
        PATIENCE_S,
        what="trading in markets of both venues",
    )
    yield same("markets of both venues that are traded", status["market_map"]["on_both"], wanted)
    yield goal("markets only at the data venue", status["market_map"]["only_data"], at_least=1)
    yield goal("renamed markets traded", status["market_map"]["renamed"], at_least=1)


def _is_whole(status: dict[str, Any], wanted: int) -> bool:
    return bool(status["market_map"]["on_both"] == status["markets"]["subscribed"] == wanted)


def _positions(both: TwoVenues, names: Mapping[str, str], *, fills: int, earlier: int) -> Iterator[Result]:
    """The ledgers are equal once nothing is under way, renamed markets among them."""
    program = both.program
    program.wait_for(lambda s: s["fills"]["count"] >= fills, PATIENCE_S, what=f"{fills} fills")
    if not earlier:
        _until(lambda: _held(program.trader()["positions"], names), "a position in a renamed market")
    program.act("pause")
    excused = ("fills: ",) if earlier else ()

    def differs() -> list[str]:
        found = differences(program.trader(), both.ledger())
        return [one for one in found if not one.startswith(excused)] if excused else found

    _until(lambda: not differs(), "equal ledgers")
    filled = both.ledger()["fills"]
    yield same("differences from the execution venue's ledger", differs(), []) | {"fills": len(filled)}
    traded_in = {fill["ticker"] for fill in filled}
    yield goal("fills in renamed markets, by the venue's names", len(traded_in & names.keys()), at_least=1)
    yield same("writes to the data venue", both.venues["data"].ledger()["writes"], 0)


def _held(positions: list[dict[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    """The holdings in markets with two names, by that of the execution venue."""
    return {
        at["ticker"]: at["position"] for at in positions if at["ticker"] in names and float(at["position"])
    }


def _until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S} s: {what}")
        time.sleep(POLL_S)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"shares": shares}
