"""A lane: one way from files on this machine into PostgreSQL, walked in bounded steps.

Its cursor is in ``lane_cursor`` and moves in the transaction that writes the rows, so that a step that was
cut off at any point is taken again as a whole, and none is taken twice.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from persistence.database.connections import Connection


class Progress(NamedTuple):
    """The work of one step, and the rest that it left."""

    written: int  # rows
    behind: int  # known to wait, in the lane's own unit
    note: str = ""  # for people: what is wrong with the lane's source and will not pass by itself
    dropped: int = 0  # given up in this step; a row says which and why

    @property
    def is_idle(self) -> bool:
        """Whether the next step may wait for something new."""
        return self.written == 0 and self.behind == 0


IDLE: Final = Progress(0, 0)


class Lane(Protocol):
    """Steps run in one thread, one after the other."""

    name: str

    def step(self, connection: Connection) -> Progress:
        """Write what one transaction holds, committed on return.

        Whatever it raises, nothing of the step is in the database. A connection that is another one than
        before tells that the cursor has to be read again.
        """
        ...

    def waiting(self) -> int:
        """The amount in the files beyond the last known to be in the database, in the lane's own unit.

        Without a database, in any thread, also while another one is in a step. Raises PersistenceError.
        """
        ...

    def flush(self) -> None:
        """Let nothing that is in the files now wait for more to share its row with.

        In the thread of the steps; what comes later waits again.
        """
        ...

    @property
    def is_flushed(self) -> bool:
        """Whether the database has all that was there at the last flush, as far as it can be read."""
        ...

    def close(self) -> None:
        """Give the files up; no step follows. In the thread of the steps."""
        ...
