"""The acts of other subaccounts are told and counted, and are in no figure of ours."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from trading.scope import MOST_NAMED, PRIMARY, LeftOut, in_scope


@dataclass(frozen=True)
class Row:
    number: int
    subaccount: int


rows = st.lists(st.builds(Row, st.integers(), st.integers(0, 3)))


@given(rows)
def test_rows_of_the_primary_subaccount_are_kept_in_order_and_every_other_is_counted(told):
    kept, others = in_scope("fill", told)

    assert kept == [row for row in told if row.subaccount == PRIMARY]
    assert len(kept) + others.total() == len(told)
    assert f"fill of subaccount {PRIMARY}" not in others


def test_each_kind_is_said_once_and_counted_every_time():
    left_out = LeftOut()
    _, others = in_scope("fill", [Row(1, 7), Row(2, 7)])

    (note,) = left_out.add(others)

    assert "2" not in note
    assert "fill of subaccount 7" in note
    assert left_out.add(others) == []
    assert left_out.counts == {"fill of subaccount 7": 4}


def test_a_venue_that_invents_subaccounts_does_not_fill_the_memory():
    left_out = LeftOut()

    notes = [note for number in range(1, 1_000) for note in left_out.add({f"fill of subaccount {number}": 1})]

    assert len(left_out.counts) == len(notes) == MOST_NAMED + 1
    assert left_out.counts.total() == 999
