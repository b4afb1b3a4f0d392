"""How are REST bodies read, and what do those of errors say? (protocol 2.2, 2.3)

As in ``frames``: one struct a body with the fields this client reads; ``to_value`` raises
ValueError for an impossible value, and ``read`` turns whatever is wrong into Malformed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct

from kalshi_client.wire.records import ApiError
from kalshi_client.wire.values import Malformed

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)

MAX_DETAIL: Final = 500  # characters


class Body(Protocol[Value_co]):
    """A struct of the wire that knows the value it stands for."""

    def to_value(self) -> Value_co: ...


def read(body: bytes, kind: type[Body[Value]]) -> Value | Malformed:
    """The value of a body of this kind. Never raises."""
    try:
        decoded: Body[Value] = msgspec.json.decode(body, type=kind)
        return decoded.to_value()
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Malformed(str(error))


@dataclass(frozen=True, slots=True)
class Page(Generic[Value_co]):
    """Some rows, and where the next ones are: "" when there are none (protocol 2.2)."""

    rows: list[Value_co]
    cursor: str


# --- errors --------------------------------------------------------------------------------------


class _ErrorParts(Struct):
    code: str = ""
    message: str = ""
    details: Any = ""


class _ErrorBody(_ErrorParts):
    error: _ErrorParts | str | None = None

    def to_value(self) -> ApiError:
        if isinstance(self.error, str):
            return ApiError(self.error[:MAX_DETAIL], "")
        parts = self.error if self.error is not None and self.error.code else self
        return ApiError(parts.code[:MAX_DETAIL], str(parts.details or parts.message)[:MAX_DETAIL])


def read_error(body: bytes) -> ApiError:
    """What an error body says, in any of its three shapes; nothing if it is none of them."""
    error = read(body, _ErrorBody)
    return ApiError("", "") if isinstance(error, Malformed) else error
