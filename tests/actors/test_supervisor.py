"""Every actor is kept running, told what it needs, and stopped in order.

What kills and stops of whole processes do to a tree is in ``test_tree_faults``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors import messages
from actors.supervisor import Supervisor, settings_for
from tests.actors.conftest import Stage, eventually, on_both_bases
from tests.actors.probes import RelaySupervisor

ACTORS = [
    *("Guard", "MarketWatcher-0", "MarketWatcher-1", "OrderManager", "FillProcessor", "Selector", "Recorder")
]
MORE = {"markets": 3, "shards": 2, "paused": False, "config": {}, "data": {}, "execution": {}}


class Page:
    """The program's side of a Supervisor."""

    def __init__(self, stage: Stage, **more: Any) -> None:
        self._stage = stage
        self.supervisor = stage.create(RelaySupervisor, "Supervisor", **{**MORE, **more})
        stage.credits_to = self.supervisor
        self._request_id = 0

    def tell(self, message: messages.Message) -> None:
        self._stage.tell(self.supervisor, message)

    def receive(self, kind: type[messages.Message], timeout_s: float = 10.0) -> Any:
        return self._stage.receive(kind, timeout_s)

    def sees(self, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first values for which ``holds``."""

        def look() -> dict[str, Any] | None:
            telemetry = self.receive(messages.Telemetry)
            return telemetry.values if telemetry and holds(telemetry.values) else None

        return eventually(look)

    def sees_state(self, state: str) -> dict[str, Any]:
        return self.sees(lambda values: values["state"] == state)

    def ask(self, name: str, what: str) -> dict[str, Any]:
        """A relay's report of itself."""
        self._request_id += 1
        self.tell(messages.BookRequested(self._request_id, f"{name}: {what}"))
        return self.receive(messages.BookReported).book

    def told(self, name: str) -> list[str]:
        return self.ask(name, "reason")["told"]


@pytest.fixture
def page(stage: Stage) -> Page:
    page = Page(stage)
    page.sees_state("trading")
    return page


def row(values: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in values["actors"] if row["name"] == name)


@on_both_bases
def test_trading_begins_when_every_actor_runs_and_none_objects(stage: Stage):
    page = Page(stage)

    values = page.sees_state("trading")

    assert [row["name"] for row in values["actors"]] == ["Supervisor", *ACTORS]
    assert {row["state"] for row in values["actors"]} == {"running"}
    assert values["state_reason"] == ""
    assert [entry["state"] for entry in values["history"]] == ["starting", "trading"]


@on_both_bases
def test_every_actor_can_reach_every_other(page: Page):
    relays = ACTORS[1:]
    for first in relays:
        for second in relays:
            page.tell(messages.BookRequested(1, f"{first} {second} {first}"))

            assert page.receive(messages.BookReported).book["name"] == first


def test_a_reason_of_one_actor_decides_the_state_until_it_clears_it(page: Page):
    page.ask("OrderManager", "reason halted")
    values = page.sees_state("halted")
    assert values["state_reason"] == "OrderManager: as asked"

    page.ask("Selector", "reason paused")
    page.ask("OrderManager", "reason")
    assert page.sees_state("paused")["state_reason"] == "Selector: as asked"

    page.ask("Selector", "reason")
    page.sees_state("trading")


def test_pause_and_resume_are_answered_and_passed_on(page: Page):
    page.tell(messages.ActionRequested(5, "pause"))
    assert page.receive(messages.ActionAnswered) == messages.ActionAnswered(5, True, "trading is paused")
    assert page.sees_state("paused")["state_reason"] == "user: paused until resumed"
    assert page.told("Selector")[-1] == "state paused"
    assert page.told("OrderManager")[-1] == "lease paused 3.0"

    page.tell(messages.ActionRequested(6, "resume"))
    assert page.receive(messages.ActionAnswered).ok
    page.sees_state("trading")
    assert page.told("Selector")[-1] == "state trading"


def test_who_resumes_hears_what_else_keeps_orders_back(page: Page):
    page.ask("Selector", "reason paused")
    page.sees_state("paused")

    page.tell(messages.ActionRequested(5, "resume"))

    said = "no longer paused by the user, but paused (Selector: as asked)"
    assert page.receive(messages.ActionAnswered) == messages.ActionAnswered(5, True, said)


def test_an_action_of_others_is_refused(page: Page):
    page.tell(messages.ActionRequested(5, "flatten"))

    answer = page.receive(messages.ActionAnswered)

    assert (answer.request_id, answer.ok) == (5, False)
    assert "'flatten'" in answer.text


def test_a_flush_is_passed_on_to_the_recorder_or_refused_without_one(page: Page):
    page.tell(messages.ActionRequested(5, "flush"))
    eventually(lambda: "flush" in page.told("Recorder"))

    page.tell(messages.BookRequested(1, "Recorder: damaged session.db"))
    page.sees(lambda values: row(values, "Recorder")["state"] == "failed")
    page.tell(messages.ActionRequested(6, "flush"))

    answer = page.receive(messages.ActionAnswered)
    assert (answer.request_id, answer.ok) == (6, False)
    assert "does not run" in answer.text


def test_a_tree_started_paused_stays_paused(stage: Stage):
    page = Page(stage, paused=True)

    values = page.sees(lambda values: row(values, "Selector")["state"] == "running")

    assert page.sees_state("paused")["state"] == "paused"
    assert "trading" not in [entry["state"] for entry in values["history"]]


@on_both_bases
def test_the_lease_is_renewed_again_and_again(page: Page):
    before = len(page.told("OrderManager"))

    eventually(lambda: len(page.told("OrderManager")) >= before + 2)

    assert set(page.told("OrderManager")[-2:]) == {"lease trading 3.0"}


def discover(
    page: Page, *tickers: str, fallback: str = "", missing: tuple[tuple[str, ...], ...] = ()
) -> None:
    """Tell the first watcher's findings, each market an event of its own."""
    events = [(f"E{ticker}", False, 1) for ticker in tickers]
    none = [0] * len(tickers)
    strikes = [("", None, None)] * len(tickers)
    page.tell(
        messages.MarketsDiscovered(
            list(tickers),
            none,
            none,
            strikes,
            list(range(len(tickers))),
            events,
            fallback=fallback,
            missing=list(missing),
        )
    )


def test_the_best_markets_are_dealt_to_the_watchers_and_told_to_the_manager(page: Page):
    discover(page, "a", "b", "c", "d")

    assert "shard 0/2 a,c" in page.told("MarketWatcher-0")
    assert "shard 1/2 b" in page.told("MarketWatcher-1")
    assert "chosen a,b,c" in page.told("OrderManager")
    assert page.sees(lambda values: values["discovery"]["chosen"] == 3)["discovery"]["fallback"] == ""


def test_only_whom_a_change_concerns_is_told_of_it(page: Page):
    discover(page, "a", "b", "c")
    page.told("MarketWatcher-1")

    discover(page, "c", "b", "a")
    discover(page, "d", "c", "b")

    told = {name: page.told(name) for name in ("MarketWatcher-0", "MarketWatcher-1", "OrderManager")}
    assert [line for line in told["MarketWatcher-0"] if line.startswith("shard")] == [
        "shard 0/2 a,c",
        "shard 0/2 c,d",
    ]
    assert [line for line in told["MarketWatcher-1"] if line.startswith("shard")] == ["shard 1/2 b"]
    assert [line for line in told["OrderManager"] if line.startswith("chosen")] == [
        "chosen a,b,c",
        "chosen d,c,b",
    ]


def test_who_searches_is_told_of_what_is_held_and_not_watched(page: Page):
    discover(page, "a", "b", "c")

    page.tell(messages.MarketsHeld(["b", "z"]))
    page.tell(messages.MarketsHeld(["a", "b", "z"]))

    assert [line for line in page.told("MarketWatcher-0") if line.startswith("unwatched")] == ["unwatched z"]
    page.tell(messages.BookRequested(1, "MarketWatcher-0: raise"))
    page.sees(lambda values: row(values, "MarketWatcher-0")["restarts"] == 1)
    page.sees_state("trading")
    assert "unwatched z" in page.told("MarketWatcher-0")

    discover(page, "a", "b", "z")
    assert "unwatched " in page.told("MarketWatcher-0")


def test_each_watcher_is_told_what_is_held_among_its_markets(page: Page):
    discover(page, "a", "b", "c")
    page.tell(messages.MarketsHeld(["b", "z"]))
    page.tell(messages.MarketsHeld(["a", "b"]))
    page.tell(messages.MarketsHeld(["a", "c"]))

    told = {name: page.told(name) for name in ("MarketWatcher-0", "MarketWatcher-1")}
    held = {name: [line for line in lines if line.startswith("held")] for name, lines in told.items()}
    assert held == {"MarketWatcher-0": ["held a", "held a,c"], "MarketWatcher-1": ["held b", "held "]}

    page.tell(messages.BookRequested(1, "MarketWatcher-0: raise"))
    page.sees(lambda values: row(values, "MarketWatcher-0")["restarts"] == 1)
    page.sees_state("trading")
    assert "held a,c" in page.told("MarketWatcher-0")


def test_a_fallback_is_said_in_the_log_and_on_the_page_until_markets_are_found(page: Page, stage: Stage):
    discover(page, "f", fallback="nothing is open")

    told = page.sees(lambda values: values["discovery"]["chosen"] == 1)
    assert told["discovery"]["fallback"] == "nothing is open"
    log = (stage.folder / "logs" / "session.log").read_text()
    assert "WARNING: [Supervisor] These are the markets of markets.fallback: nothing is open\n" in log

    discover(page, "a", "b")
    assert page.sees(lambda values: values["discovery"]["chosen"] == 2)["discovery"]["fallback"] == ""


def test_names_that_are_not_traded_are_logged_once_and_on_the_page_while_they_are(page: Page, stage: Stage):
    closed = ("markets.tickers", "b", "is closed", "")
    unlisted = ("markets.tickers", "c ", "is not listed", "c")
    discover(page, missing=(closed,))  # nothing else was found
    discover(page, "a", missing=(closed, unlisted))
    discover(page, "a", missing=(closed, unlisted))
    told = page.sees(lambda values: len(values["discovery"]["missing"]) == 2)["discovery"]
    assert told["missing"][1] == {
        "setting": "markets.tickers",
        "name": "c ",
        "why": "is not listed",
        "suggestion": "c",
        "sentence": "'c ' is not listed; did you mean 'c'?",
    }
    assert told["chosen"] == 1

    discover(page, "a", "b", missing=(unlisted,))

    page.sees(lambda values: len(values["discovery"]["missing"]) == 1)
    lines = [
        line
        for line in (stage.folder / "logs" / "session.log").read_text().splitlines()
        if "Not traded" in line
    ]
    assert [line.partition("Not traded: ")[2] for line in lines] == [
        "markets.tickers: 'b' is closed",
        "markets.tickers: 'c ' is not listed; did you mean 'c'?",
    ]


def test_the_fallback_of_a_watcher_that_has_just_been_replaced_ends_nothing(page: Page):
    discover(page, "a", "b")
    discover(page, "f", fallback="the markets could not be read")

    page.sees(lambda values: values["discovery"]["chosen"] == 2)
    assert [line for line in page.told("OrderManager") if line.startswith("chosen")] == ["chosen a,b"]


@on_both_bases
def test_a_crashed_actor_is_replaced_and_told_what_it_has_to_know(page: Page):
    discover(page, "a", "b", "c", "d")
    for name in ("MarketWatcher-1", "OrderManager", "Selector"):
        page.tell(messages.BookRequested(1, f"{name}: raise"))
        page.sees(lambda values, name=name: row(values, name)["restarts"] == 1)
        values = page.sees_state("trading")
        assert [entry["state"] for entry in values["history"][-2:]] == ["starting", "trading"]

    assert page.told("MarketWatcher-1")[0] == "shard 1/2 b"
    eventually(lambda: page.told("MarketWatcher-1")[-1] == "state trading")
    assert page.told("OrderManager")[0] == "chosen a,b,c"
    assert page.told("OrderManager")[1].startswith("lease ")
    eventually(lambda: page.told("Selector")[-1] == "state trading")
    page.tell(messages.BookRequested(1, "MarketWatcher-0 MarketWatcher-1 OrderManager"))
    assert page.receive(messages.BookReported).book["name"] == "OrderManager"


def test_trading_goes_on_while_the_recorder_is_away(page: Page):
    assert {kind for kind, actor in Supervisor.ACTORS.items() if actor.TRADES_WITHOUT} == {"Recorder"}
    page.tell(messages.BookRequested(1, "Recorder: raise"))
    page.sees(lambda values: row(values, "Recorder")["restarts"] == 1)
    page.tell(messages.BookRequested(1, "Recorder: damaged session.db"))

    values = page.sees(lambda values: row(values, "Recorder")["state"] == "failed")

    assert [entry["state"] for entry in values["history"]] == ["starting", "trading"]
    page.tell(messages.BookRequested(2, "Selector: reason paused"))
    assert page.receive(messages.GaveUp, 0.1) is None


@on_both_bases
def test_a_crash_and_what_follows_is_in_the_log(page: Page, stage: Stage):
    page.tell(messages.BookRequested(1, "Selector: raise"))
    page.sees(lambda values: row(values, "Selector")["restarts"] == 1)

    log = stage.folder / "logs" / "session.log"
    for line in (
        "ERROR: [Selector] Crashed: RuntimeError: as asked\n",
        "ERROR: [Supervisor] Selector crashed: RuntimeError: as asked; restarting it in 0.1 s\n",
        "INFO: [Supervisor] Trading state: starting (Selector: being restarted (crashed:",
    ):
        eventually(lambda line=line: line in log.read_text())  # each process writes its own lines


def test_an_actor_that_no_restart_can_mend_is_given_up_at_once_and_named(page: Page, stage: Stage):
    page.tell(messages.BookRequested(1, "OrderManager: damaged ledger.db"))

    gave_up = page.receive(messages.GaveUp)
    values = page.sees(lambda values: row(values, "OrderManager")["state"] == "failed")

    assert gave_up.name == "OrderManager"
    assert gave_up.error.startswith("ledger.db is damaged: put a copy of it back")
    assert values["state"] == "starting"
    assert values["state_reason"].startswith("OrderManager: cannot go on: ledger.db is damaged")
    log = (stage.folder / "logs" / "session.log").read_text()
    assert "restarting it" not in log
    assert "Traceback" not in log
    page.tell(messages.Stop(10.0))
    assert page.receive(messages.Stopped).name == "Supervisor"


def test_an_actor_that_never_gets_ready_is_not_started_for_ever(stage: Stage):
    page = Page(stage, fail="Selector")

    gave_up = page.receive(messages.GaveUp, timeout_s=30.0)

    assert gave_up == messages.GaveUp(
        "Selector", "crashed: RuntimeError: it never begins, 6 times in a row before it was ready"
    )
    assert row(page.sees(bool), "Selector")["restarts"] == 5


def test_a_book_is_asked_of_who_watches_it(page: Page):
    discover(page, "a", "b")
    for ticker, watcher in (("a", "MarketWatcher-0"), ("b", "MarketWatcher-1")):
        page.tell(messages.BookRequested(7, ticker))

        assert page.receive(messages.BookReported).book["name"] == watcher


def test_a_book_nobody_watches_is_not_found(page: Page):
    page.tell(messages.BookRequested(7, "z"))

    assert page.receive(messages.BookReported) == messages.BookReported(7, False, {})


def test_every_watcher_is_asked_for_its_lines(page: Page):
    page.tell(messages.BookLinesRequested(7))

    lines = {page.receive(messages.BookLinesReported).lines for _ in range(2)}

    assert lines == {b"MarketWatcher-0", b"MarketWatcher-1"}


@on_both_bases
def test_who_decides_stops_first_and_the_page_is_told_last(page: Page, stage: Stage):
    page.tell(messages.Stop(14.0))

    assert page.receive(messages.Stopped).name == "Supervisor"

    log = (stage.folder / "logs" / "session.log").read_text().splitlines()
    stops = [line for line in log if "stopping within" in line]
    assert stops == [
        "INFO: [Selector] stopping within 0.5 s",
        "INFO: [OrderManager] stopping within 4.5 s",
        "INFO: [FillProcessor] stopping within 1.0 s",
        "INFO: [MarketWatcher] stopping within 0.5 s",
        "INFO: [MarketWatcher] stopping within 0.5 s",
        "INFO: [Recorder] stopping within 5.5 s",
    ]
    assert log[log.index(stops[0]) - 1].startswith("INFO: [Supervisor] Trading state: stopping")


@on_both_bases
def test_an_actor_that_dies_while_stopping_is_not_replaced(page: Page):
    page.tell(messages.BookRequested(1, "OrderManager: raise"))
    page.tell(messages.Stop(10.0))

    assert page.receive(messages.Stopped).name == "Supervisor"
    values = page.sees(lambda values: row(values, "OrderManager")["state"] == "stopped")
    assert values["state"] == "stopping"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("MarketWatcher", {"session", "data"}),
        ("OrderManager", {"session", "execution"}),
        ("FillProcessor", {"session", "execution"}),
        ("Selector", {"session"}),
        ("Recorder", {"session", "database"}),
        ("Guard", {"session", "database"}),
    ],
)
def test_a_venue_with_its_key_and_the_database_are_told_only_to_who_speaks_to_them(kind, told):
    settings = {"session": "s1", "data": {"key_id": "d"}, "execution": {"key_id": "e"}, "database": {}}

    assert set(settings_for(kind, settings)) == told
    assert kind in Supervisor.ACTORS


def test_a_question_about_a_market_reaches_those_who_know_and_is_answered_for_its_own_part(page: Page):
    discover(page, "a", "b", "c")
    page.tell(messages.WhyRequested(7, "a"))

    told = page.receive(messages.WhyReported)

    assert (told.request_id, told.source) == (7, "Supervisor")
    assert told.facts == {
        "state": "trading",
        "reason": "",
        "watched": True,
        "chosen": 3,
        "standing": "chosen",
        "missing": "",
    }
    for name in ("Selector", "OrderManager"):
        assert "why a" in page.told(name)
