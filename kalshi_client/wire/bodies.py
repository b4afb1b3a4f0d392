"""REST bodies on the wire, those of errors among them (protocol 2.2, 2.3).

As in ``frames``: one struct a body with the fields this client reads; ``to_value`` raises
ValueError for an impossible value, and ``read`` turns whatever is wrong into Malformed, unless it
can do without (``salvage``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from kalshi_client.wire.records import ApiError
from kalshi_client.wire.salvage import BROKEN, Unreadable, salvage
from kalshi_client.wire.values import Malformed

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)

MAX_DETAIL: Final = 500  # characters


class Body(Protocol[Value_co]):
    """A struct of the wire that knows the value it stands for."""

    def to_value(self) -> Value_co: ...


def read(body: bytes, kind: type[Body[Value]], place: str = "") -> Value | Malformed:
    """The value of a body of this kind, as far as it is needed (``salvage``). Never raises."""
    try:
        decoded: Body[Value] = msgspec.json.decode(body, type=kind)
        return decoded.to_value()
    except BROKEN:
        pass
    try:
        value: Value = salvage(body, kind, place)
        return value
    except Unreadable as error:
        return Malformed(str(error))


def read_rows(rows: list[Raw] | None, kind: type[Body[Value]], place: str) -> list[Value | Malformed]:
    """Each row by itself, named by its ``place``: one that cannot be read must not hide a thousand others."""
    return [read(bytes(row), kind, place) for row in rows or []]


@dataclass(frozen=True, slots=True)
class RowsPage(Generic[Value_co]):
    """Some rows, and where the next ones are: "" when there are none (protocol 2.2)."""

    rows: list[Value_co]
    cursor: str


# --- errors --------------------------------------------------------------------------------------


class _ErrorParts(Struct):
    code: str | None = None
    message: str | None = None
    details: Any = None

    @property
    def detail(self) -> str:
        return str(self.details or self.message or "")


class _ErrorBody(_ErrorParts):
    error: _ErrorParts | str | None = None

    def to_value(self) -> ApiError:
        """The fields inside ``error`` come before those that stand beside it."""
        if isinstance(self.error, str):
            return ApiError(self.error[:MAX_DETAIL], "")
        inner = self.error or _ErrorParts()
        code, detail = inner.code or self.code or "", inner.detail or self.detail
        return ApiError(code[:MAX_DETAIL], detail[:MAX_DETAIL])


def read_error(body: bytes) -> ApiError:
    """The fields of an error body, in any of its three shapes; empty if it is none of them."""
    error = read(body, _ErrorBody)
    return ApiError("", "") if isinstance(error, Malformed) else error
