"""An exchange that ends is started again where it was, and given up after three starts that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli import kept_exchange
from cli.errors import PreflightRefused
from cli.exchange_child import READY_WITHIN_S, ExchangeAddress
from cli.kept_exchange import LASTS_AFTER_S, MOST_FAILED_STARTS, KeptExchange

ADDRESS = ExchangeAddress("http://127.0.0.1:4711/v2", "ws://127.0.0.1:4711/ws", "k", "/k.pem", None, 1_000)


class FakeChild:
    """An exchange that a test makes ready and lets end."""

    def __init__(self, flags: list[str]) -> None:
        self.flags = flags
        self.says: ExchangeAddress | None = None
        self.is_running = True
        self.was_told_to_end = False
        self.ends_when_told = True

    def is_alive(self) -> bool:
        return self.is_running

    def ready(self, _within_s: float) -> ExchangeAddress | None:
        if not self.is_running:
            raise PreflightRefused("it said: no room")
        return self.says

    def wait_until_ready(self) -> ExchangeAddress:
        self.says = ADDRESS
        return ADDRESS

    def end(self, _now_s: float) -> bool:
        self.was_told_to_end = True
        self.is_running = self.is_running and not self.ends_when_told
        return not self.is_running


@pytest.fixture
def children(monkeypatch):
    """Every child that is launched, in order."""
    launched: list[FakeChild] = []

    class Launches:
        @staticmethod
        def launch(flags, *, log):  # noqa: ARG004
            launched.append(FakeChild(list(flags)))
            return launched[-1]

    monkeypatch.setattr(kept_exchange, "ExchangeChild", Launches)
    return launched


@pytest.fixture
def kept(children, tmp_path):
    exchange = KeptExchange("demo", ["--markets=5"], state=tmp_path / "state", log=tmp_path / "log")
    exchange.wait_until_ready()
    return exchange


def test_nothing_is_told_of_an_exchange_that_runs(kept, children):
    assert (kept.look(0.0), kept.look(100.0), len(children)) == ("", "", 1)


def test_one_that_ends_is_started_again_from_its_state_on_its_port(kept, children, tmp_path):
    children[0].is_running = False

    assert kept.look(1.0) == (
        "the exchange on this machine for demo: ended; starting it again from its state"
    )
    assert children[1].flags == ["--markets=5", f"--state={tmp_path / 'state'}", "--port=4711"]
    assert kept.look(1.1) == ""
    children[1].says = ADDRESS
    assert kept.look(1.2) == "the exchange for demo runs again, where it was"
    assert not kept.has_ended


def test_after_three_starts_that_failed_it_is_given_up(kept, children):
    told = []
    for _ in range(MOST_FAILED_STARTS + 2):
        children[-1].is_running = False
        told.append(kept.look(1.0))

    assert len(children) == 1 + MOST_FAILED_STARTS
    assert told[-2:] == ["the exchange on this machine for demo: it said: no room; 3 starts have failed", ""]
    assert kept.has_ended


@pytest.mark.parametrize(("lasted_s", "is_given_up"), [(LASTS_AFTER_S, False), (LASTS_AFTER_S - 0.1, True)])
def test_a_start_that_lasted_is_no_failed_one(kept, children, lasted_s, is_given_up):
    now_s = 0.0
    for _ in range(MOST_FAILED_STARTS + 1):
        children[-1].is_running = False
        kept.look(now_s)
        children[-1].says = ADDRESS
        kept.look(now_s)
        now_s += lasted_s
        kept.look(now_s)

    assert kept.has_ended == is_given_up


def test_one_that_is_not_ready_in_time_is_ended_and_started_again(kept, children):
    children[0].is_running = False
    kept.look(0.0)

    assert kept.look(READY_WITHIN_S) == ""
    assert "was not ready within 30 s; starting it again" in kept.look(READY_WITHIN_S + 0.1)
    assert children[1].was_told_to_end


def test_one_that_does_not_end_when_told_is_not_waited_for_and_nothing_is_launched_meanwhile(kept, children):
    children[0].is_running = False
    kept.look(0.0)
    children[1].ends_when_told = False

    assert kept.look(READY_WITHIN_S + 0.1) == ""
    assert kept.look(READY_WITHIN_S + 1.0) == ""
    assert (len(children), children[1].was_told_to_end) == (2, True)
    children[1].is_running = False
    assert "was not ready within 30 s; starting it again" in kept.look(READY_WITHIN_S + 1.1)
    assert len(children) == 3


def test_one_that_comes_back_as_another_is_not_taken_for_it(kept, children):
    children[0].is_running = False
    kept.look(0.0)
    children[1].says = replace(ADDRESS, key_id="another")

    assert "came back as another one" in kept.look(0.1)
