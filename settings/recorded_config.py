"""The configuration as a record may have it, which others read and which stays for years."""

from __future__ import annotations

import re
from typing import Any, Final

from settings.database_settings import HIDDEN

_BEFORE_HOST: Final = re.compile(r"(?<=://)[^/?#\s]*@")


def recordable(value: Any) -> Any:
    """The same plain values; of each address, what stands before its host is hidden: it is a password.

    The sections ``web`` and ``database`` are none of a record's: leave them out before.
    """
    match value:
        case str():
            return _BEFORE_HOST.sub(f"{HIDDEN}@", value)
        case dict():
            return {key: recordable(each) for key, each in value.items()}
        case list() | tuple():
            return [recordable(each) for each in value]
        case _:
            return value
