"""The outcome of an attempt to change an order, all orders or a group.

As in ``outcomes``: rejected only where the answer says so, accepted only where it names what was
asked for, and unknown otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from kalshi_client.rest.outcomes import Answer, NoAnswer, refusal
from kalshi_client.wire.bodies import read
from kalshi_client.wire.numbers import CountText, Name, Shard, TsMs, count_e2, told
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import Malformed
from trading.market import BookSide, format_count_e2, format_price_e4

Outcome = Literal["accepted", "rejected", "not_sent", "unknown"]

KEEP_EXPIRY: Final = -1
NO_EXPIRY: Final = 0
DONE: Final = frozenset({200, 201, 204})


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """The new terms of a resting order (protocol 3.3)."""

    order_id: str
    ticker: str
    side: BookSide
    price_e4: int  # YES price; another one loses the place in the queue
    total_e2: int  # already filled and wanted remaining together; more loses the place in the queue
    exchange_index: int
    client_order_id: str = ""  # of the order, checked by the venue
    updated_client_order_id: str = ""  # "" keeps it
    expiration_s: int = KEEP_EXPIRY  # epoch seconds

    def body(self) -> bytes:
        """The request body."""
        fields: dict[str, Any] = {
            "ticker": self.ticker,
            "side": self.side,
            "price": format_price_e4(self.price_e4),
            "count": format_count_e2(self.total_e2),
            "exchange_index": self.exchange_index,
        }
        if self.client_order_id:
            fields["client_order_id"] = self.client_order_id
        if self.updated_client_order_id:
            fields["updated_client_order_id"] = self.updated_client_order_id
        if self.expiration_s != KEEP_EXPIRY:
            fields["expiration_time"] = self.expiration_s
        return msgspec.json.encode(fields)


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """Of an amend or a decrease. Counts are None where the answer does not say them.

    A rejection says nothing about how the order ended.
    """

    outcome: Outcome
    fill_count_e2: int | None = None
    remaining_e2: int | None = None
    ts_ms: int = 0
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DoneResult:
    """Of a write whose success has nothing to tell: cancel all, and changes of an order group."""

    outcome: Outcome
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Of the creation of an order group. An unknown one may be found in the list of groups."""

    outcome: Outcome
    group_id: str = ""
    exchange_index: int = 0
    code: str = ""
    detail: str = ""


def judge_amend(amend: AmendOrder, attempt: Answer | NoAnswer) -> ChangeResult:
    """The proven outcome of one attempt to amend."""
    result = _judge_change(amend.order_id, attempt)
    told = (result.fill_count_e2 or 0) + (result.remaining_e2 or 0)
    if result.outcome == "accepted" and told > amend.total_e2:
        return ChangeResult("unknown", code="impossible_ack", detail="more than was asked for")
    return result


def judge_decrease(order_id: str, attempt: Answer | NoAnswer) -> ChangeResult:
    """The proven outcome of one attempt to decrease."""
    return _judge_change(order_id, attempt)


def judge_done(attempt: Answer | NoAnswer) -> DoneResult:
    """The proven outcome of a write that has no acknowledgement of its own: the status has to say it all."""
    if isinstance(attempt, Answer) and attempt.status in DONE:
        return DoneResult("accepted")
    return DoneResult(*_failure(attempt))


def judge_group_created(attempt: Answer | NoAnswer) -> GroupResult:
    """The proven outcome of one attempt to create a group."""
    if isinstance(attempt, Answer) and attempt.status in (200, 201):
        ack = read(attempt.body, _GroupAck)
        if isinstance(ack, Malformed):
            return GroupResult("unknown", code="malformed_ack", detail=ack.reason)
        return ack
    outcome, code, detail = _failure(attempt)
    return GroupResult(outcome, code=code, detail=detail)


def _judge_change(order_id: str, attempt: Answer | NoAnswer) -> ChangeResult:
    if isinstance(attempt, Answer) and attempt.status == 200:
        ack = read(attempt.body, _ChangeAck)
        if isinstance(ack, Malformed):
            return ChangeResult("unknown", code="malformed_ack", detail=ack.reason)
        acked, result = ack
        return result if acked == order_id else ChangeResult("unknown", code="foreign_ack", detail=acked)
    outcome, code, detail = _failure(attempt)
    return ChangeResult(outcome, code=code, detail=detail)


def _failure(attempt: Answer | NoAnswer) -> tuple[Outcome, str, str]:
    """Outcome, code and detail of an attempt that was not accepted."""
    if isinstance(attempt, NoAnswer):
        return "unknown" if attempt.sent else "not_sent", "no_answer", attempt.detail
    return refusal(attempt)


class _ChangeAck(Struct):
    order_id: Name
    fill_count: Needed[CountText | None] = None
    remaining_count: Needed[CountText | None] = None
    ts_ms: TsMs | None = None

    def to_value(self) -> tuple[str, ChangeResult]:
        return self.order_id, ChangeResult(
            "accepted",
            told(count_e2, self.fill_count),
            told(count_e2, self.remaining_count),
            self.ts_ms or 0,
        )


class _GroupAck(Struct):
    order_group_id: Name
    exchange_index: Needed[Shard | None] = None

    def to_value(self) -> GroupResult:
        return GroupResult("accepted", self.order_group_id, self.exchange_index or 0)
