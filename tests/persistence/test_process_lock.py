"""A place belongs to one process as long as it lives, and asking whose it is changes nothing."""

import multiprocessing
import os
import signal

import pytest

from persistence.process_lock import PlaceTaken, holder, locked

FORK = multiprocessing.get_context("fork")


def keep(path, has_it):
    with locked(path):
        has_it.set()
        signal.pause()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.lock"


@pytest.fixture
def other(path):
    has_it = FORK.Event()
    process = FORK.Process(target=keep, args=(path, has_it), daemon=True)
    process.start()
    assert has_it.wait(20)
    yield process
    process.kill()
    process.join()


def test_nobody_has_a_place_where_no_lock_is(path):
    assert holder(path) is None


def test_the_holder_is_named_and_keeps_what_it_has(path, other):
    assert [holder(path), holder(path)] == [other.pid, other.pid]
    with pytest.raises(PlaceTaken), locked(path):
        pass


def test_nobody_has_the_place_of_a_process_that_was_killed(path, other):
    other.kill()
    other.join()

    assert holder(path) is None
    with locked(path):
        pass


def test_a_place_is_free_again_when_its_holder_is_done(path):
    with locked(path):
        pass

    assert holder(path) is None


def test_a_process_that_was_forked_from_the_holder_does_not_keep_the_place(path, other):
    told, tells = FORK.Pipe()

    def holds_and_ends():
        with locked(path.with_name("another")):
            FORK.Process(target=signal.pause).start()
            tells.send(multiprocessing.active_children()[0].pid)
            os._exit(0)

    holds = FORK.Process(target=holds_and_ends)
    holds.start()
    left = told.recv()
    holds.join()

    assert holder(path.with_name("another")) is None
    os.kill(left, signal.SIGKILL)


def test_a_file_that_may_not_be_read_is_no_answer(tmp_path):
    with pytest.raises(OSError, match="File name too long"):
        holder(tmp_path / ("x" * 300))
