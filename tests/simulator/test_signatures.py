from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from simulator.access.signatures import find_bad_signature

NOW_MS = 1_795_345_393_123
PATH = "/trade-api/v2/portfolio/orders"


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def headers(key, text: str, *, timestamp=NOW_MS, salt_length=32):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.sign(text.encode())
    else:
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt_length)
        raw = key.sign(text.encode(), pss, hashes.SHA256())
    return {
        "KALSHI-ACCESS-KEY": "k",
        "KALSHI-ACCESS-TIMESTAMP": str(timestamp),
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(raw).decode(),
    }


def judge(key, signed):
    return find_bad_signature(
        signed, {"k": key.public_key()}, method="GET", path=PATH, now_ms=NOW_MS, window_ms=30_000
    )


def test_rsa_pss_and_ed25519_signatures_are_accepted(rsa_key):
    for key in (rsa_key, ed25519.Ed25519PrivateKey.generate()):
        assert judge(key, headers(key, f"{NOW_MS}GET{PATH}")) is None


@pytest.mark.parametrize(
    "text", [f"{NOW_MS}POST{PATH}", f"{NOW_MS}GET{PATH}?limit=1", f"{NOW_MS + 1}GET{PATH}"]
)
def test_another_method_path_or_time_is_not_what_was_signed(rsa_key, text):
    assert judge(rsa_key, headers(rsa_key, text)).code == "authentication_error"


def test_another_salt_length_is_refused(rsa_key):
    refusal = judge(rsa_key, headers(rsa_key, f"{NOW_MS}GET{PATH}", salt_length=20))

    assert refusal.code == "authentication_error"


@pytest.mark.parametrize(("skew_ms", "code"), [(29_000, None), (31_000, "header_timestamp_expired")])
def test_the_clock_may_be_half_a_minute_off_either_way(rsa_key, skew_ms, code):
    for timestamp in (NOW_MS + skew_ms, NOW_MS - skew_ms):
        refusal = judge(rsa_key, headers(rsa_key, f"{timestamp}GET{PATH}", timestamp=timestamp))

        assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    "change",
    [
        {"KALSHI-ACCESS-KEY": "nobody"},
        {"KALSHI-ACCESS-TIMESTAMP": "soon"},
        {"KALSHI-ACCESS-SIGNATURE": "!"},
        {"KALSHI-ACCESS-SIGNATURE": "é"},
        {"KALSHI-ACCESS-SIGNATURE": "\udcff"},
        {"KALSHI-ACCESS-SIGNATURE": ""},
    ],
)
def test_nonsense_in_a_header_is_refused_not_raised(rsa_key, change):
    signed = headers(rsa_key, f"{NOW_MS}GET{PATH}") | change

    assert judge(rsa_key, signed).code == "authentication_error"
