"""Reads an unquoted scalar of a configuration as people write it, and writes a value back.

YAML 1.1 takes ``0500`` for octal 320, ``1:30`` for 90, ``no`` for false and a date for a date. Here only
a number in decimal notation, true, false and null are more than text, as in YAML 1.2: the schema then
names whatever else is not the number or switch that a setting must be. Numbers keep their exact value.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

Scalar = int | Decimal | bool | str | None

LONGEST_NUMBER: Final = 100  # characters; what is longer is no number that anybody wrote
LARGEST_EXPONENT: Final = 18

_NUMBER: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([-+]?[0-9]{1,2}))?")
_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_LEADING_ZEROS: Final = re.compile(r"([-+]?)0+(?=[0-9])([0-9]+(?:\.[0-9]*)?)")
_GROUPED: Final = re.compile(r"[-+]?[0-9]{1,3}(?:[_,'][0-9]{3})+(?:\.[0-9]*)?")
_CONSTANTS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./+][A-Za-z0-9_./+:@=-]*(?<!:)")  # text that needs no quotes in YAML


def read_scalar(text: str) -> Scalar:
    """The value of an unquoted ``text``: a number, true, false, null, or else the text itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    number = read_number(text)
    return text if number is None else number


def read_number(text: str) -> int | Decimal | None:
    """The exact number in decimal notation; None when ``text`` is none."""
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    number = Decimal(text)
    if match[1] is None:
        return number
    if abs(int(match[1])) > LARGEST_EXPONENT:
        return None
    # 1e3 is the whole number 1000; 5e-1 is 0.5, written out for whoever reads its text.
    return int(number) if number == number.to_integral_value() else Decimal(f"{number:f}")


def how_to_write(text: str) -> str:
    """The number that ``text`` was probably meant to be, as a hint; empty when it looks like none."""
    zeros = _LEADING_ZEROS.fullmatch(text)
    if zeros:
        return f"a leading zero means octal to some programs: write {zeros[1]}{zeros[2]}"
    if _GROUPED.fullmatch(text):
        ungrouped = re.sub("[_,']", "", text)
        return f"write {ungrouped}"
    return ""


def write_value(value: Any) -> str:
    """``value`` on one line, so that reading it gives the same value again."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write_value, value))}]"
    if isinstance(value, dict):
        pairs = (f"{write_value(str(key))}: {write_value(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and read_scalar(value) == value
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    return str(value)
