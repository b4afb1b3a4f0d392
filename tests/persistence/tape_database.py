"""Tapes on their way into a real database, for tests."""

from contextlib import closing
from itertools import count

import psycopg2

from persistence.database.connections import transaction
from persistence.tape.codec import TapeCodec
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import PackedPiece, TapeOutbox, TapeSource
from persistence.tape.reader import TapeReader
from tests.persistence.tape_pieces import START_US, recorded
from trading.tape import TapeRecorder

ACCOUNT = "loopback-0a1b2c3d"
SOURCE = TapeSource("s1abc", 0, 1)
LATER_US = START_US + 3_600_000_000  # when nothing waits for more any longer


def packed(piece):
    return PackedPiece(piece.first_no, piece.last_no, piece.t1_us, TapeCodec().pack(piece))


def write_tape(folder, *, pieces=5, source=SOURCE, rotated_bytes=10**9, changes=3):
    """The pieces of a tape that was recorded and closed."""
    tape = TapeRecorder()
    written = [recorded(changes, tape=tape, at_us=START_US + number * 200_000) for number in range(pieces)]
    with closing(TapeOutbox(folder / "tape", source, rotated_bytes=rotated_bytes)) as outbox:
        for piece in written:
            outbox.write(packed(piece))
    return written


def lane_of(folder, account=ACCOUNT, now_us=LATER_US):
    return TapeLane(folder, account=account, data_venue="loopback", now_us=lambda: now_us)


def drain(lane, connection, most=100):
    """Step until nothing is left to do; the steps' notes."""
    notes = []
    for _ in range(most):
        progress = lane.step(connection)
        notes.append(progress.note)
        if progress.is_idle and not lane._folder.files():  # files are removed in steps of their own
            break
    return [note for note in notes if note]


def rows_of(connection, question, *values):
    with transaction(connection) as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


def read_back(connection, account=ACCOUNT, source=SOURCE):
    reader = TapeReader(connection, account)
    return list(reader.pieces(source)), reader


class Flaky:
    """A connection that breaks at a statement, or around a commit."""

    def __init__(self, connection, *, breaks_at=None):
        self._connection = connection
        self._breaks_at = breaks_at
        self._numbers = count(1)
        self.done = []  # what reached the server

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def reach(self, what, *, do=None):
        """Raises before the statement of this number is done, or right after it if that is a commit."""
        number = next(self._numbers)
        if self._breaks_at == number:
            if do is not None:
                do()
            raise psycopg2.OperationalError("server closed the connection unexpectedly")
        self.done.append(what)

    def cursor(self):
        return _Cursor(self._connection.cursor(), self)

    def commit(self):
        self.reach("commit before")
        self.reach("commit", do=self._connection.commit)
        self._connection.commit()


class _Cursor:
    def __init__(self, cursor, flaky):
        self._cursor = cursor
        self._flaky = flaky

    def __getattr__(self, name):
        return getattr(self._cursor, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._cursor.close()

    def execute(self, query, *more):
        self._flaky.reach(query.decode() if isinstance(query, bytes) else query)
        self._cursor.execute(query, *more)

    def copy_expert(self, query, file):
        self._flaky.reach(query)
        self._cursor.copy_expert(query, file)
