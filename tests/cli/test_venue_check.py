"""Some failed reads keep a session from starting, and the user is told."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.session import VenueAccess
from cli.venue_check import problem_of, problem_of_account, what_to_do
from kalshi_client.errors import (
    NotFound,
    RateLimited,
    RequestFailed,
    Unauthorized,
    UnexpectedAnswer,
    VenueUnavailable,
)
from settings.config import Config
from tests.kalshi_client.loopback import loopback

DEMO = VenueAccess(
    "demo", "https://venue.test/trade-api/v2", "wss://venue.test/ws", "key-1", "/keys/demo.pem", 10
)
REFUSED = "ConnectionError: Pool(host='venue.test'): (Caused by NewConnectionError(\"[Errno 111]: refused\"))"


@pytest.mark.parametrize(
    ("failed", "status", "code", "detail", "told"),
    [
        pytest.param(
            VenueUnavailable, 0, "no_answer", REFUSED, ["(refused)", "venues.demo"], id="closed port"
        ),
        pytest.param(
            VenueUnavailable, 0, "no_answer", "ReadTimeout: slow", ["(slow)"], id="no answer in time"
        ),
        pytest.param(
            Unauthorized, 401, "authentication_error", "BAD", ["BAD", "/keys/demo.pem"], id="wrong key"
        ),
        pytest.param(NotFound, 404, "not_found", "", ["404", "venues.demo"], id="another service"),
        pytest.param(UnexpectedAnswer, 200, "malformed", "", ["malformed", "venues.demo"], id="not a venue"),
    ],
)
def test_what_no_waiting_mends_is_told_in_one_line(failed, status, code, detail, told):
    text = what_to_do(failed("GET /account/limits", status, code, detail), DEMO)

    assert all(part in text for part in told)
    assert "\n" not in text


@pytest.mark.parametrize(
    "failed", [RateLimited("GET /x", 429, "busy"), VenueUnavailable("GET /x", 503, "closed")]
)
def test_a_venue_that_will_answer_later_is_no_reason_to_refuse(failed: RequestFailed):
    assert what_to_do(failed, DEMO) == ""


@pytest.mark.parametrize(("limit_s", "is_refused"), [(300, True), (900, False)])
@pytest.mark.parametrize("role", ["data", "execution"])
def test_a_venue_whose_clock_is_farther_off_than_allowed_is_refused_at_the_start(
    tmp_path, role, limit_s, is_refused
):
    config = Config.model_validate({role: {"max_clock_offset_s": limit_s}})
    key, path = Ed25519PrivateKey.generate(), tmp_path / "key.pem"
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with loopback(markets=5, clock_offset_us=600_000_000) as venue:
        member = venue.admit(key, balance_e6=1, tier="basic")
        urls = venue.served
        access = VenueAccess("loopback", urls.rest_url, urls.ws_url, member.key_id, str(path), 10.0)

        looks = {
            "data": lambda: problem_of(access, config.data.max_clock_offset_us()),
            "execution": lambda: problem_of_account(access, config.limits()),
        }
        problem = looks[role]()

    assert ("the venue's clock is" in problem and f"{role}.max_clock_offset_s" in problem) is is_refused
    assert bool(problem) is is_refused
