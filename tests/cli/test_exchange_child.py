"""An exchange is ended without waiting for it: asked first, and killed when it does not end in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.exchange_child import STOP_WITHIN_S, ExchangeChild


class FakeProcess:
    """A process that goes on running whatever it is told, until a test ends it."""

    stdout = None

    def __init__(self) -> None:
        self.signals: list[str] = []
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.signals.append("terminate")

    def kill(self) -> None:
        self.signals.append("kill")


@pytest.fixture
def process():
    return FakeProcess()


@pytest.fixture
def child(process):
    return ExchangeChild(process, Path("log"))


def test_it_is_asked_once_and_killed_when_its_time_is_over(process, child):
    assert not child.end(10.0)
    assert not child.end(10.0 + STOP_WITHIN_S - 0.1)
    assert process.signals == ["terminate"]
    assert not child.end(10.0 + STOP_WITHIN_S)

    assert process.signals == ["terminate", "kill"]
    process.returncode = -9
    assert child.end(10.0 + STOP_WITHIN_S + 0.1)


def test_one_that_has_ended_already_is_told_nothing(process, child):
    process.returncode = 1

    assert child.end(0.0)
    assert process.signals == []
