"""The control API is closed to web sites, by whatever name or form they come."""

import json

import pytest

from simulator.access.control_admission import find_intruder
from tests.simulator.conversation import Client, talk

OURS = {"Host": "127.0.0.1:8100"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (OURS, None),
        ({"Host": "localhost:8100"}, None),
        ({"Host": "[::1]:8100"}, None),
        (OURS | {"Origin": "http://127.0.0.1:8100"}, None),
        (OURS | {"Content-Type": "application/json"}, None),
        (OURS | {"Content-Type": "application/x-www-form-urlencoded"}, None),  # curl -d
        ({}, "bad_request"),
        ({"Host": "[bad"}, "bad_request"),
        ({"Host": "a@127.0.0.1"}, "bad_request"),
        ({"Host": "evil.example:8100"}, "misdirected"),
        ({"Host": "192.168.1.4:8100"}, "misdirected"),
        (OURS | {"Origin": "http://evil.example"}, "forbidden"),
        (OURS | {"Origin": "http://127.0.0.1:9999"}, "forbidden"),
        (OURS | {"Origin": "http://[bad"}, "forbidden"),
        (OURS | {"Origin": "null"}, "forbidden"),
        (OURS | {"Content-Type": "text/plain;charset=UTF-8"}, "unsupported_media_type"),
        (OURS | {"Content-Type": "Multipart/Form-Data; boundary=x"}, "unsupported_media_type"),
    ],
)
def test_a_request_that_a_browser_could_make_for_another_site_is_refused(headers, code):
    refusal = find_intruder(headers)

    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "[bad"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_web_site_neither_reads_the_ledger_nor_stops_the_flow(headers, status):
    async def conversation(client: Client) -> None:
        client.exchange.rate = 300.0
        url = f"{client.served.control_url}/flow"
        async with client.http.post(url, data=json.dumps({"rate": 0}), headers=headers) as answer:
            assert answer.status == status
        if "Content-Type" not in headers:
            async with client.http.get(f"{client.served.control_url}/ledger", headers=headers) as answer:
                assert answer.status == status
                assert "cash" not in await answer.text()

        assert client.exchange.rate == 300.0

    talk(conversation)
