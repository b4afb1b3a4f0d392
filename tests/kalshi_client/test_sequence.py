"""Numbers of a subscription: gaps, duplicates and the two meanings of a reply's number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.sequence import Sequences, Verdict

NEXT, DUPLICATE, GAP = Verdict.NEXT, Verdict.DUPLICATE, Verdict.GAP


def started(*sids):
    sequences = Sequences()
    for sid in sids or (1,):
        sequences.start(sid)
    return sequences


@pytest.mark.parametrize(
    ("steps", "verdicts"),
    [
        pytest.param("d5 d6 d7", [NEXT] * 3, id="any first number"),
        pytest.param("d0 d1", [NEXT] * 2, id="zero first"),
        pytest.param("d1 d2 d2 d3", [NEXT, NEXT, DUPLICATE, NEXT], id="duplicate"),
        pytest.param("d5 d3 d6", [NEXT, DUPLICATE, NEXT], id="late"),
        pytest.param("d1 d3 d4", [NEXT, GAP, NEXT], id="gap"),
        pytest.param("d1 r2 d3", [NEXT] * 3, id="reply takes a number"),
        pytest.param("d1 r1 d2", [NEXT] * 3, id="reply takes none"),
        pytest.param("d1 r2 d2 d3", [NEXT] * 4, id="reply announces the next number"),
        pytest.param("d1 r2 d2 d2", [NEXT, NEXT, NEXT, DUPLICATE], id="announced once"),
        pytest.param("d1 r2 d3 d2", [NEXT, NEXT, NEXT, DUPLICATE], id="reply took it after all"),
        pytest.param("r7 d7 d8", [NEXT] * 3, id="reply first, took none"),
        pytest.param("r7 d8", [NEXT] * 2, id="reply first, took one"),
        pytest.param("d1 r3 d4", [NEXT, GAP, NEXT], id="reply shows a gap"),
        pytest.param("d5 r2 d6", [NEXT] * 3, id="old reply"),
    ],
)
def test_verdicts(steps, verdicts):
    sequences = started()

    got = []
    for step in steps.split():
        take = sequences.reply if step[0] == "r" else sequences.book
        got.append(take(1, int(step[1:]))[0])

    assert got == verdicts


def test_subscriptions_have_numbers_of_their_own():
    sequences = started(1, 2)

    assert sequences.book(1, 10)[0] is NEXT
    assert sequences.book(2, 3)[0] is NEXT
    assert sequences.book(1, 11)[0] is NEXT


def test_gap_names_the_expected_number():
    sequences = started()
    sequences.book(1, 10)

    assert sequences.book(1, 14) == (GAP, 11)


def test_subscription_that_nobody_made_is_a_stray():
    assert Sequences().book(1, 1)[0] is Verdict.STRAY
    assert Sequences().reply(1, 1)[0] is Verdict.STRAY


def test_ended_subscription_is_a_stray_until_it_starts_again():
    sequences = started()
    sequences.book(1, 10)
    sequences.retire(1)

    assert sequences.book(1, 11)[0] is Verdict.STRAY
    assert sequences.reply(1, 12)[0] is Verdict.STRAY
    sequences.start(1)
    assert sequences.book(1, 99)[0] is NEXT


@given(st.lists(st.integers(0, 40), max_size=60))
def test_fast_path_agrees_with_the_whole_rule(numbers):
    fast, whole = started(), started()
    for seq in numbers:
        if seq == fast.last(1) + 1:
            fast.advance(1, seq)
            verdict = NEXT
        else:
            verdict = fast.book(1, seq)[0]

        assert verdict is whole.book(1, seq)[0]


@given(st.lists(st.sampled_from(["data", "ok takes", "ok takes none", "ok announces"]), max_size=40))
def test_lossless_stream_never_shows_a_gap_or_a_duplicate(kinds):
    sequences = started()
    last = 100
    sequences.book(1, last)
    for kind in kinds:
        if kind == "ok takes none":
            verdict, _ = sequences.reply(1, last)
        elif kind == "ok takes":
            last += 1
            verdict, _ = sequences.reply(1, last)
        else:
            if kind == "ok announces":
                assert sequences.reply(1, last + 1)[0] is NEXT
            last += 1
            verdict, _ = sequences.book(1, last)

        assert verdict is NEXT
