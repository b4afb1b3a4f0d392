"""Text from outside is shown as one line that commands nothing, and otherwise as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("KXBTC-26NOV3021", "KXBTC-26NOV3021"),
        ("Zürich → 75\u00a0%", "Zürich → 75\u00a0%"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("one\r\ntwo\x85three\u2028four", r"one\r\ntwo\x85three\u2028four"),
        ("\u202eyes\u2066", r"\u202eyes\u2066"),
        ("\x00\x7f\t", r"\x00\x7f\t"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
    ],
    ids=ascii,
)
def test_only_what_cannot_be_seen_is_escaped(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_is_shown_is_a_command(text):
    shown = printable(text)

    assert {unicodedata.category(character)[0] for character in shown} <= set("LMNPSZ")
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown
