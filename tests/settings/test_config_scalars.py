"""An unquoted scalar is a number only in decimal notation, and what is written reads back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.config_scalars import LONGEST_NUMBER, how_to_write, read_number, read_scalar, write_value
from settings.config_yaml import ScalarNode, read_yaml

VALUES = {
    "500": 500,
    "+5": 5,
    "-5": -5,
    "0": 0,
    "0.1": Decimal("0.1"),
    ".5": Decimal("0.5"),
    "5.": Decimal(5),
    "1e3": 1000,
    "1E+3": 1000,
    "1.5e3": 1500,
    "5e-1": Decimal("0.5"),
    "true": True,
    "False": False,
    "": None,
    "~": None,
    "null": None,
}
TEXTS = (
    "0500", "010", "-010", "00", "1_000", "1,000", "0x10", "0o17", "0b1", "1:30", "1:40:00", "yes", "no",
    "on", "off", "y", "n", "2001-12-31", "2001-12-31T10:00:00Z", ".inf", "-.inf", ".nan", "1e99",
    "1e999999999", "1e", "e3", ".", "+", "-", "1.2.3", "٣", "５００", "1 000", "<<", "=",
    "9" * (LONGEST_NUMBER + 1),
)  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_numbers_and_switches_are_read_as_written(text, value):
    read = read_scalar(text)

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_else_stays_text(text):
    assert read_scalar(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0500", "a leading zero means octal to some programs: write 500"),
        ("-00.50", "a leading zero means octal to some programs: write -0.50"),
        ("000", "a leading zero means octal to some programs: write 0"),
        ("1_000", "write 1000"),
        ("1,000,000.50", "write 1000000.50"),
        ("1'000", "write 1000"),
        ("1:30", ""),
        ("much", ""),
    ],
)
def test_a_number_that_is_none_is_told_how_to_be_one(text, hint):
    assert how_to_write(text) == hint


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_a_decimal_number_keeps_every_digit(number):
    assert read_number(f"{number:f}") == number


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**9, min_value=-(10**9))
    | st.sampled_from(
        [*TEXTS, *VALUES, "a b", "a: b", "[a]", "#a", "a #b", "'", '"', "\\", "a\nb", "é", "-x", "x:"]
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=126))
)


@given(_SCALARS)
def test_what_is_written_reads_as_the_same_value(value):
    node = read_yaml(write_value(value).encode())

    assert isinstance(node, ScalarNode)
    assert node.value == value
    assert isinstance(node.value, str) == isinstance(value, str)


@given(st.lists(_SCALARS, max_size=4))
def test_a_list_that_is_written_reads_as_the_same_list(values):
    root = read_yaml(f"{{a: {write_value(values)}}}".encode())

    assert [item.value for item in root.pairs[0][1].items] == values
