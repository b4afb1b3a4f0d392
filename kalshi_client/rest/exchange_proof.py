"""Makes an exchange on this machine prove that it made the key that requests to it are signed with.

An exchange of this program makes the keys of its accounts itself, so it and the trader alone hold their
private halves. Asked with a fresh challenge and a key id, it signs both, and its world's id, with that key;
the trader knows the signature by the public half of its own key. Kalshi holds no private half, and whatever
forwards to Kalshi holds none either: neither can answer for a key that Kalshi knows. The text that is
signed cannot be taken for a request, whose text begins with digits.

A key is proven for as long as a process has it: whoever listens at that address later can do nothing with
requests that only the exchange that made the key accepts.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from kalshi_client.auth import Signer
from kalshi_client.errors import ExchangeNotProven, VenueUnavailable
from kalshi_client.rest.timed_response import timed_pools

PROOF_PATH: Final = "/exchange-proof"
PROOF_PREFIX: Final = "kalshi-rl-trader exchange proof 1"
CONNECT_S: Final = 2.0
WHOLE_S: Final = 5.0
_CHALLENGE_BYTES: Final = 32
_LONGEST_ANSWER: Final = 8_192  # bytes


@dataclass(frozen=True, slots=True)
class ExchangeProof:
    """An exchange's answer to a challenge."""

    world_id: str
    signature: bytes


def prove_exchange(host: str, port: int, signer: Signer) -> None:
    """Returns when the exchange there has proven itself.

    Raises ExchangeNotProven when it is none or not the one that made the key, and VenueUnavailable when
    nobody answers now. Nothing that is sent is signed.
    """
    challenge = secrets.token_hex(_CHALLENGE_BYTES)
    status, body = _ask(host, port, challenge, signer.key_id)
    proof = _read(body) if status == 200 else None
    if proof is None:
        raise ExchangeNotProven(_refusal(host, port, signer, f"nobody there proves to have it ({status})"))
    text = proof_text(challenge, signer.key_id, proof.world_id)
    if not signer.has_signed(proof.signature, text):
        raise ExchangeNotProven(_refusal(host, port, signer, "another key answers there"))


def proof_text(challenge: str, key_id: str, world_id: str) -> bytes:
    """The text that the exchange signs."""
    return "\n".join((PROOF_PREFIX, challenge, key_id, world_id)).encode()


def _ask(host: str, port: int, challenge: str, key_id: str) -> tuple[int, bytes]:
    query = urlencode({"challenge": challenge, "key_id": key_id})
    # A pool of our own: no proxy of the environment, no redirect, no retry, and nothing is signed.
    with timed_pools(WHOLE_S)["http"](host, port, timeout=Timeout(CONNECT_S, read=WHOLE_S)) as pool:
        try:
            answer = pool.urlopen(
                "GET", f"{PROOF_PATH}?{query}", retries=False, redirect=False, preload_content=False
            )
            return answer.status, answer.read(_LONGEST_ANSWER)
        except (HTTPError, OSError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise VenueUnavailable(f"GET {PROOF_PATH}", 0, "no_answer", detail) from error


def _read(body: bytes) -> ExchangeProof | None:
    try:
        told: dict[str, Any] = json.loads(body)
        return ExchangeProof(str(told["world_id"]), base64.b64decode(told["signature"], validate=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _refusal(host: str, port: int, signer: Signer, why: str) -> str:
    return (
        f"the key {signer.key_id} was not made by an exchange of this program at {host}:{port}: {why}; "
        "nothing signed was sent there"
    )
