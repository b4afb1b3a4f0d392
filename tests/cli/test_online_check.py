"""``check --online`` signs in at both venues, reads no account at the data venue, and tries nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.program import free_port
from cli.errors import CLEAN, PREFLIGHT_REFUSED
from cli.main import main
from cli.online_check import Seen, _doubts, _scopes
from kalshi_client.errors import Unauthorized
from kalshi_client.wire.records import ApiKey
from tests.cli.order_roads import Forwarder
from tests.kalshi_client.loopback import loopback

ACCESS = SimpleNamespace(name="production", key_id="prod-1")


@pytest.fixture(scope="module")
def venues():
    with loopback(markets=20, clock_offset_us=5_000_000) as production, loopback(markets=20) as demo:
        forwarder = Forwarder(production.served.rest_url)
        yield SimpleNamespace(production=production, demo=demo, forwarder=forwarder)
        forwarder.close()


def check(venues, tmp_path, *more, ports=None):
    """``check --online`` with a key of each venue, production behind a forwarder that writes down."""
    production, demo = venues.forwarder.port, venues.demo.served.rest_url.split("/")[2].split(":")[1]
    ports = ports or {"production": production, "demo": demo}
    settings = ["markets.count=10"]
    for name, venue in (("production", venues.production), ("demo", venues.demo)):
        key, path = ed25519.Ed25519PrivateKey.generate(), tmp_path / f"{name}.pem"
        member = venue.admit(key, tier="expert", balance_e6=1_234_560_000)
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        settings += [
            f"venues.{name}.rest_url=http://127.0.0.1:{ports[name]}/trade-api/v2",
            f"venues.{name}.ws_url=ws://127.0.0.1:{ports[name]}/trade-api/ws/v2",
            f"venues.{name}.reads_per_s=1000.0",
            f"credentials.{name}={{key_id: {member.key_id}, private_key_path: {path}}}",
        ]
    flags = [text for setting in (*settings, *more) for text in ("--set", setting)]
    return main(["check", "hybrid.yaml", "--online", *flags])


def test_both_venues_are_signed_in_to_and_only_demos_account_is_read(capsys, tmp_path, venues):
    assert check(venues, tmp_path) == CLEAN

    told = capsys.readouterr().out
    assert "data from production at http://127.0.0.1" in told
    assert "600 read and 600 write tokens a second; clock 5." in told or "clock 4." in told
    assert "may: read, write" in told
    assert "warning: this key may trade at production" in told
    assert "orders to demo at http://127.0.0.1" in told
    assert "$1,234.56 free, tier expert" in told
    assert "markets: 10 wanted, 10 can be traded; " in told
    assert "of the 20 that come first at the data venue are on both venues" in told
    heads = [head.partition(b" HTTP")[0] for head in venues.forwarder.passed_on]
    assert b"GET /trade-api/v2/account/limits" in heads
    assert all(head.startswith(b"GET ") and b"/portfolio" not in head for head in heads)


def test_lines_of_the_map_that_are_wrong_are_told_with_their_market(capsys, tmp_path, venues):
    here, there, other = [market.ticker for market in venues.production.exchange.world.markets.values()][:3]
    lines = (f"{here} NO-SUCH-THERE", f"NO-SUCH-HERE {there}", f"{other} {other}")
    (tmp_path / "map.txt").write_text("\n".join(lines))

    assert check(venues, tmp_path, f"markets.map={tmp_path}/map.txt") == CLEAN

    told = [line for line in capsys.readouterr().out.splitlines() if "markets.map" in line]
    assert told == [
        "not traded: markets.map: 'NO-SUCH-HERE' is not listed",
        f"not traded: markets.map: {there!r} is a market of the data venue, too, and stands for "
        "'NO-SUCH-HERE' at the execution venue",
        f"not traded: markets.map: {here!r} is not listed at the execution venue as NO-SUCH-THERE",
    ]


def test_each_venue_that_lets_nobody_in_has_its_line(capsys, tmp_path, venues):
    ports = dict.fromkeys(("production", "demo"), free_port())

    assert check(venues, tmp_path, ports=ports) == PREFLIGHT_REFUSED

    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in told] == ["production", "demo"]
    assert all("no answer from" in line for line in told)


def test_a_venue_that_refuses_is_named_beside_what_the_other_says(capsys, tmp_path, venues):
    wrong = tmp_path / "wrong.pem"
    key = ed25519.Ed25519PrivateKey.generate()
    wrong.touch(mode=0o600)
    wrong.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    assert check(venues, tmp_path, f"credentials.production.private_key_path={wrong}") == PREFLIGHT_REFUSED

    told = capsys.readouterr()
    assert "orders to demo" in told.out
    assert "production: the key" in told.err
    assert len(told.err.splitlines()) == 1


def test_without_keys_nothing_is_asked(capsys, monkeypatch):
    for name in ("KALSHI_PROD_KEY_ID", "KALSHI_PROD_PRIVATE_KEY_PATH", "KALSHI_DEMO_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    assert main(["check", "hybrid.yaml", "--online"]) == PREFLIGHT_REFUSED
    assert "production: no key: set KALSHI_PROD_KEY_ID" in capsys.readouterr().err


def of(scopes):
    return SimpleNamespace(api_keys=lambda: [ApiKey("other", None), ApiKey("prod-1", scopes)])


def refuses():
    raise Unauthorized("GET /api_keys", 403, "forbidden")


@pytest.mark.parametrize(
    ("venue", "told", "warns"),
    [
        pytest.param(of(frozenset(("read",))), "may: read", False, id="read"),
        pytest.param(of(frozenset(("read", "write"))), "may: read, write", True, id="write"),
        pytest.param(of(frozenset(("read", "write::trade"))), "may: read, write::trade", True, id="trade"),
        pytest.param(of(frozenset()), "may: nothing", False, id="none"),
        pytest.param(of(None), "may do is not known", False, id="not told"),
        pytest.param(SimpleNamespace(api_keys=list), "may do is not known", False, id="not listed"),
        pytest.param(SimpleNamespace(api_keys=refuses), "may do is not known", False, id="refused"),
    ],
)
def test_what_a_key_may_do_is_told_as_far_as_the_venue_tells_it(venue, told, warns):
    lines = _scopes(ACCESS, venue)

    assert told in lines[0]
    assert any("warning" in line for line in lines) is warns


def test_a_line_of_the_map_that_joins_unrelated_markets_is_a_warning():
    data, execution = (Seen(mapped={"A": (title, 9)}) for title in ("Will it rain?", "Will it snow?"))

    (line,) = _doubts({"A": "B"}, data, execution)

    assert line.startswith("warning: markets.map: A B may be two markets and not one: 'Will it rain?' and ")
    assert _doubts({"A": "B"}, data, data) == []
