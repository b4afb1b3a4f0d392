"""Text from outside, as a terminal, a log or a page may show it.

A market's ticker, its title and the reason of an error are whatever the venue sends. Raw, ESC and the C1
controls command a terminal, a line break forges a line of a log, and bidirectional controls reorder it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SEEN_OTHERWISE: Final = ("Zs",)  # the spaces that Python does not count as printable


def printable(text: str) -> str:
    """The same text on one line, each invisible character as its escape: ``\\x1b``, ``\\n``, ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(character if _can_be_shown(character) else _escaped(character) for character in text)


def _can_be_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) in _SEEN_OTHERWISE


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
