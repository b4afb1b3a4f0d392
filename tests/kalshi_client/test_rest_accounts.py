"""Keys of both kinds, a venue whose clock is another, and more reads than the account has tokens for."""

from __future__ import annotations

import logging

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from kalshi_client.auth import Signer
from kalshi_client.errors import RateLimited, Unauthorized
from kalshi_client.rest.read_budget import Pacing
from simulator.choices import Choices
from simulator.engine.matching.orders import NewOrder
from tests.kalshi_client.loopback import BALANCE_E6, loopback
from trading.venue_time import UNMEASURED

FORMS = {
    "PKCS#1": serialization.PrivateFormat.TraditionalOpenSSL,
    "PKCS#8": serialization.PrivateFormat.PKCS8,
}


@pytest.fixture
def venue():
    with loopback() as opened:
        yield opened


def apart_ms(client, skew_ms):
    """The error of the client's idea of the venue's clock."""
    return abs(client.clock_offset().guess_us / 1_000 - skew_ms)


def skew(venue, skew_ms):
    fault = {"kind": "clock_skew", "skew_ms": skew_ms}
    answer = requests.post(f"{venue.served.control_url}/faults", json=fault, timeout=20)
    assert answer.status_code == 201, answer.text


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "form"),
    [
        pytest.param(lambda: rsa.generate_private_key(65_537, 2048), "PKCS#1", id="RSA in PKCS#1"),
        pytest.param(lambda: rsa.generate_private_key(65_537, 2048), "PKCS#8", id="RSA in PKCS#8"),
        pytest.param(ed25519.Ed25519PrivateKey.generate, "PKCS#8", id="Ed25519 in PKCS#8"),
    ],
)
def test_key_of_either_kind_reads_and_writes(venue, tmp_path, make, form):
    key, path = make(), tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, FORMS[form], serialization.NoEncryption()))
    path.chmod(0o600)
    member = venue.admit(key, tier="unlimited")

    client = venue.client(Signer.from_pem(member.key_id, path))

    assert client.balance().available_e6 == {0: BALANCE_E6}
    assert client.create_order(venue.bid()).outcome == "accepted"
    assert client.cancel_all_orders().outcome == "accepted"


def test_client_without_a_key_reads_what_is_public(venue):
    client = venue.client(None)

    assert client.markets()
    assert client.market(venue.ticker).ticker == venue.ticker
    with pytest.raises(Unauthorized):
        client.balance()


# --- clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew_ms", [120_000, -120_000])
def test_read_follows_the_venues_clock_and_says_so_once(venue, caplog, skew_ms):
    client = venue.enroll()
    assert client.clock_offset() == UNMEASURED
    skew(venue, skew_ms)

    with caplog.at_level(logging.INFO):
        client.balance()
        client.orders()

    assert apart_ms(client, skew_ms) < 2_000
    [record] = [r for r in caplog.records if getattr(r, "action", "") == "venue_clock_learnt"]
    assert "the venue's clock is" in record.getMessage()


def test_clock_that_is_put_right_again_is_followed_back(venue):
    client = venue.enroll()
    for skew_ms in (120_000, 0, -120_000):
        requests.delete(f"{venue.served.control_url}/faults", timeout=20)
        if skew_ms:
            skew(venue, skew_ms)
        client.balance()
        assert apart_ms(client, skew_ms) < 2_000


def test_write_that_is_refused_for_its_time_is_rejected_and_the_next_one_is_not(venue):
    client = venue.enroll()
    skew(venue, 120_000)

    refused, accepted = (client.create_order(venue.bid(name=name)) for name in "ab")

    assert (refused.outcome, refused.code) == ("rejected", "header_timestamp_expired")
    assert accepted.outcome == "accepted"
    assert [order.client_order_id for order in client.orders()] == ["b"]


def test_refusal_for_a_time_that_is_the_venues_is_passed_on(venue):
    client = venue.enroll()
    venue.do(lambda: setattr(venue.exchange, "choices", Choices(clock_window_s=-1)))

    with pytest.raises(Unauthorized) as raised:
        client.balance()

    assert raised.value.code == "header_timestamp_expired"


