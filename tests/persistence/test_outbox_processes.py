"""One process's commits are read by another, whatever happens to the first."""

import subprocess
import sys
from pathlib import Path

import pytest

from persistence.faults import WriterConflict
from persistence.outbox import Outbox, OutboxReader
from trading.events import LedgerEvent

REPOSITORY = Path(__file__).parents[2]


def start_writer(path, first_number):
    command = [sys.executable, "-m", "tests.persistence.writer_program", str(path), str(first_number)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def stop(process):
    """Kill -9; the numbers it had still printed."""
    process.kill()
    lines = process.stdout.readlines()
    process.stdout.close()
    process.wait()
    return [int(line) for line in lines if line.endswith("\n")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "order_manager.db"


@pytest.fixture
def writer(path):
    process = start_writer(path, 1)
    yield process
    if not process.stdout.closed:
        stop(process)


def test_a_writer_killed_in_the_middle_leaves_every_promised_event_and_no_hole(path):
    events: list[tuple[int, LedgerEvent]] = []
    for attempt in range(4):
        process = start_writer(path, len(events) + 1)
        # Another number each time, so that the kill comes at another point of a transaction.
        promised = [int(process.stdout.readline()) for _ in range(40 + 7 * attempt)]
        promised += stop(process)

        reader = OutboxReader(path)
        events = list(reader.events())
        reader.close()
        assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
        assert len(events) >= promised[-1]
        assert len(events) % 3 == 0, "a transaction of three is there whole or not at all"
        assert [event.client_order_id for _, event in events] == [f"rl1-{n + 1}" for n in range(len(events))]


def test_a_reader_follows_a_writer_of_another_process_and_sees_whole_transactions(path, writer):
    writer.stdout.readline()
    reader = OutboxReader(path)
    seen: list[int] = []

    while len(seen) < 300:
        upto = reader.last_seq
        assert upto % 3 == 0
        seen += [seq for seq, _ in reader.events(len(seen), upto)]

    assert seen == list(range(1, len(seen) + 1))
    reader.close()


def test_a_second_writing_process_is_refused_until_the_first_is_dead(path, writer):
    writer.stdout.readline()
    with pytest.raises(WriterConflict):
        Outbox(path, "OrderManager")

    stop(writer)

    outbox = Outbox(path, "OrderManager")
    assert outbox.last_seq >= 3
    outbox.close()
