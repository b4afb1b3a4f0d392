"""No text in any key, file, flag or variable makes a write leave but for demo or an exchange of ours.

The keys are those of the schema: one that is new is tried by itself.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from urllib3.util import connection as urllib3_connection

from cli.errors import CONFIGURATION, PreflightRefused
from cli.exchange_child import ExchangeAddress
from cli.keys import require_keys
from cli.main import main
from cli.session import Session, make_session
from cli.venue_check import check_venues
from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError, RequestFailed
from kalshi_client.order_address import ONLY
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.rest.outcomes import CreateOrder
from settings.config import Config
from settings.config_file import load
from settings.config_tree import ConfigError, Override
from settings.venue_access import VenueAccess, account_rest_for, rest_for
from tests.cli.order_roads import PRODUCTION, Forwarder, Recorder, addresses, keys_of
from tests.kalshi_client.loopback import loopback

ClientFor = Callable[[VenueAccess], RestClient]
ORDER = CreateOrder("RAIN", "bid", 100, 4500, "good_till_canceled", "rl1-1a2b3c4d-0a0b0c0d-1", 0)
PROBES = (*addresses("http")[:2], "production", "KALSHI_PROD_KEY_ID")
NEVER = "orders never go to production"
DEMO_HOST = "external-api.demo.kalshi.co"


@pytest.fixture(scope="module")
def key_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    key = ed25519.Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def asked(monkeypatch, recorder):
    """Where connections were asked for; each leads to the recorder, whatever its name resolves to."""
    asked = []
    connect = urllib3_connection.create_connection

    def elsewhere(address, *arguments, **keywords):
        asked.append(address)
        return connect(("127.0.0.1", recorder.port), *arguments, **keywords)

    monkeypatch.setattr("urllib3.util.connection.create_connection", elsewhere)
    return asked


def session_of(config: Config, key_path: Path, port: int) -> Session:
    """A production key is in demo's variables too, and an exchange that was started is none of ours."""
    url = f"127.0.0.1:{port}/trade-api"
    exchanges = {
        venue: ExchangeAddress(f"http://{url}/v2", f"ws://{url}/ws/v2", "own-1", str(key_path), None, 10)
        for venue in config.own_exchanges()
    }
    named = config.credentials.variables()
    keys = require_keys(config, {name: str(key_path) if "PATH" in name else "prod-1" for name in named})
    return make_session(config, name="s1", started_us=0, exchanges=exchanges, keys=keys, renamed={})


def running(port: int, key_path: Path) -> dict[str, str]:
    return urls(port) | {"key_id": "prod-1", "private_key_path": str(key_path)}


def urls(port: int) -> dict[str, str]:
    return {
        "rest_url": f"http://127.0.0.1:{port}/trade-api/v2",
        "ws_url": f"ws://127.0.0.1:{port}/trade-api/ws/v2",
    }


def loaded(name: str, *settings: str, hybrid_flag: str = "") -> Config | list[str]:
    """The configuration, or what is wrong with it."""
    overrides = [Override("--set", *setting.partition("=")[::2]) for setting in settings]
    try:
        return load(name, hybrid_flag=hybrid_flag, overrides=overrides).config
    except ConfigError as error:
        return error.lines()


class Roads:
    """Sessions of configurations, each of which tries to order at once; an address is tried once."""

    def __init__(self, key_path: Path, port: int) -> None:
        self._key_path = key_path
        self._port = port
        self._tried = set[tuple[ClientFor, VenueAccess]]()

    def is_new(self, config: Config | list[str]) -> bool:
        """Whether it leads elsewhere than all before, or is refused for its address."""
        if isinstance(config, list):
            assert all(config)
            return any(ONLY in told or NEVER in told or "does not look right" in told for told in config)
        session = session_of(config, self._key_path, self._port)
        fresh = {(rest_for, session.data), (account_rest_for, session.execution)} - self._tried
        self._tried |= fresh
        for client_for, access in fresh:
            with contextlib.suppress(KeyFileError):  # there is no key where a variable was said to be
                self._try(client_for(access), is_data=client_for is rest_for)
        return bool(fresh)

    def _try(self, client: RestClient, *, is_data: bool) -> None:
        sent = client.create_order(ORDER).outcome
        assert sent == "not_sent" if is_data else sent != "accepted"
        if not is_data:
            with contextlib.suppress(RequestFailed):
                client.balance()
        client.close()


def assert_nothing_left(asked, recorder):
    """Connections were made to demo, whose certificate the recorder lacks, and to ask for a proof."""
    assert {address for address in asked if address[0] != "127.0.0.1"} <= {(DEMO_HOST, 443)}
    assert not any(word in recorder for word in (b"POST", b"DELETE", b"KALSHI-ACCESS"))


def test_no_value_of_any_key_makes_a_write_leave(asked, recorder, key_path):
    roads, moving = Roads(key_path, recorder.port), set()
    roads.is_new(loaded("hybrid.yaml"))
    for key in keys_of(Config):
        beside = beside_of(key, recorder.port, key_path)
        roads.is_new(loaded("hybrid.yaml", *beside))
        probed = [roads.is_new(loaded("hybrid.yaml", *beside, f"{key}={value}")) for value in PROBES]
        if any(probed):
            moving.add(key)
            for value in addresses("ws" if key.endswith("ws_url") else "http"):
                roads.is_new(loaded("hybrid.yaml", *beside, f"{key}={value}"))

    assert {
        f"venues.{venue}.{kind}_url" for venue in ("demo", "loopback") for kind in ("rest", "ws")
    } <= moving
    assert "venues.production.rest_url" in moving
    assert "strategy.name" not in moving
    assert_nothing_left(asked, recorder)


