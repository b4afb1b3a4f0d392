"""``exchange --state``: what was answered is still so after the program was killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cli.main import main

RUN_PY = Path(__file__).parents[2] / "run.py"


class Running:
    """An exchange of its own process, with a user who signs."""

    def __init__(self, folder: Path, *flags: str) -> None:
        command = [sys.executable, str(RUN_PY), "exchange", "--control", "--state", str(folder), *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline())
        key = load_pem_private_key(Path(self.told["private_key_path"]).read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key

    def call(self, method: str, path: str, body: object = None) -> dict:
        timestamp = str(time.time_ns() // 1_000_000)
        text = f"{timestamp}{method}/trade-api/v2{path.partition('?')[0]}".encode()
        signature = self.key.sign(text, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        headers = {
            "KALSHI-ACCESS-KEY": self.told["key_id"],
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": b64encode(signature).decode(),
        }
        return self._ask(method, self.told["rest_url"] + path, body, headers)

    def control(self, method: str, path: str, body: object = None) -> dict:
        return self._ask(method, self.told["control_url"] + path, body, {})

    def _ask(self, method: str, url: str, body: object, headers: dict[str, str]) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def order(self, ticker: str, price: str, name: str) -> dict:
        body = {
            "ticker": ticker,
            "side": "bid",
            "count": "3.00",
            "price": price,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
            "client_order_id": name,
        }
        return self.call("POST", "/portfolio/events/orders", body)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path):
    running: list[Running] = []

    def begin(*flags: str) -> Running:
        running.append(Running(tmp_path / "state", *flags))
        return running[-1]

    yield begin
    for each in running:
        each.kill()
        assert each.process.stdout is not None
        each.process.stdout.close()


def test_everything_answered_survives_a_kill(start):
    first = start("--markets", "60", "--tier", "unlimited", "--account", "bob:77")
    markets = first.call("GET", "/markets?status=open")["markets"]
    for number, market in enumerate(markets[:8]):
        first.order(market["ticker"], market["yes_bid_dollars"], f"rests:{number}")
        first.order(market["ticker"], "0.9900", f"takes:{number}")
    first.control("POST", "/flow", {"rate": 0})
    ledger = first.control("GET", "/ledger")
    accounts = first.control("GET", "/accounts")
    first.kill()

    second = start()

    assert second.control("GET", "/ledger") == ledger
    assert second.control("GET", "/accounts") == accounts
    assert second.told["key_id"] == first.told["key_id"]
    assert [account["name"] for account in second.told["accounts"]] == ["bob"]
    assert len(ledger["orders"]) == 16
    assert ledger["fills"]
    same = {market["ticker"]: market["close_time"] for market in markets}
    again = second.call("GET", "/markets?status=open")["markets"]
    assert {market["ticker"]: market["close_time"] for market in again} == same


def test_no_answered_order_is_lost_in_the_middle_of_trading(start):
    first = start("--markets", "60", "--tier", "unlimited", "--rate", "3000")
    tickers = [market["ticker"] for market in first.call("GET", "/markets?status=open")["markets"]]
    answered = [first.order(tickers[n % 60], "0.9900" if n % 2 else "0.0100", f"n:{n}") for n in range(60)]
    first.kill()

    ledger = start().control("GET", "/ledger")

    kept = {order["order_id"]: order for order in ledger["orders"]}
    for answer in answered:
        assert float(kept[answer["order_id"]]["fill_count_fp"]) >= float(answer["fill_count"])
    assert ledger["client_order_ids"] == {f"n:{n}": 1 for n in range(60)}
    assert ledger["order_requests"] == 60


def test_an_orderly_end_keeps_everything_too_and_a_new_account_can_join(start):
    first = start("--markets", "12")
    first.control("POST", "/clock", {"speed": 60})
    first.process.terminate()
    assert first.process.wait(10) == 0

    second = start("--account", "eve:5")

    assert second.control("GET", "/clock")["speed"] == 60
    assert [account["name"] for account in second.control("GET", "/accounts")["accounts"]] == [
        "default",
        "eve",
    ]


def test_two_exchanges_do_not_share_a_folder(start, tmp_path, capsys):
    start("--markets", "1")

    exit_code = main(["exchange", "--state", str(tmp_path / "state")])

    said = capsys.readouterr()
    assert (exit_code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert "running" in said.err
