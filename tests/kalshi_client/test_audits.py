"""Every book is asked for in its turn, and where something is at stake often enough to find it frozen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.audits import AUDIT_EVERY_S, AUDITED_TOGETHER, Audits

NOW = 1_000.0
SILENCE_S = 25.0
BOOKS = [f"M{n}" for n in range(250)]


@pytest.fixture
def audits():
    made = Audits(silence_s=SILENCE_S, round_at=NOW)
    made.show(BOOKS, NOW)
    return made


def test_what_was_just_shown_is_not_asked_for(audits):
    assert audits.due(NOW + 1, closely=["M3"]) == []


def test_a_round_asks_for_some_in_one_command_the_longest_ago_first(audits):
    audits.show(["M0", "M1"], NOW + 5)

    assert audits.due(NOW + AUDIT_EVERY_S, closely=()) == BOOKS[2 : 2 + AUDITED_TOGETHER]


def test_what_is_under_way_is_not_asked_for_again(audits):
    first = audits.due(NOW + AUDIT_EVERY_S, closely=())
    audits.show(first[:5], NOW + AUDIT_EVERY_S + 0.1)

    assert not set(audits.due(NOW + 2 * AUDIT_EVERY_S, closely=())) & set(first)


def test_what_is_at_stake_is_asked_for_in_every_round(audits):
    asked = [audits.due(NOW + second, closely=["M200"]) for second in range(11)]

    assert "M200" in asked[10]
    assert not any("M200" in due for due in asked[:10])


def test_a_book_that_is_not_shown_in_time_is_told_once(audits):
    audits.due(NOW + AUDIT_EVERY_S, closely=["M200"])
    audits.show(BOOKS[:AUDITED_TOGETHER], NOW + AUDIT_EVERY_S)

    assert audits.unanswered(NOW + AUDIT_EVERY_S + SILENCE_S / 2 - 2) == []
    assert audits.unanswered(NOW + AUDIT_EVERY_S + SILENCE_S / 2) == ["M200"]
    assert audits.unanswered(NOW + AUDIT_EVERY_S + SILENCE_S / 2) == []


def test_nothing_of_the_last_connection_is_known_on_a_new_one(audits):
    audits.due(NOW + AUDIT_EVERY_S, closely=["M200"])
    audits.start_over()

    assert audits.unanswered(NOW + 100) == []
    assert audits.due(NOW + 100, closely=["M200"]) == []
    assert audits.age_s("M200", NOW + 100) is None


def test_markets_that_moved_away_are_forgotten(audits):
    audits.due(NOW + AUDIT_EVERY_S, closely=["M200"])
    audits.keep(["M100"])

    assert audits.due(NOW + 100, closely=["M200"]) == ["M100"]
    assert audits.unanswered(NOW + 100 + SILENCE_S) == ["M100"]


def test_the_bound_for_the_others_is_a_round(audits):
    assert audits.round_s == 13 * AUDIT_EVERY_S + SILENCE_S / 2 - 1


@given(
    silence_s=st.floats(4.0, 120.0),
    count=st.integers(1, 120),
    frozen_at=st.floats(0.0, 300.0),
    is_shown=st.booleans(),
    data=st.data(),
)
def test_a_frozen_book_is_found_within_the_silence_or_within_a_round(
    silence_s, count, frozen_at, is_shown, data
):
    """The venue answers each second what was asked for, but not a frozen book if it hides that as well."""
    audits, books = Audits(silence_s=silence_s, round_at=0.0), BOOKS[:count]
    frozen = data.draw(st.sampled_from(books))
    closely = data.draw(st.sets(st.sampled_from(books), max_size=10))
    audits.show(books, 0.0)
    bound_s = silence_s if frozen in closely else audits.round_s + 3
    now, found_at, waiting = 0.0, None, []
    while found_at is None:
        now += 1.0
        assert now <= frozen_at + bound_s + 1, (frozen, closely)
        if frozen in waiting and now > frozen_at and is_shown:
            found_at = now  # it is another than ours
        audits.show([book for book in waiting if book != frozen or now <= frozen_at or is_shown], now)
        waiting = audits.due(now, closely=closely)
        if frozen in audits.unanswered(now):
            found_at = now