def beside_of(key: str, port: int, key_path: Path) -> list[str]:
    """The settings that let a key be taken, and its section be the one that is used."""
    section = key.rpartition(".")[0]
    if section == "venues.loopback":
        return ["execution.venue=loopback", f"{section}={json.dumps(running(port, key_path))}"]
    return [f"{section}={json.dumps(urls(port))}"] if key.endswith("_url") else []


@pytest.mark.parametrize("hybrid_flag", ["", "--hybrid"])
def test_no_file_and_no_merge_of_two_makes_a_write_leave(asked, recorder, key_path, tmp_path, hybrid_flag):
    roads, path = Roads(key_path, recorder.port), tmp_path / "mine.yaml"
    for rest_url, ws_url in zip(addresses("http"), addresses("ws"), strict=True):
        places = {"rest_url": rest_url, "ws_url": ws_url}
        path.write_text(json.dumps({"execution": {"venue": "demo"}, "venues": {"demo": places}}))
        told = loaded(str(path), hybrid_flag=hybrid_flag)

        assert isinstance(told, list), places
        assert all("mine.yaml" in line for line in told[:2])
        assert roads.is_new(told)

    path.write_text("data: {venue: demo}\nexecution: {venue: production}")
    assert isinstance(loaded(str(path)), list)
    assert_nothing_left(asked, recorder)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"])
def test_no_variable_of_the_environment_leads_a_write_elsewhere(asked, recorder, key_path, monkeypatch, name):
    for spelling in (name, name.lower()):
        monkeypatch.setenv(spelling, f"http://127.0.0.1:{recorder.port}")

    assert Roads(key_path, recorder.port).is_new(loaded("hybrid.yaml"))

    assert set(asked) <= {(DEMO_HOST, 443), ("127.0.0.1", recorder.port)}
    assert (DEMO_HOST, 443) in asked
    assert_nothing_left(asked, recorder)
    assert b"CONNECT" not in recorder


@pytest.mark.parametrize("flag", ["--markets", "--port", "--strategy", "--seed", "--config", "--set"])
def test_no_flag_takes_an_address_for_orders(capsys, monkeypatch, key_path, flag):
    for value in addresses("http")[:5]:
        for name in Config().credentials.variables():
            monkeypatch.setenv(name, str(key_path) if "PATH" in name else name)
        assert main(["run", "--hybrid", flag, value]) == CONFIGURATION
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_by_an_order(key_path, status):
    recorder = Recorder(
        f"{status} Moved\r\nLocation: https://{PRODUCTION}/trade-api/v2/portfolio/events/orders"
    )
    url, signer = urls(recorder.port)["rest_url"], Signer.from_pem("own-1", key_path)
    client = RestClient(url, signer, orders=OrderDestination(url, signer, prove=lambda *_: None))
    places = []
    with pytest.MonkeyPatch.context() as patched:
        connect = urllib3_connection.create_connection
        patched.setattr(
            urllib3_connection,
            "create_connection",
            lambda place, *rest, **more: places.append(place) or connect(place, *rest, **more),
        )
        assert client.create_order(ORDER).outcome != "accepted"
    client.close()
    recorder.close()

    assert places == [("127.0.0.1", recorder.port)]
    assert len(recorder.arrived) == 1


def forwarded(to_url: str, proofs_to_url: str, key_path: Path, key_id: str) -> tuple[list[str], list[bytes]]:
    """The words for a session with this key whose demo is a forwarder, and the requests that it passed on."""
    forwarder = Forwarder(to_url, proofs_to_url)
    config = Config.model_validate(
        {
            "data": {"venue": "demo"},
            "execution": {"venue": "demo"},
            "venues": {"demo": urls(forwarder.port)},
            "credentials": {"demo": {"key_id": key_id, "private_key_path": str(key_path)}},
        }
    )
    session = make_session(
        config, name="s1", started_us=0, exchanges={}, keys=require_keys(config, {}), renamed={}
    )
    try:
        check_venues(session)
        return [], forwarder.passed_on
    except PreflightRefused as refused:
        client = account_rest_for(session.execution)
        client.create_order(ORDER)
        with contextlib.suppress(RequestFailed):
            client.balance()
        return list(refused.lines), forwarder.passed_on
    finally:
        forwarder.close()


@pytest.mark.parametrize("relays_proofs_to", ["production", "an exchange of ours"])
def test_a_forwarder_to_production_is_refused_before_anything_signed_arrives(key_path, relays_proofs_to):
    key = load_pem_private_key(key_path.read_bytes(), None)
    with loopback(markets=5) as production, loopback(markets=5) as ours:
        # As at Kalshi, the venue has the public half of the key alone.
        member = production.do(
            lambda: production.exchange.enroll(key.public_key(), balance_e6=10**9, tier="basic")
        )
        proofs = production if relays_proofs_to == "production" else ours
        urls_of = (production.served.rest_url, proofs.served.rest_url)

        told, passed_on = forwarded(*urls_of, key_path, member.key_id)

        assert f"the key {member.key_id} was not made by an exchange of this program" in told[0]
        assert "orders go only to https addresses under kalshi.co" in told[0]
        assert not any(b"KALSHI-ACCESS" in request.upper() for request in passed_on)
        assert all(request.startswith(b"GET /exchange-proof") for request in passed_on)
        assert member.account.order_requests == 0


def test_a_forwarder_to_an_exchange_that_made_the_key_may_be_used(key_path):
    key = load_pem_private_key(key_path.read_bytes(), None)
    with loopback(markets=5) as ours:
        member = ours.admit(key, tier="basic")
        url = ours.served.rest_url

        told, passed_on = forwarded(url, url, key_path, member.key_id)

        assert told == []
        assert any(b"KALSHI-ACCESS" in request.upper() for request in passed_on)
