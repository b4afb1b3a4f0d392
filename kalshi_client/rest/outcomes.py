"""The outcome of an attempt to place or cancel an order.

Three classes, and nothing is ever guessed:

* not_sent: the failure came before the first byte of the request left
* proven:   the status alone rejects, or a 2xx names our order
* unknown:  everything else. A network error is never evidence about an order
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from kalshi_client.wire.bodies import read, read_error
from kalshi_client.wire.numbers import (
    CountText,
    MoneyText,
    Name,
    OptionalName,
    TsMs,
    count_e2,
    money_e6,
    told,
)
from kalshi_client.wire.records import CancelAck, OrderAck
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import Malformed
from trading.events import CancelOutcome
from trading.market import BookSide, format_count_e2, format_price_e4

TimeInForce = Literal["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]
SelfTradePrevention = Literal["taker_at_cross", "maker"]  # which of two own orders goes (protocol 7.2)

REJECTING: Final = frozenset({400, 401, 403, 404, 409, 410, 429})
ACCEPTING: Final = frozenset({200, 201})  # 201 is documented, 200 was seen as well (protocol 3.3)
REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
ALREADY_EXISTS: Final = "order_already_exists"
REDIRECTED: Final = "redirected"
"""Code of a write that was answered by a redirect, which is never followed. Whoever answered may have passed
the write on, so its outcome stays unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    body: bytes
    clock_corrected: bool = False  # refused for its time, and signed with another one from now on
    retry_after_s: float = 0.0  # what whoever answered asked for; Kalshi itself never does (protocol 6)
    redirected_to: str = ""  # the host that a redirect names


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No response, or not the whole of it. ``sent`` unless no byte of the request can have left."""

    sent: bool
    detail: str


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """An order for the one YES book (protocol 3.3, 7.1)."""

    ticker: str
    side: BookSide
    count_e2: int
    price_e4: int  # YES price
    time_in_force: TimeInForce
    client_order_id: str
    exchange_index: int
    post_only: bool = False
    expiration_s: int | None = None  # epoch seconds; only with good_till_canceled
    reduce_only: bool = False  # only with immediate_or_cancel; never more than the position
    cancel_on_pause: bool = True
    self_trade_prevention: SelfTradePrevention = "taker_at_cross"
    order_group_id: str = ""
    subaccount: int | None = None  # None: the primary

    def body(self) -> bytes:
        """The request body."""
        fields: dict[str, Any] = {
            "ticker": self.ticker,
            "side": self.side,
            "count": format_count_e2(self.count_e2),
            "price": format_price_e4(self.price_e4),
            "time_in_force": self.time_in_force,
            "self_trade_prevention_type": self.self_trade_prevention,
            "client_order_id": self.client_order_id,
            "post_only": self.post_only,
            "cancel_order_on_pause": self.cancel_on_pause,
            "exchange_index": self.exchange_index,
        }
        if self.expiration_s is not None:
            fields["expiration_time"] = self.expiration_s
        if self.reduce_only:
            fields["reduce_only"] = True
        if self.order_group_id:
            fields["order_group_id"] = self.order_group_id
        if self.subaccount is not None:
            fields["subaccount"] = self.subaccount
        return msgspec.json.encode(fields)


@dataclass(frozen=True, slots=True)
class SendResult:
    """Ends up in the ledger as ``trading.events.Answered``."""

    outcome: Literal["accepted", "rejected", "not_sent", "unknown"]
    order_id: str = ""
    fill_count_e2: int = 0
    remaining_e2: int = 0
    code: str = ""
    detail: str = ""
    average_price_e6: int | None = None  # of what it took at once, in dollars a contract
    average_fee_e6: int | None = None
    ts_ms: int = 0  # of the engine


@dataclass(frozen=True, slots=True)
class CancelResult:
    """Ends up in the ledger as ``trading.events.CancelAnswered``."""

    outcome: CancelOutcome
    reduced_by_e2: int = 0
    code: str = ""
    detail: str = ""


def judge_create(order: CreateOrder, attempt: Answer | NoAnswer) -> SendResult:
    """The proven outcome of the one attempt to send ``order``."""
    if isinstance(attempt, NoAnswer):
        return SendResult("unknown" if attempt.sent else "not_sent", code="no_answer", detail=attempt.detail)
    if attempt.status in ACCEPTING:
        return _judge_ack(order, read(attempt.body, _CreateAck))
    outcome, code, detail = refusal(attempt)
    return SendResult(outcome, code=code, detail=detail)


def _judge_ack(order: CreateOrder, ack: OrderAck | Malformed) -> SendResult:
    if isinstance(ack, Malformed):
        return SendResult("unknown", code="malformed_ack", detail=ack.reason)
    if ack.client_order_id not in ("", order.client_order_id):
        return SendResult("unknown", code="foreign_ack", detail=ack.client_order_id)
    if ack.fill_count_e2 + ack.remaining_e2 > order.count_e2:
        return SendResult("unknown", code="impossible_ack", detail="more than was ordered")
    return SendResult(
        "accepted",
        ack.order_id,
        ack.fill_count_e2,
        ack.remaining_e2,
        average_price_e6=ack.average_price_e6,
        average_fee_e6=ack.average_fee_e6,
        ts_ms=ack.ts_ms,
    )


def judge_cancel(order_id: str, attempt: Answer | NoAnswer) -> CancelResult:
    """The proven outcome of one attempt to cancel. A rejection says nothing about how the order ended."""
    if isinstance(attempt, NoAnswer):
        return CancelResult("unknown" if attempt.sent else "not_sent", code="no_answer")
    if attempt.status == 200:
        ack = read(attempt.body, _CancelAck)
        if isinstance(ack, Malformed):
            return CancelResult("unknown", code="malformed_ack")
        if ack.order_id != order_id:
            return CancelResult("unknown", code="foreign_ack")
        return CancelResult("canceled", ack.reduced_by_e2)
    outcome, code, detail = refusal(attempt)
    return CancelResult(outcome, code=code, detail=detail)


def refusal(answer: Answer) -> tuple[Literal["rejected", "unknown"], str, str]:
    """Outcome, code and detail of an answer that accepts nothing."""
    if answer.status in REDIRECTING:
        to = f" to {answer.redirected_to}" if answer.redirected_to else ""
        return "unknown", REDIRECTED, f"redirected{to}, which is not followed"
    error = read_error(answer.body)
    outcome: Literal["rejected", "unknown"] = "rejected" if rejects(answer.status, error.code) else "unknown"
    return outcome, error.code or str(answer.status), error.detail


def rejects(status: int, code: str) -> bool:
    """Whether this error proves that nothing was done.

    Not when our id was used before, nor for a 409 that does not say why: the order that used the
    id may be ours.
    """
    if code.lower() == ALREADY_EXISTS or (status == 409 and not code):
        return False
    return status in REJECTING


class _CreateAck(Struct):
    order_id: Name
    fill_count: CountText
    remaining_count: CountText
    client_order_id: Needed[OptionalName | None] = None
    ts_ms: TsMs | None = None
    average_fill_price: MoneyText | None = None
    average_fee_paid: MoneyText | None = None

    def to_value(self) -> OrderAck:
        return OrderAck(
            self.order_id,
            self.client_order_id or "",
            count_e2(self.fill_count),
            count_e2(self.remaining_count),
            told(money_e6, self.average_fill_price),
            told(money_e6, self.average_fee_paid),
            self.ts_ms or 0,
        )


class _CancelAck(Struct):
    order_id: Name
    reduced_by: CountText

    def to_value(self) -> CancelAck:
        return CancelAck(self.order_id, count_e2(self.reduced_by))
