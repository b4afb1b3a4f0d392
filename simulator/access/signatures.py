"""Tells whether a request was signed by the holder of its key, and just now (protocol 1.2, 1.3)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from simulator.engine.matching.orders import Refusal

PublicKey = RSAPublicKey | Ed25519PublicKey

KEY_HEADER: Final = "KALSHI-ACCESS-KEY"
TIMESTAMP_HEADER: Final = "KALSHI-ACCESS-TIMESTAMP"
SIGNATURE_HEADER: Final = "KALSHI-ACCESS-SIGNATURE"
_LONGEST_TIMESTAMP: Final = 16  # digits

PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims a key at all; then it must prove it, on a public path too."""
    return KEY_HEADER in headers or SIGNATURE_HEADER in headers


def find_bad_signature(
    headers: Mapping[str, str],
    keys: Mapping[str, PublicKey],
    *,
    method: str,
    path: str,
    now_ms: int,
    window_ms: int,
) -> Refusal | None:
    """None for a good one. ``path`` is the full path without its query."""
    key = keys.get(headers.get(KEY_HEADER, ""))
    if key is None:
        return Refusal("authentication_error", "NOT_FOUND")
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return Refusal("authentication_error", "INVALID_TIMESTAMP")
    if abs(int(timestamp) - now_ms) > window_ms:
        return Refusal("header_timestamp_expired")
    text = f"{timestamp}{method}{path}".encode()
    if not _is_valid(key, headers.get(SIGNATURE_HEADER, ""), text):
        return Refusal("authentication_error", "INCORRECT_API_KEY_SIGNATURE")
    return None


def _is_valid(key: PublicKey, signature: str, text: bytes) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(raw, text, PSS, hashes.SHA256())
        else:
            key.verify(raw, text)
    except (InvalidSignature, ValueError):  # no base64, or not even ASCII
        return False
    return True