@pytest.mark.parametrize("offset_s", [-600, 20])
def test_a_venue_is_written_to_by_its_own_clock_before_it_has_refused_anything(offset_s):
    with loopback(clock_offset_us=offset_s * 1_000_000) as venue:
        venue.do(lambda: setattr(venue.exchange, "choices", Choices(clock_window_s=3_600)))
        client = venue.enroll()
        client.balance()
        venue.do(lambda: setattr(venue.exchange, "choices", Choices(clock_window_s=2)))

        assert client.create_order(venue.bid()).outcome == "accepted"
        assert apart_ms(client, offset_s * 1_000) < 2_000


# --- tokens --------------------------------------------------------------------------------------


class Waits:
    """Time that passes only when somebody waits, for the client and for the bucket of the venue."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.bucket = None  # of the venue
        self.refill_per_s = 0
        self.waited: list[float] = []
        self.pacing = Pacing(unsigned_per_s=100_000, monotonic_s=lambda: self.now_s, wait=self.wait)

    def follow(self, bucket) -> None:
        self.bucket, self.refill_per_s = bucket, bucket.limit.refill_per_s
        bucket.limit = bucket.limit._replace(refill_per_s=0)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now_s += seconds
        refilled = self.bucket.tokens + seconds * self.refill_per_s
        self.bucket.tokens = min(self.bucket.limit.capacity, refilled)


def paced(venue, tier):
    waits = Waits()
    client = venue.enroll(tier=tier, pacing=waits.pacing)
    waits.follow(venue.member(client).budget.read)
    return client, waits


def refusals(client):
    """Statuses of the answers, as they come."""
    seen, attempt = [], client._transport.attempt

    def watched(*arguments, **keywords):
        answer = attempt(*arguments, **keywords)
        seen.append(answer.status)
        return answer

    client._transport.attempt = watched
    return seen


@pytest.mark.parametrize("tier", ["basic", "advanced", "expert"])
def test_hundreds_of_reads_wait_for_their_tokens_and_are_never_refused(venue, tier):
    client, waits = paced(venue, tier)
    seen = refusals(client)

    for _ in range(300):
        client.balance()

    assert set(seen) == {200}
    assert waits.waited
    # 300 reads at 10 tokens, less a full bucket: nobody waits longer than that takes, and a bit.
    limit = client.account_limits().read
    assert sum(waits.waited) <= (3_000 + 300) / limit.refill_per_s


def test_thousands_of_orders_are_read_whole_out_of_a_bucket_that_holds_two_pages(venue):
    client, waits = paced(venue, "basic")
    engine = venue.exchange.engine
    account = venue.member(client).account
    venue.do(
        lambda: [
            engine.place(
                account,
                NewOrder(venue.ticker, "bid", 100, 1, client_order_id=f"o{n}"),
                now_us=venue.exchange.now_us(),
            )
            for n in range(3_500)
        ]
    )
    seen = refusals(client)

    waits.bucket.tokens = 20

    orders = client.orders()

    assert len({order.order_id for order in orders}) == len(orders) == 3_500
    assert seen.count(429) == 1


def test_read_is_sent_again_when_somebody_else_has_emptied_the_bucket(venue):
    client, waits = paced(venue, "basic")
    seen = refusals(client)
    waits.bucket.tokens = 0

    client.balance()

    assert seen[0] == 429
    assert seen[-1] == 200
    assert len(waits.waited) <= 3


def test_bucket_that_others_keep_empty_ends_in_an_error(venue):
    client, waits = paced(venue, "basic")
    waits.bucket.tokens, waits.refill_per_s = 0, 0

    with pytest.raises(RateLimited):
        client.balance()

    assert sum(waits.waited) < 60


def test_write_is_neither_delayed_nor_sent_again(venue):
    client, waits = paced(venue, "basic")
    for bucket in venue.member(client).budget.write.values():
        bucket.tokens, bucket.limit = 0, bucket.limit._replace(refill_per_s=0)
    seen = refusals(client)

    result = client.create_order(venue.bid())

    assert (result.outcome, seen, waits.waited) == ("rejected", [429], [])


def test_unsigned_reads_are_ten_a_second_unless_told_otherwise(venue):
    now_s, waited = [0.0], []

    def wait(seconds):
        waited.append(seconds)
        now_s[0] += seconds

    client = venue.client(None, pacing=Pacing(monotonic_s=lambda: now_s[0], wait=wait))

    for _ in range(30):
        client.series(venue.series_ticker)

    assert len(waited) == 20  # a second's worth may come at once
    assert sum(waited) == pytest.approx(2.0)
