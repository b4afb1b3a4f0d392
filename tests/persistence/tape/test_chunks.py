"""Every row between two chunks is in exactly one gap: one that was told, or one that is told now."""

from hypothesis import given
from hypothesis import strategies as st

from persistence.tape.chunks import Chunk, missing_between
from persistence.tape.outbox import TapeGap
from tests.persistence.tape_pieces import recorded

LAST = 40
RANGES = st.tuples(st.integers(1, LAST), st.integers(1, LAST)).map(sorted)


def chunk_at(first_no):
    return Chunk(recorded()._replace(first_no=first_no), b"")


def told(*ranges):
    return [TapeGap(first, last, 1, "told") for first, last in ranges]


def missing(after_no, first_no, gaps):
    found = missing_between(after_no, [chunk_at(first_no)], gaps, at_us=9)
    return [(gap.first_no, gap.last_no) for gap in found]


def test_two_gaps_that_meet_tell_the_whole_hole():
    assert missing(10, 31, told((11, 20), (21, 30))) == []


def test_what_a_told_gap_leaves_of_a_hole_is_told():
    assert missing(10, 31, told((11, 20))) == [(21, 30)]
    assert missing(10, 31, told((15, 20))) == [(11, 14), (21, 30)]
    assert missing(10, 31, told((21, 40))) == [(11, 20)]


@given(after_no=st.integers(0, LAST), first_no=st.integers(1, LAST), ranges=st.lists(RANGES, max_size=5))
def test_each_row_of_a_hole_is_told_once(after_no, first_no, ranges):
    known = {row for first, last in ranges for row in range(first, last + 1)}

    found = missing(after_no, first_no, told(*ranges))

    rows = [row for first, last in found for row in range(first, last + 1)]
    assert sorted(rows) == sorted(set(range(after_no + 1, first_no)) - known)
