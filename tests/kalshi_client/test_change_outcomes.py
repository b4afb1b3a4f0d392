"""The proof of an attempt to change orders or groups: a table over every kind of answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.rest.batch_outcomes import (
    CancelOrder,
    cancel_body,
    create_body,
    judge_batch_cancel,
    judge_batch_create,
)
from kalshi_client.rest.change_outcomes import (
    NO_EXPIRY,
    AmendOrder,
    ChangeResult,
    DoneResult,
    GroupResult,
    judge_amend,
    judge_decrease,
    judge_done,
    judge_group_created,
)
from kalshi_client.rest.outcomes import Answer, CancelResult, CreateOrder, NoAnswer, SendResult

OURS, THEIRS = "rl1-1a2b3c4d-sq7x9-12", "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"
OTHER = "2c9e7a10-52c1-4f0e-9b7d-0d1e2f3a4b5c"
NYC = "KXRAIN-26DEC31-NYC"
ORDER = CreateOrder(NYC, "bid", 1000, 4500, "good_till_canceled", OURS, 0, True, 1795345453)
ASK = CreateOrder(NYC, "ask", 1000, 4500, "good_till_canceled", OURS[:-1] + "3", 0, True, 1795345453)
CANCELS = [CancelOrder(THEIRS, NYC, 0), CancelOrder(OTHER, NYC, 0)]
AMEND = AmendOrder(THEIRS, NYC, "bid", 4400, 1000, 0)
TS_MS = 1_795_345_393_123


def answer(status, body=b""):
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def error(code):
    return {"error": {"code": code, "message": "m", "details": ""}}


def told(golden, name):
    record = golden(f"rest_{name}")
    return answer(record["status"], record["body"])


# --- what is sent --------------------------------------------------------------------------------


def test_requests_are_the_golden_ones(golden):
    asked = golden("rest_amend_order")["request"]

    assert json.loads(AMEND.body()) == asked | {"exchange_index": 0}
    assert json.loads(create_body([ORDER, ASK])) == golden("rest_create_orders")["request"]
    assert json.loads(cancel_body(CANCELS)) == golden("rest_cancel_orders")["request"]


def test_amend_says_only_what_is_to_change():
    full = AmendOrder(THEIRS, NYC, "ask", 4400, 1000, 2, "a", "b", NO_EXPIRY)

    assert json.loads(full.body()) == {
        "ticker": NYC,
        "side": "ask",
        "price": "0.4400",
        "count": "10.00",
        "exchange_index": 2,
        "client_order_id": "a",
        "updated_client_order_id": "b",
        "expiration_time": 0,
    }


# --- golden answers ------------------------------------------------------------------------------


def test_golden_answers_are_understood(golden):
    assert judge_amend(AMEND, told(golden, "amend_order")) == ChangeResult("accepted", 0, 600, TS_MS)
    assert judge_decrease(THEIRS, told(golden, "decrease_order")) == ChangeResult(
        "accepted", None, 500, TS_MS
    )
    assert judge_group_created(told(golden, "order_group_created")) == GroupResult(
        "accepted", "7d0e6a3e-6c0c-4a1d-9a54-0f5f6f0f2b11", 0
    )
    assert judge_done(told(golden, "order_group_limit")) == DoneResult("accepted")
    assert judge_batch_create([ORDER, ASK], told(golden, "create_orders")) == [
        SendResult("accepted", THEIRS, 0, 1000, ts_ms=TS_MS),
        SendResult("rejected", code="invalid_order", detail="post only cross"),
    ]
    assert judge_batch_cancel(CANCELS, told(golden, "cancel_orders")) == [
        CancelResult("canceled", 600),
        CancelResult("rejected", code="not_found"),
    ]


# --- failures, the same for every write ----------------------------------------------------------

FAILURES = [
    (NoAnswer(sent=False, detail=""), "not_sent"),
    (NoAnswer(sent=True, detail=""), "unknown"),
    (answer(302), "unknown"),
    (answer(400, b"<html>"), "rejected"),
    (answer(401, error("header_timestamp_expired")), "rejected"),
    (answer(403), "rejected"),
    (answer(404, error("not_found")), "rejected"),
    (answer(408), "unknown"),
    (answer(409, error("trading_is_paused")), "rejected"),
    (answer(409), "unknown"),
    (answer(409, error("order_already_exists")), "unknown"),
    (answer(410), "rejected"),
    (answer(418), "unknown"),
    (answer(429, {"error": "too many requests"}), "rejected"),
    (answer(500, error("not_found")), "unknown"),
    (answer(503), "unknown"),
]
JUDGES = {
    "amend": lambda attempt: [judge_amend(AMEND, attempt)],
    "decrease": lambda attempt: [judge_decrease(THEIRS, attempt)],
    "done": lambda attempt: [judge_done(attempt)],
    "group": lambda attempt: [judge_group_created(attempt)],
    "batch create": lambda attempt: judge_batch_create([ORDER, ASK], attempt),
    "batch cancel": lambda attempt: judge_batch_cancel(CANCELS, attempt),
}


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize(("attempt", "outcome"), FAILURES)
def test_failure_of_any_write_proves_as_much_as_that_of_a_create(judge, attempt, outcome):
    results = JUDGES[judge](attempt)

    assert {result.outcome for result in results} == {outcome}
    assert all(result.code for result in results)


@pytest.mark.parametrize("judge", JUDGES)
@given(status=st.integers(100, 599), body=st.binary(max_size=60))
def test_no_answer_is_ever_too_strange(judge, status, body):
    results = JUDGES[judge](answer(status, body))

    if status == 408 or status >= 500:
        assert {result.outcome for result in results} == {"unknown"}


# --- answers of success that prove nothing -------------------------------------------------------


@pytest.mark.parametrize(
    "ack",
    [
        {"order_id": OTHER, "ts_ms": 1},
        {"ts_ms": 1},
        {"order_id": THEIRS, "ts_ms": 1, "remaining_count": "-1.00"},
        {"order_id": THEIRS, "ts_ms": 1, "remaining_count": "10.00", "fill_count": "0.01"},
        [],
    ],
)
def test_amend_that_answers_for_something_else_is_unknown(ack):
    assert judge_amend(AMEND, answer(200, ack)).outcome == "unknown"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"order_group_id":""}', b"<html>"])
def test_group_without_a_name_is_unknown(body):
    assert judge_group_created(Answer(201, body)).outcome == "unknown"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_write_whose_success_tells_nothing_is_done_by_its_status(status):
    assert judge_done(answer(status)) == DoneResult("accepted")


def row(**changes):
    body = {"order_id": THEIRS, "client_order_id": OURS, "fill_count": "0.00", "remaining_count": "10.00"}
    return body | {"ts_ms": 1} | changes


@pytest.mark.parametrize(
    ("rows", "outcomes"),
    [
        ([row()], ["unknown", "unknown"]),  # which of the two is it?
        ([row(), row(), row()], ["unknown", "unknown"]),
        ([row(), row()], ["accepted", "unknown"]),  # the second answers for another order
        ([row(), 5], ["accepted", "unknown"]),
        ([row(), {}], ["accepted", "unknown"]),
        ([row(), error("order_already_exists")], ["accepted", "unknown"]),
        ([row(), error("MARKET_INACTIVE")], ["accepted", "rejected"]),
        ([row(), error("internal_error")], ["accepted", "unknown"]),
        ([row(), error("")], ["accepted", "unknown"]),
        ([row(), {"error": "service unavailable"}], ["accepted", "unknown"]),
        ([row(), error("invalid_order") | {"client_order_id": OURS}], ["accepted", "unknown"]),
        ([row(error=None), row(error={"code": "not_found"})], ["accepted", "unknown"]),
    ],
)
def test_batch_proves_of_each_order_what_its_own_row_says(rows, outcomes):
    results = judge_batch_create([ORDER, ASK], answer(201, {"orders": rows}))

    assert [result.outcome for result in results] == outcomes


@pytest.mark.parametrize(
    ("second", "outcome"),
    [
        ({"order_id": OTHER, "reduced_by": "1.00"}, "canceled"),
        ({"order_id": THEIRS, "reduced_by": "1.00"}, "unknown"),
        ({"order_id": OTHER}, "unknown"),
        ({"order_id": OTHER, "reduced_by": "0.00"} | error("not_found"), "rejected"),
        ({"order_id": OTHER, "reduced_by": "0.00"} | error("internal_error"), "unknown"),
        ({"order_id": THEIRS, "reduced_by": "0.00"} | error("not_found"), "unknown"),
    ],
)
def test_batch_cancel_proves_of_each_order_what_its_own_row_says(second, outcome):
    body = {"orders": [{"order_id": THEIRS, "reduced_by": "6.00"}, second]}

    results = judge_batch_cancel(CANCELS, answer(200, body))

    assert [result.outcome for result in results] == ["canceled", outcome]
