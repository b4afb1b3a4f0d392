"""Which venues and keys does a session get, and what is refused before it starts?"""

import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeAddress, ExchangeChild, exchange_command
from cli.session import make_session, session_name
from settings.config import Config

NO_URL = "http://127.0.0.1:1/trade-api/v2"


@pytest.fixture
def key_path(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    path.chmod(0o600)
    return path


def session(config, key_path, **environ):
    exchange = ExchangeAddress(NO_URL, "ws://127.0.0.1:1/ws", "exchange-key", str(key_path), None, 1_000)
    config = Config.model_validate(config)
    return make_session(config, name="s1", started_us=0, exchange=exchange, environ=environ)


def demo_key(key_path):
    return {"KALSHI_DEMO_KEY_ID": "demo-key", "KALSHI_DEMO_PRIVATE_KEY_PATH": str(key_path)}


def test_everything_on_this_machine_needs_no_key_of_the_user(key_path):
    made = session({}, key_path)

    assert (made.data, made.execution.key_id) == (made.execution, "exchange-key")
    assert made.environment() == {"data": "loopback", "execution": "loopback", "control_url": None}


def test_an_exchange_that_already_runs_is_used_with_its_key(key_path):
    running = {"rest_url": NO_URL, "ws_url": "ws://h/ws", "key_id": "k", "private_key_path": str(key_path)}
    config = {"venues": {"loopback": running}}

    assert not Config.model_validate(config).starts_exchange()
    assert session(config, key_path).execution.key_id == "k"


def test_data_and_orders_may_go_to_two_venues_with_two_keys(key_path):
    config = {"data": {"venue": "production"}, "execution": {"venue": "demo"}}
    production = {"KALSHI_PROD_KEY_ID": "prod-key", "KALSHI_PROD_PRIVATE_KEY_PATH": str(key_path)}

    made = session(config, key_path, **production, **demo_key(key_path))

    assert (made.data.key_id, made.execution.key_id) == ("prod-key", "demo-key")
    assert made.execution.rest_url == "https://external-api.demo.kalshi.co/trade-api/v2"


def test_an_address_of_ones_own_stands_for_the_venue(key_path):
    urls = {"rest_url": NO_URL, "ws_url": "ws://127.0.0.1:1/ws"}
    config = {"data": {"venue": "demo"}, "execution": {"venue": "demo"}, "venues": {"demo": urls}}

    assert session(config, key_path, **demo_key(key_path)).execution.rest_url == NO_URL


def test_a_venue_has_its_own_pace_and_keeps_its_published_addresses(key_path):
    config = {
        "data": {"venue": "demo"},
        "execution": {"venue": "demo"},
        "venues": {"demo": {"reads_per_s": 20}},
    }

    venue = session(config, key_path, **demo_key(key_path)).settings()["data"]

    assert venue["reads_per_s"] == 20
    assert venue["rest_url"] == "https://external-api.demo.kalshi.co/trade-api/v2"


def test_unsigned_reads_are_careful_but_of_the_exchange_that_was_started_with_the_session(key_path):
    running = {"rest_url": NO_URL, "ws_url": "ws://h/ws", "key_id": "k", "private_key_path": str(key_path)}

    assert session({}, key_path).data.reads_per_s == 1_000
    assert session({"venues": {"loopback": running}}, key_path).data.reads_per_s == 10


def test_accounts_have_their_own_folders(key_path):
    demo = {"data": {"venue": "demo"}, "execution": {"venue": "demo"}}

    folders = [session({}, key_path).account_dir, session(demo, key_path, **demo_key(key_path)).account_dir]

    assert [folder.name.split("-")[0] for folder in folders] == ["loopback", "demo"]
    assert len(folders[0].name) == len("loopback-") + 8


def test_settings_carry_paths_and_never_a_key(key_path):
    settings = session({}, key_path).settings()

    assert settings["execution"]["private_key_path"] == str(key_path)
    assert "PRIVATE KEY" not in repr(settings)
    assert settings["shards"] == 1


@pytest.mark.parametrize(
    ("markets", "count"), [({"count": 5}, 5), ({"count": 1, "tickers": ["RAIN-NYC", "RAIN-LA"]}, 2)]
)
def test_named_markets_are_all_watched_whatever_the_count(key_path, markets, count):
    assert session({"markets": markets}, key_path).settings()["markets"] == count


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.chmod(0o644), "demo: .*chmod 600"),
        (lambda path: path.unlink(), "demo: .*key.pem"),
        (lambda path: path.write_text("hello"), "demo: .*is no private key; needed is"),
    ],
    ids=["readable by others", "not there", "no key"],
)
def test_a_key_that_cannot_be_used_is_refused_with_what_to_change(key_path, spoil, says):
    spoil(key_path)
    config = {"data": {"venue": "demo"}, "execution": {"venue": "demo"}}

    with pytest.raises(PreflightRefused, match=says):
        session(config, key_path, **demo_key(key_path))


def test_names_of_sessions_sort_by_time():
    starts_s = (1_700_000_000, 1_700_000_001, 1_800_000_000)
    names = [
        session_name(start_s * 1_000_000, drawn) for start_s in starts_s for drawn in (0, 7, 35, 36**4 - 1)
    ]

    assert names == sorted(set(names))


def test_the_exchange_is_told_what_the_configuration_says():
    loopback = {"activity": "quiet", "rate": 0.5, "state": "kept", "control": True}
    config = Config.model_validate({"markets": {"count": 12}, "loopback": loopback})

    command = exchange_command(config, parent=7)

    assert command[command.index("exchange") + 1 :] == [
        "--no-combos", "--port", "0", "--markets", "12", "--seed", "7", "--activity", "quiet",
        "--balance", "10000", "--tier", "basic", "--parent", "7",
        "--rate", "0.5", "--state", "kept", "--control",
    ]  # fmt: skip


def test_the_exchange_chooses_its_rate_and_forgets_itself_unless_told_otherwise():
    command = exchange_command(Config(), parent=7)

    assert "--rate" not in command
    assert "--state" not in command


def test_an_exchange_that_does_not_start_says_its_last_word(tmp_path, monkeypatch):
    script = tmp_path / "run.py"
    script.write_text("import sys; print('no room', file=sys.stderr); sys.exit(1)")
    monkeypatch.setattr("cli.exchange_child.PROGRAM", (sys.executable, str(script)))

    with pytest.raises(PreflightRefused, match="did not start; it said: no room"):
        ExchangeChild.start(Config(), log=tmp_path / "logs" / "exchange")


def test_an_exchange_that_never_gets_ready_is_given_up_and_ended(tmp_path, monkeypatch):
    script = tmp_path / "run.py"
    script.write_text("import time; time.sleep(60)")
    monkeypatch.setattr("cli.exchange_child.PROGRAM", (sys.executable, str(script)))
    monkeypatch.setattr("cli.exchange_child.READY_WITHIN_S", 0.0)

    with pytest.raises(PreflightRefused, match="it said nothing"):
        ExchangeChild.start(Config(), log=tmp_path / "exchange")
