"""The Guard kills what must not live on, and only that.

Its watching of descriptors and its own exit are tested with a whole tree in ``test_supervisor``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from actors import guard, messages
from actors.guard import CANCEL_S, Guard
from actors.thespian.processes import ProcessHandle, wait_until_gone
from tests.actors.conftest import Stage, eventually, stage_address


class Others:
    """Stand-ins for the processes a Guard watches."""

    def __init__(self) -> None:
        self.processes = [subprocess.Popen(["sleep", "600"]) for _ in range(5)]
        self.program, self.supervisor, self.admin, self.actor, self.stranger = self.processes

    def registered(self) -> messages.PidsRegistered:
        return messages.PidsRegistered(self.supervisor.pid, self.admin.pid, [self.actor.pid])


@pytest.fixture
def others() -> Iterator[Others]:
    others = Others()
    yield others
    for process in others.processes:
        process.kill()
        process.wait()


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The settings with which a database was to be stopped."""
    stopped: list[dict[str, Any]] = []
    monkeypatch.setattr(guard, "stop_database_apart", stopped.append)
    return stopped


@pytest.fixture
def address(simple_stage: Stage, others: Others, stopped, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "LOOK_S", 0.01)
    monkeypatch.setattr(guard, "KILL_S", 0.1)
    address = simple_stage.create(Guard, run_pid=others.program.pid)
    simple_stage.wire(address, {"OrderManager": (stage_address(simple_stage), 1)})
    simple_stage.tell(address, others.registered())
    return address


def test_all_are_left_alone_while_the_three_that_matter_live(simple_stage: Stage, others: Others, address):
    assert simple_stage.receive(messages.Stop, 0.1) is None

    assert not any(has_ended(process) for process in others.processes)


@pytest.mark.parametrize("vital", ["supervisor", "admin"])
def test_without_supervisor_or_admin_every_registered_process_is_killed_at_once(
    simple_stage: Stage, others: Others, address, vital: str
):
    end(getattr(others, vital))

    simple_stage.receive(messages.Stop, 0.05)

    eventually(lambda: all(map(has_ended, (others.supervisor, others.admin, others.actor))))
    assert not has_ended(others.program)
    assert not has_ended(others.stranger)


def test_without_its_program_orders_are_canceled_first(simple_stage: Stage, others: Others, address):
    end(others.program)

    stop = simple_stage.receive(messages.Stop)

    assert stop.deadline_s == CANCEL_S
    assert not has_ended(others.actor)

    simple_stage.receive(messages.Stop, 0.3)
    eventually(lambda: all(map(has_ended, (others.supervisor, others.admin, others.actor))))
    assert not has_ended(others.stranger)


def test_once_orders_are_canceled_nothing_is_waited_for(
    simple_stage: Stage, others: Others, address, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "KILL_S", 600.0)
    end(others.program)
    assert simple_stage.receive(messages.Stop) is not None

    simple_stage.tell(address, messages.Stopped("FillProcessor"))
    assert not has_ended(others.actor)

    simple_stage.tell(address, messages.Stopped("OrderManager"))
    eventually(lambda: all(map(has_ended, (others.supervisor, others.admin, others.actor))))


def test_the_database_ends_with_its_program(simple_stage: Stage, others: Others, address, stopped):
    end(others.program)

    eventually(lambda: simple_stage.receive(messages.Stop, 0.01) is None and stopped)
    assert stopped[0]["database"] == {"dsn": "", "bin_dir": "", "retention_days": 30}


def test_the_database_outlives_actors_that_are_started_again(
    simple_stage: Stage, others: Others, address, stopped
):
    end(others.supervisor)

    eventually(lambda: simple_stage.receive(messages.Stop, 0.01) is None and has_ended(others.actor))
    assert stopped == []


def test_a_process_no_longer_registered_is_let_go(simple_stage: Stage, others: Others, address):
    only_vital = messages.PidsRegistered(others.supervisor.pid, others.admin.pid, [])
    simple_stage.tell(address, only_vital)
    end(others.supervisor)

    simple_stage.receive(messages.Stop, 0.05)

    assert wait_until_gone([ProcessHandle(others.admin.pid)], 5.0) == []
    assert not has_ended(others.actor)
