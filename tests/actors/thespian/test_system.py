"""A tree starts, answers and ends as its program needs, and never outlives a failure."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from actors import messages
from actors.thespian import launching
from actors.thespian.system import ActorTree, ActorTreeError
from tests.actors.conftest import eventually, running_children
from tests.actors.probes import Alone, settings

pytestmark = pytest.mark.multiproc


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[ActorTree]:
    tree = ActorTree.start(settings(tmp_path), supervisor=Alone)
    yield tree
    tree.stop(5.0)


@pytest.fixture
def thread() -> Iterator[None]:
    """A program that has threads, so that it must not fork."""
    over = threading.Event()
    waiting = threading.Thread(target=over.wait)
    waiting.start()
    yield
    over.set()
    waiting.join()


def ask(tree: ActorTree, action: str, request_id: int = 1) -> str:
    tree.tell(messages.ActionRequested(request_id, action))
    answer = eventually(lambda: isinstance(got := tree.receive(1.0), messages.ActionAnswered) and got)
    return answer.text


def supervisor_of(tree: ActorTree) -> psutil.Process:
    return next(psutil.Process(pid) for pid in tree.pids() if "Supervisor" in title(pid))


def title(pid: int) -> str:
    return " ".join(psutil.Process(pid).cmdline()).strip()


def test_a_started_tree_answers_and_a_stopped_one_is_gone(tree: ActorTree):
    assert ask(tree, "echo hello") == "hello"
    pids = tree.pids()

    assert tree.is_alive()
    assert tree.stop(5.0) == []
    assert not tree.is_alive()
    assert not set(pids) & {child.pid for child in running_children()}


def test_every_process_says_what_it_is(tree: ActorTree):
    titles = sorted(title(pid) for pid in tree.pids())

    assert titles == ["rl-trader Supervisor", "rl-trader admin", "rl-trader logger"]


def test_nothing_listens_beyond_this_machine(tree: ActorTree):
    addresses = [
        connection.laddr.ip
        for pid in tree.pids()
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]

    assert len(addresses) >= 3
    assert set(addresses) == {"127.0.0.1"}


def test_thespian_logs_into_the_state_directory(tree: ActorTree, tmp_path: Path):
    wanted = f"THESPLOG_FILE={tmp_path}/logs/thespian.log"

    assert f"THESPLOG_FILE={os.environ['THESPLOG_FILE']}" == wanted
    assert (tmp_path / "logs" / "actors.log").exists()


def test_the_tree_holds_none_of_its_programs_locks(tmp_path: Path):
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        tree = ActorTree.start(settings(tmp_path), supervisor=Alone)

    with (tmp_path / "lock").open("w") as wanted:
        fcntl.flock(wanted, fcntl.LOCK_EX | fcntl.LOCK_NB)
    tree.stop(5.0)


def test_a_dead_supervisor_is_noticed_while_waiting(tree: ActorTree):
    supervisor_of(tree).kill()

    assert tree.receive(600.0) is None
    assert not tree.is_alive()


def test_a_dead_admin_is_noticed_and_takes_the_rest_with_it(tree: ActorTree):
    admin = next(pid for pid in tree.pids() if "admin" in title(pid))
    os.kill(admin, signal.SIGKILL)

    assert tree.receive(600.0) is None
    assert not tree.is_alive()
    eventually(lambda: not tree.pids())


def test_a_dead_tree_is_replaced_though_the_program_has_threads(tree: ActorTree, thread):
    supervisor_of(tree).kill()
    tree.receive(600.0)
    left = set(tree.pids())

    tree.restart()

    assert tree.is_alive()
    assert ask(tree, "echo again") == "again"
    assert not left & {child.pid for child in running_children()}


def test_a_program_with_threads_never_forks_itself(tmp_path: Path, thread, monkeypatch):
    monkeypatch.setattr(launching.os, "fork", lambda: pytest.fail("forked with threads"))

    tree = ActorTree.start(settings(tmp_path), supervisor=Alone)

    assert ask(tree, "echo hello") == "hello"
    tree.stop(5.0)


def test_a_pause_outlives_the_supervisor_that_granted_it(tree: ActorTree):
    assert ask(tree, "paused") == "False"
    assert ask(tree, "pause", request_id=2) == "trading is paused"
    supervisor_of(tree).kill()
    tree.receive(600.0)

    tree.restart()

    assert ask(tree, "paused") == "True"


def test_what_is_told_from_another_thread_is_delivered_at_once(tree: ActorTree):
    telling = threading.Timer(0.05, tree.tell, [messages.ActionRequested(1, "echo from a thread")])
    telling.start()

    assert tree.receive(60.0).text == "from a thread"
    telling.join()


def test_receiving_ends_when_its_time_is_up(tree: ActorTree):
    assert tree.receive(0.01) is None
    assert tree.is_alive()


def test_a_hung_process_is_killed_by_the_stop_and_named(tree: ActorTree):
    supervisor = supervisor_of(tree).pid
    os.kill(supervisor, signal.SIGSTOP)

    killed = tree.stop(0.1)

    assert supervisor in killed
    assert not tree.pids()


def test_a_start_that_fails_says_why_and_leaves_nothing(tmp_path: Path):
    with pytest.raises(ActorTreeError, match="no key at that path"):
        ActorTree.start(settings(tmp_path, fail=True), supervisor=Alone)


def test_an_actor_that_cannot_be_imported_is_a_failed_start(tmp_path: Path, thread, monkeypatch):
    monkeypatch.setattr(Alone, "__module__", "tests.actors.nowhere")

    with pytest.raises(ActorTreeError, match=r"actors\.log"):
        ActorTree.start(settings(tmp_path), supervisor=Alone)

    assert "nowhere" in (tmp_path / "logs" / "actors.log").read_text()


def test_an_offer_to_the_page_is_credited_by_receiving_it(tree: ActorTree):
    tree.tell(messages.ActionRequested(1, "offer page"))

    received = [eventually(lambda: tree.receive(1.0)) for _ in range(3)]

    assert messages.StateChanged("trading", "") in received
    assert {"True", "credited page StateChanged"} == {
        getattr(message, "text", "") for message in received
    } - {""}
