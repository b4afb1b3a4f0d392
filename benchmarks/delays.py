"""The time of each message on its way, from the times of sending and the counts of reading.

Both sides count the messages of a connection and read the same monotonic clock, so no message has to
carry a time. A message counts as sent when its turn at the sender began and as taken when the batch
that brought it was in the books: both errors make the delay longer than it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]


def delays_ms(
    turns: Sequence[tuple[int, Sequence[int]]],
    connections: Sequence[int],
    taken: Mapping[int, tuple[Times, Times]],
) -> tuple[NDArray[np.float64], Times]:
    """Milliseconds of every message, and when it was sent (ns); of all connections, one after the other.

    ``turns``: (ns, the sender's last number of each connection *before* the turn), the last one after
    it all. ``connections``: how the reader calls the sender's. ``taken``: by the reader's connection,
    ns and how many it had taken then, both rising; before the first turn nothing was on its way.
    Raises ValueError when the two sides have not counted the same.
    """
    began_ns = np.array([ns for ns, _ in turns], dtype=np.int64)
    delays, sent = [], []
    for column, connection in enumerate(connections):
        numbers = np.array([numbers[column] for _, numbers in turns], dtype=np.int64)
        taken_ns, counts = taken[connection]
        before = int(np.searchsorted(taken_ns, began_ns[0]))
        base = int(counts[before - 1]) if before else 0
        arrived, sent_all = counts - base, numbers - numbers[0]
        if int(arrived[-1]) < int(sent_all[-1]):
            raise ValueError(f"connection {connection}: {sent_all[-1]} sent, {arrived[-1]} taken")
        sent_ns = np.repeat(began_ns[:-1], np.diff(numbers))
        place = np.searchsorted(arrived, np.arange(1, len(sent_ns) + 1))
        delays.append((taken_ns[place] - sent_ns) / 1e6)
        sent.append(sent_ns)
    return np.concatenate(delays), np.concatenate(sent)


def taken_by_connection(notes: bytes) -> dict[int, tuple[Times, Times]]:
    """Of the records (ns, connection, count) that the watcher wrote."""
    rows = np.frombuffer(notes, dtype=np.int64).reshape(-1, 3)
    return {
        int(connection): (rows[rows[:, 1] == connection, 0], rows[rows[:, 1] == connection, 2])
        for connection in np.unique(rows[:, 1])
    }
