"""The proof of an attempt: a table over every kind of answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.rest.outcomes import (
    Answer,
    CancelResult,
    CreateOrder,
    NoAnswer,
    SendResult,
    judge_cancel,
    judge_create,
)

OURS, THEIRS = "rl1-1a2b3c4d-sq7x9-12", "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"
TS_MS = 1_795_345_393_123
NYC = "KXRAIN-26DEC31-NYC"
ORDER = CreateOrder(NYC, "bid", 1000, 4500, "good_till_canceled", OURS, 0, True, 1795345453)


def answer(status, body=b""):
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def ack(**changes):
    body = {"order_id": THEIRS, "client_order_id": OURS, "fill_count": "4.00"}
    return {**body, "remaining_count": "6.00", "ts_ms": 1795345393123, **changes}


def error(code):
    return {"error": {"code": code, "message": "m"}}


def test_request_is_the_golden_one(golden):
    assert json.loads(ORDER.body()) == golden("rest_create_order_resting")["request"]

    ioc = CreateOrder(NYC, "bid", 1000, 4700, "immediate_or_cancel", OURS, 0)
    assert json.loads(ioc.body()) == golden("rest_create_order_filled")["request"]


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("create_order_resting", SendResult("accepted", THEIRS, 0, 1000, ts_ms=TS_MS)),
        (
            "create_order_filled",
            SendResult(
                "accepted",
                THEIRS,
                400,
                0,
                average_price_e6=465_000,
                average_fee_e6=17_400,
                ts_ms=TS_MS,
            ),
        ),
        ("create_order_unfilled", SendResult("accepted", THEIRS, 0, 0, ts_ms=TS_MS)),
        (
            "create_order_post_only_cross",
            SendResult("rejected", code="invalid_order", detail="post only cross"),
        ),
        (
            "create_order_malformed",
            SendResult("rejected", code="bad_request", detail="body cannot be parsed"),
        ),
        (
            "create_order_already_exists",
            SendResult("unknown", code="order_already_exists", detail="order already exists"),
        ),
        ("error_too_many_requests", SendResult("rejected", code="too many requests")),
    ],
)
def test_golden_answers_to_a_create(golden, name, result):
    told = golden(f"rest_{name}")

    assert judge_create(ORDER, answer(told["status"], told["body"])) == result


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (NoAnswer(sent=False, detail="refused"), "not_sent"),
        (NoAnswer(sent=True, detail="reset"), "unknown"),
        (answer(200, ack()), "accepted"),
        (answer(201, ack(client_order_id=None)), "accepted"),
        (answer(201, ack(average_fill_price="NaN", average_fee_paid=-1)), "accepted"),
        (answer(201, ack(ts_ms=None)), "accepted"),
        (answer(201, ack(ts_ms="now")), "accepted"),
        (answer(201, ack(client_order_id=7)), "unknown"),
        (answer(201, ack(client_order_id="somebody-elses")), "unknown"),
        (answer(201, ack(order_id="")), "unknown"),
        (answer(201, ack(order_id=None)), "unknown"),
        (answer(201, ack(remaining_count="6.01")), "unknown"),
        (answer(201, ack(fill_count="-1.00")), "unknown"),
        (answer(201, ack(fill_count="NaN")), "unknown"),
        (answer(201, b""), "unknown"),
        (answer(201, b"{}"), "unknown"),
        (answer(201, json.dumps(ack()).encode()[:-5]), "unknown"),
        (answer(201, b"<html>"), "unknown"),
        (answer(202, ack()), "unknown"),
        (answer(204, b""), "unknown"),
        (answer(302, b""), "unknown"),
        (answer(400, b"<html>"), "rejected"),
        (answer(401, error("authentication_error")), "rejected"),
        (answer(403, b""), "rejected"),
        (answer(404, error("market_not_found")), "rejected"),
        (answer(408, b""), "unknown"),
        (answer(409, error("trading_is_paused")), "rejected"),
        (answer(409, error("fill_or_kill_insufficient_resting_volume")), "rejected"),
        (answer(409, error("ORDER_ALREADY_EXISTS")), "unknown"),
        (answer(409, b""), "unknown"),
        (answer(400, error("order_already_exists")), "unknown"),
        (answer(410, error("GONE")), "rejected"),
        (answer(418, b""), "unknown"),
        (answer(422, error("insufficient_balance")), "unknown"),
        (answer(429, {"error": "too many requests"}), "rejected"),
        (answer(500, error("internal")), "unknown"),
        (answer(502, b"<html>"), "unknown"),
        (answer(503, error("invalid_order")), "unknown"),
        (answer(599, b""), "unknown"),
    ],
)
def test_outcome_of_a_create(attempt, outcome):
    assert judge_create(ORDER, attempt).outcome == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("host", "to"), [("evil.example", " to evil.example"), ("", "")])
def test_a_redirect_proves_nothing_and_is_named(status, host, to):
    redirect = Answer(status, b'{"error":{"code":"invalid_order"}}', redirected_to=host)
    said = {"code": "redirected", "detail": f"redirected{to}, which is not followed"}

    assert judge_create(ORDER, redirect) == SendResult("unknown", **said)
    assert judge_cancel(THEIRS, redirect) == CancelResult("unknown", **said)


@pytest.mark.parametrize(
    ("attempt", "result"),
    [
        (NoAnswer(sent=False, detail=""), CancelResult("not_sent", code="no_answer")),
        (NoAnswer(sent=True, detail=""), CancelResult("unknown", code="no_answer")),
        (answer(200, {"order_id": THEIRS, "reduced_by": "6.00"}), CancelResult("canceled", 600)),
        (answer(200, {"order_id": OURS, "reduced_by": "6.00"}), CancelResult("unknown", code="foreign_ack")),
        (answer(200, {"order_id": THEIRS}), CancelResult("unknown", code="malformed_ack")),
        (answer(200, b""), CancelResult("unknown", code="malformed_ack")),
        (answer(201, b""), CancelResult("unknown", code="201")),
        (answer(404, error("not_found")), CancelResult("rejected", code="not_found", detail="m")),
        (
            answer(409, error("exchange_is_paused")),
            CancelResult("rejected", code="exchange_is_paused", detail="m"),
        ),
        (answer(429, b""), CancelResult("rejected", code="429")),
        (answer(408, b""), CancelResult("unknown", code="408")),
        (answer(500, b""), CancelResult("unknown", code="500")),
    ],
)  # fmt: skip  # one row a case
def test_outcome_of_a_cancel(attempt, result):
    assert judge_cancel(THEIRS, attempt) == result


@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_no_answer_without_our_ids_is_ever_an_acceptance(status, body):
    assert judge_create(ORDER, Answer(status, body)).outcome in ("rejected", "unknown")
    assert judge_cancel(THEIRS, Answer(status, body)).outcome in ("rejected", "unknown")
