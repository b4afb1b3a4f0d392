"""Every message's time on its way is found from two counts and one clock."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from benchmarks.delays import delays_ms, taken_by_connection

MS = 1_000_000  # ns


def notes(*rows: tuple[int, int, int]) -> bytes:
    return b"".join(struct.pack("<qqq", *row) for row in rows)


def test_a_message_is_on_its_way_from_the_turn_that_sent_it_to_the_batch_that_took_it():
    # Connection 4 has had 10 messages before; three are sent at 0, two at 5 ms.
    turns = [(0, [100]), (5 * MS, [103]), (9 * MS, [105])]
    taken = taken_by_connection(notes((-1, 4, 10), (2 * MS, 4, 12), (7 * MS, 4, 15)))

    delays, sent_ns = delays_ms(turns, [4], taken)

    assert delays.tolist() == [2, 2, 7, 2, 2]
    assert sent_ns.tolist() == [0, 0, 0, 5 * MS, 5 * MS]


def test_connections_are_counted_each_by_itself():
    turns = [(0, [7, 50]), (MS, [8, 52])]
    taken = taken_by_connection(notes((3 * MS, 1, 1), (4 * MS, 0, 1), (6 * MS, 1, 2)))

    delays, _ = delays_ms(turns, [0, 1], taken)

    assert sorted(delays.tolist()) == [3, 4, 6]


def test_messages_that_never_arrived_are_an_error():
    turns = [(0, [0]), (MS, [3])]
    taken = {0: (np.array([2 * MS]), np.array([2]))}

    with pytest.raises(ValueError, match="3 sent, 2 taken"):
        delays_ms(turns, [0], taken)
