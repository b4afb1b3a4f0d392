"""Pages of lists (protocol 2.2).

A cursor is the number of the last row sent; rows are numbered once and for all, so pages neither
repeat nor skip while the list grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from aiohttp import web

from simulator.surface.rest.errors import Declined

Row = TypeVar("Row")


def query_int(request: web.Request, name: str) -> int | None:
    """An integer of the query. Raises Refused for anything else."""
    text = request.query.get(name, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise Declined("invalid_parameters", f"{name} must be an integer") from None


def query_list(request: web.Request, name: str) -> list[str]:
    """A repeated key and a comma list are the same."""
    return [item for text in request.query.getall(name, []) for item in text.split(",") if item]


def query_flag(request: web.Request, name: str) -> bool:
    """False unless asked for. Raises Refused for anything but true and false."""
    word = request.query.get(name, "").lower()  # Python clients write True
    if word not in ("", "true", "false"):
        raise Declined("invalid_parameters", f"{name} must be true or false")
    return word == "true"


class QuerySpan(NamedTuple):
    """A stretch of time of a query, in seconds, both ends included; None = open."""

    first_s: int | None
    last_s: int | None

    def __contains__(self, at_us: object) -> bool:
        return (
            isinstance(at_us, int)
            and (self.first_s is None or at_us >= self.first_s * 1_000_000)
            and (self.last_s is None or at_us <= self.last_s * 1_000_000)
        )

    @property
    def is_open(self) -> bool:
        """Whether nothing was asked for."""
        return self.first_s is None and self.last_s is None


def query_span(request: web.Request, kind: str = "") -> QuerySpan:
    """``min_ts`` and ``max_ts``, or those of a kind: ``min_close_ts`` … Raises Refused."""
    name = f"{kind}_ts" if kind else "ts"
    return QuerySpan(query_int(request, f"min_{name}"), query_int(request, f"max_{name}"))


def asks_for_primary(request: web.Request) -> bool:
    """Whether a read means the primary account; the others, which nobody has, are empty."""
    return query_int(request, "subaccount") in (None, 0)


def page(
    request: web.Request,
    rows: Iterable[Row],
    number: Callable[[Row], int],
    *,
    least: int = 1,
    default: int = 100,
    most: int = 1000,
) -> tuple[list[Row], str]:
    """Rows after the cursor, up to the limit, and the cursor of the next page ("" at the end).

    ``rows`` come in descending order of ``number``.
    """
    limit = query_int(request, "limit")
    if limit is not None and not least <= limit <= most:
        raise Declined("invalid_parameters")
    limit = limit or default
    after = query_int(request, "cursor")
    wanted: list[Row] = []
    for row in rows:
        if after is not None and number(row) >= after:
            continue
        if len(wanted) == limit:
            return wanted, str(number(wanted[-1]))
        wanted.append(row)
    return wanted, ""
