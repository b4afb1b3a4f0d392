"""Nothing is signed for an address on this machine before the exchange there has proven itself."""

from __future__ import annotations

import base64
import re
import threading

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ed25519

from kalshi_client.auth import Signer
from kalshi_client.errors import ExchangeNotProven, VenueUnavailable, WriteRefused
from kalshi_client.rest import exchange_proof
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.exchange_proof import PROOF_PATH, proof_text, prove_exchange
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Disconnected
from simulator.access.credentials import KeyFolder, KeyGone, make_private_key
from simulator.surface import proof as simulator_proof
from tests.kalshi_client.loopback import loopback

DIGITS = "0" * 64


@pytest.fixture(scope="module")
def exchange():
    with loopback(markets=5) as opened:
        yield opened


@pytest.fixture
def key():
    return ed25519.Ed25519PrivateKey.generate()


def place(exchange):
    host, port = exchange.served.rest_url.split("/")[2].split(":")
    return host, int(port)


def stranger_to(exchange, key):
    """Whoever is known there by the public half alone, as by Kalshi."""
    member = exchange.do(lambda: exchange.exchange.enroll(key.public_key(), balance_e6=1, tier="basic"))
    return Signer(member.key_id, key)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_an_exchange_proves_itself_with_the_key_that_it_made(tmp_path, exchange, kind):
    keys = KeyFolder(tmp_path)
    public_key = keys.make("a", kind)
    member = exchange.do(lambda: exchange.exchange.enroll(public_key, balance_e6=1, tier="basic"))
    signer = Signer.from_pem(member.key_id, keys.path_of("a"))

    signature = keys.sign("a", b"text", public_key=public_key)

    assert signer.has_signed(signature, b"text")
    assert not signer.has_signed(signature, b"another text")


def test_a_proven_exchange_is_asked_once_and_takes_orders(exchange, key):
    member = exchange.admit(key, tier="unlimited")
    signer = Signer(member.key_id, key)
    proofs = []

    def prove(*address):
        proofs.append(address[:2])
        prove_exchange(*address)

    url = exchange.served.rest_url
    client = RestClient(url, signer, orders=OrderDestination(url, signer, prove=prove))
    accepted = [client.create_order(exchange.bid(name=name)).outcome for name in ("one", "two")]
    client.close()

    assert accepted == ["accepted", "accepted"]
    assert proofs == [place(exchange)]


def test_whoever_has_only_the_public_half_of_a_key_is_not_proven(exchange, key):
    signer = stranger_to(exchange, key)

    with pytest.raises(
        ExchangeNotProven, match=f"the key {signer.key_id} was not made by .*nothing signed was sent"
    ):
        prove_exchange(*place(exchange), signer)


def test_an_exchange_that_does_not_know_the_key_is_not_proven(exchange, key):
    with pytest.raises(ExchangeNotProven, match=r"nobody there proves to have it \(404\)"):
        prove_exchange(*place(exchange), Signer("another-key", key))


def test_an_exchange_with_another_key_of_that_name_is_not_proven(exchange, key):
    member = exchange.admit(ed25519.Ed25519PrivateKey.generate(), tier="basic")

    with pytest.raises(ExchangeNotProven, match="another key answers there"):
        prove_exchange(*place(exchange), Signer(member.key_id, key))


def test_a_service_that_is_no_exchange_gets_nothing_signed_and_no_order(venue, signer):
    venue.answers(200, {"world_id": "w", "signature": "AAAA"})
    venue.answers(200, b"[]")
    venue.answers(200, b"[" * 5_000)
    venue.answers(302, b"", Location="http://127.0.0.1:1/")
    venue.answers(404, {})
    client = RestClient(venue.url, signer, orders=OrderDestination(venue.url, signer))

    results = [client.cancel_order("v1", "RAIN", 0) for _ in range(4)]
    with pytest.raises(VenueUnavailable, match="ExchangeNotProven"):
        client.balance()

    assert {result.outcome for result in results} == {"not_sent"}
    assert [request.path.partition("?")[0] for request in venue.requests] == [PROOF_PATH] * 5
    assert not any("KALSHI" in name.upper() for request in venue.requests for name in request.headers)


def test_an_answer_to_an_older_challenge_proves_nothing(exchange, key, monkeypatch):
    signer = Signer(exchange.admit(key, tier="basic").key_id, key)
    older = []

    def ask(*address):
        older.append(old_ask(*address))
        return older[0]

    old_ask = exchange_proof._ask
    monkeypatch.setattr(exchange_proof, "_ask", ask)
    prove_exchange(*place(exchange), signer)

    with pytest.raises(ExchangeNotProven, match="another key answers there"):
        prove_exchange(*place(exchange), signer)


def test_nobody_there_is_waited_for(closed_port, signer):
    url = f"http://127.0.0.1:{closed_port}/trade-api/v2"
    destination = OrderDestination(url, signer)

    with pytest.raises(VenueUnavailable):
        destination.admit()
    with pytest.raises(WriteRefused):
        destination.check_write("http", "127.0.0.1", closed_port)


def test_a_feed_signs_no_handshake_for_an_exchange_that_is_not_proven(venue, signer):
    venue.answers(404, {})
    url = venue.url.replace("http", "ws")
    feed = Feed([url], signer, silence_s=5.0, admit=OrderDestination(url, signer).admit)
    try:
        assert feed.wait(10)
        lost = [item for item in feed.drain() if isinstance(item, Disconnected)]
    finally:
        feed.close()

    assert "ExchangeNotProven" in lost[0].reason
    assert [request.path.partition("?")[0] for request in venue.requests] == [PROOF_PATH]


def test_threads_that_begin_together_ask_for_one_proof(signer):
    asked, gate = [], threading.Event()

    def prove(*_):
        asked.append(1)
        gate.wait(10)

    destination = OrderDestination("http://127.0.0.1:9/trade-api/v2", signer, prove=prove)
    threads = [threading.Thread(target=destination.admit) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)

    assert len(asked) == 1


def test_both_sides_sign_the_same_words_that_no_request_is_signed_with(exchange, key):
    member = exchange.admit(key, tier="basic")
    url = exchange.served.rest_url.replace("/trade-api/v2", PROOF_PATH)
    told = requests.get(url, params={"challenge": DIGITS, "key_id": member.key_id}, timeout=20).json()
    text = proof_text(DIGITS, member.key_id, told["world_id"])

    key.public_key().verify(base64.b64decode(told["signature"]), text)
    assert (simulator_proof.PROOF_PATH, simulator_proof.PROOF_PREFIX) == (
        PROOF_PATH,
        exchange_proof.PROOF_PREFIX,
    )
    assert told["world_id"] == str(exchange.exchange.ids.world_id)
    assert not re.match(r"\d", text.decode())  # a request's text begins with its time


@pytest.mark.parametrize("challenge", ["", "0", "1795345393123GET/trade-api/v2/portfolio/orders", "Z" * 64])
def test_the_exchange_signs_no_text_of_the_askers_choice(exchange, key, challenge):
    member = exchange.admit(key, tier="basic")
    url = exchange.served.rest_url.replace("/trade-api/v2", PROOF_PATH)

    answer = requests.get(url, params={"challenge": challenge, "key_id": member.key_id}, timeout=20)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_text("no key"), make_private_key]
)
def test_a_key_that_is_gone_signs_nothing(tmp_path, spoil):
    keys = KeyFolder(tmp_path)
    public_key = keys.make("a", "ed25519")
    spoil(keys.path_of("a"))

    with pytest.raises(KeyGone, match=r"a\.pem"):
        keys.sign("a", b"text", public_key=public_key)
