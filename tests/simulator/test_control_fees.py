from __future__ import annotations

import pytest

from tests.simulator.conversation import Client, first_market, talk


def test_a_fee_change_is_announced_and_comes_into_force():
    async def conversation(client: Client) -> None:
        event = (await first_market(client))["event_ticker"]
        change = {"event": event, "fee_type": "quadratic", "fee_multiplier": 0.5}
        assert await client.control("POST", "/fees", change | {"in_s": 3600}) == (200, {})
        _, announced = await client.call("GET", "/events/fee_changes")
        assert announced["event_fee_changes"][0]["event_ticker"] == event

        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            await client.control("POST", "/fees", change)
            assert (await listener.next("event_fee_update"))["msg"]["fee_multiplier_override"] == 0.5
        _, body = await client.call("GET", f"/events/{event}")
        assert body["event"]["fee_multiplier_override"] == 0.5

    talk(conversation)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event": "KXNONE"},
        {"series": "KXRAIN"},
        {"series": "KXRAIN", "fee_type": "free", "fee_multiplier": 1},
        {"series": "KXRAIN", "fee_type": "flat", "fee_multiplier": -1},
        {"series": "KXRAIN", "fee_type": "flat", "fee_multiplier": 1, "when": 0},
        {"series": "KXRAIN", "fee_type": "flat", "fee_multiplier": 1, "in_s": 1e300},
        [],
    ],
)
def test_a_nonsense_fee_change_is_refused(body):
    async def conversation(client: Client) -> None:
        assert (await client.control("POST", "/fees", body))[0] == 400

    talk(conversation)
