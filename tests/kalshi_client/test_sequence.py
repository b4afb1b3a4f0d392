"""Numbers of a subscription: gaps, duplicates and the two meanings of a reply's number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.sequence import Numbers, Verdict

NEXT, DUPLICATE, GAP = Verdict.NEXT, Verdict.DUPLICATE, Verdict.GAP


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
    numbers = Numbers()

    got = []
    for step in steps.split():
        take = numbers.take_reply if step[0] == "r" else numbers.take
        got.append(take(int(step[1:]))[0])

    assert got == verdicts


def test_gap_names_the_expected_number():
    numbers = Numbers()
    numbers.take(10)

    assert numbers.take(14) == (GAP, 11)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_fast_path_agrees_with_the_whole_rule(seqs):
    fast, whole = Numbers(), Numbers()
    for seq in seqs:
        if seq == fast.last + 1:
            fast.advance(seq)
            verdict = NEXT
        else:
            verdict = fast.take(seq)[0]

        assert verdict is whole.take(seq)[0]


@given(st.lists(st.sampled_from(["data", "ok takes", "ok takes none", "ok announces"]), max_size=40))
def test_lossless_stream_never_shows_a_gap_or_a_duplicate(kinds):
    numbers = Numbers()
    last = 100
    numbers.take(last)
    for kind in kinds:
        if kind == "ok takes none":
            verdict, _ = numbers.take_reply(last)
        elif kind == "ok takes":
            last += 1
            verdict, _ = numbers.take_reply(last)
        else:
            if kind == "ok announces":
                assert numbers.take_reply(last + 1)[0] is NEXT
            last += 1
            verdict, _ = numbers.take(last)

        assert verdict is NEXT
