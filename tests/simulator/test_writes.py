"""The exchange counts every request that would change something, whatever becomes of it."""

from tests.simulator.conversation import first_market, talk


async def writes(client) -> int:
    _, ledger = await client.control("GET", "/ledger")
    return ledger["writes"]


def test_reads_sockets_and_control_are_no_writes():
    async def conversation(client):
        await client.call("GET", "/portfolio/balance")
        await client.control("POST", "/flow", {"rate": 0})
        async with client.listener() as listener:
            await listener.subscribe("ticker")

        assert await writes(client) == 0

    talk(conversation)


def test_a_write_counts_however_it_ends():
    async def conversation(client):
        ticker = (await first_market(client))["ticker"]
        accepted = await client.order(ticker, "bid", "0.0100")
        refused = await client.order("NOWHERE", "bid", "0.0100")
        unsigned = await client.call("POST", "/portfolio/events/orders", signed=False, body={})
        unknown = await client.call("DELETE", "/portfolio/nothing")
        await client.control("POST", "/faults", {"kind": "error_5xx", "where": "writes", "count": 1})
        failed = await client.order(ticker, "bid", "0.0100")

        assert [status for status, _ in (accepted, refused, unsigned, unknown, failed)] == [
            201, 404, 401, 404, 500,
        ]  # fmt: skip
        assert await writes(client) == 5

    talk(conversation)
