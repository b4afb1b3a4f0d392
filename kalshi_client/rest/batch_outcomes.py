"""The outcome of one attempt to place or cancel several orders, order by order.

The venue answers in the order of the request, and one failure does not fail the others (protocol
3.3). A refusal inside a batch has no status, so only a code that is known to refuse proves one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from kalshi_client.rest.outcomes import (
    ACCEPTING,
    Answer,
    CancelResult,
    CreateOrder,
    NoAnswer,
    SendResult,
    judge_cancel,
    judge_create,
)
from kalshi_client.wire.bodies import read, read_error
from kalshi_client.wire.numbers import OptionalName
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import Malformed

REFUSING_CODES: Final = frozenset(
    {
        "authentication_error",
        "bad_request",
        "exchange_is_paused",
        "fill_or_kill_insufficient_resting_volume",
        "insufficient_balance",
        "invalid_order",
        "invalid_parameters",
        "market_inactive",
        "market_not_found",
        "missing_parameters",
        "not_found",
        "trading_is_paused",
    }
)  # protocol 2.3; the engine writes some of them in upper case


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """One order of a batch. Without the ticker only shard 0 would look for it."""

    order_id: str
    ticker: str
    exchange_index: int
    subaccount: int | None = None  # None: the primary

    def fields(self) -> dict[str, Any]:
        named = {} if self.subaccount is None else {"subaccount": self.subaccount}
        return {
            "order_id": self.order_id,
            "market_ticker": self.ticker,
            "exchange_index": self.exchange_index,
            **named,
        }


def judge_batch_create(orders: Sequence[CreateOrder], attempt: Answer | NoAnswer) -> list[SendResult]:
    """The proven outcome of each order, in their order."""
    rows = _rows(attempt, ACCEPTING, len(orders))
    if rows is None:
        return [judge_create(order, attempt) for order in orders]
    return [_judge_create_row(order, row) for order, row in zip(orders, rows, strict=True)]


def judge_batch_cancel(cancels: Sequence[CancelOrder], attempt: Answer | NoAnswer) -> list[CancelResult]:
    """The proven outcome of each cancel, in their order."""
    rows = _rows(attempt, frozenset({200}), len(cancels))
    if rows is None:
        return [judge_cancel(cancel.order_id, attempt) for cancel in cancels]
    return [_judge_cancel_row(cancel, row) for cancel, row in zip(cancels, rows, strict=True)]


def _rows(attempt: Answer | NoAnswer, accepting: frozenset[int], expected: int) -> list[bytes] | None:
    """The answer to each order; None when the attempt as a whole says all there is to say.

    A list of another length cannot be told apart, so it is no answer to any order.
    """
    if isinstance(attempt, NoAnswer) or attempt.status not in accepting:
        return None
    rows = read(attempt.body, _Batch)
    if isinstance(rows, Malformed) or len(rows) != expected:
        return [b""] * expected
    return rows


def _judge_create_row(order: CreateOrder, row: bytes) -> SendResult:
    problem = read(row, _RowProblem)
    if isinstance(problem, Malformed):
        return SendResult("unknown", code="malformed_ack", detail=problem.reason)
    if not problem.has_error:
        return judge_create(order, Answer(201, row))
    if problem.client_order_id not in ("", order.client_order_id):
        return SendResult("unknown", code="foreign_ack", detail=problem.client_order_id)
    return SendResult(_proven(problem.code), code=problem.code, detail=problem.detail)


def _judge_cancel_row(cancel: CancelOrder, row: bytes) -> CancelResult:
    problem = read(row, _RowProblem)
    if isinstance(problem, Malformed):
        return CancelResult("unknown", code="malformed_ack")
    if not problem.has_error:
        return judge_cancel(cancel.order_id, Answer(200, row))
    if problem.order_id not in ("", cancel.order_id):
        return CancelResult("unknown", code="foreign_ack")
    return CancelResult(_proven(problem.code), code=problem.code)


def _proven(code: str) -> Literal["rejected", "unknown"]:
    return "rejected" if code.lower() in REFUSING_CODES else "unknown"


@dataclass(frozen=True, slots=True)
class _Problem:
    has_error: bool
    code: str
    detail: str
    order_id: str
    client_order_id: str


class _RowProblem(Struct):
    """A row, as far as it says what went wrong."""

    error: Raw = Raw()
    order_id: Needed[OptionalName | None] = None
    client_order_id: Needed[OptionalName | None] = None

    def to_value(self) -> _Problem:
        told = bytes(self.error) or b"null"
        has_error = told != b"null"
        said = read_error(b'{"error":' + told + b"}")
        return _Problem(has_error, said.code, said.detail, self.order_id or "", self.client_order_id or "")


class _Batch(Struct):
    orders: list[Raw]

    def to_value(self) -> list[bytes]:
        return [bytes(row) for row in self.orders]


def create_body(orders: Sequence[CreateOrder]) -> bytes:
    return msgspec.json.encode({"orders": [Raw(order.body()) for order in orders]})


def cancel_body(cancels: Sequence[CancelOrder]) -> bytes:
    return msgspec.json.encode({"orders": [cancel.fields() for cancel in cancels]})
