"""A session gets its venues and keys, and what must not start is refused before."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.errors import PreflightRefused
from cli.exchange_child import ExchangeAddress
from cli.keys import require_keys
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
    config = Config.model_validate(config)
    exchanges = {
        venue: ExchangeAddress(
            NO_URL, "ws://127.0.0.1:1/ws", f"{venue}-exchange", str(key_path), f"{venue}-control", 1_000
        )
        for venue in config.own_exchanges()
    }
    keys = require_keys(config, environ)
    return make_session(config, name="s1", started_us=0, exchanges=exchanges, keys=keys, renamed={})


def demo_key(key_path):
    return {"KALSHI_DEMO_KEY_ID": "demo-key", "KALSHI_DEMO_PRIVATE_KEY_PATH": str(key_path)}


def test_everything_on_this_machine_needs_no_key_of_the_user(key_path):
    made = session({}, key_path)

    assert (made.data, made.execution.key_id) == (made.execution, "loopback-exchange")
    assert made.environment() == {
        "data": "loopback",
        "execution": "loopback",
        "data_label": "loopback",
        "execution_label": "loopback",
        "account": made.account_dir.name,
        "counterparty": None,
        "control_url": "loopback-control",
        "stand_ins": {},
    }


REHEARSAL = {
    "data": {"venue": "production"},
    "execution": {"venue": "demo"},
    "stand_ins": {"production": {}, "demo": {}},
}


def test_stand_ins_are_reached_as_their_venues_are_and_need_no_key_of_the_user(key_path):
    made = session(REHEARSAL, key_path)

    assert (made.data.name, made.data.key_id) == ("production", "production-exchange")
    assert (made.execution.name, made.execution.key_id) == ("demo", "demo-exchange")
    assert made.where() == (
        "data from production (stand-in on this machine), orders to demo (stand-in on this machine), "
        "where a scripted counterparty fills them"
    )


@pytest.mark.parametrize(("fills_per_min", "told"), [(300, {"fills_per_min": 300}), (0, None)])
def test_it_is_told_that_a_script_trades_where_orders_go(key_path, fills_per_min, told):
    stand_ins = {"production": {}, "demo": {"fills_per_min": fills_per_min}}
    made = session(REHEARSAL | {"stand_ins": stand_ins}, key_path)

    assert made.environment()["counterparty"] == told
    assert ("scripted" in made.where()) == bool(told)


def test_a_status_of_stand_ins_has_their_addresses_and_the_control_of_the_one_that_takes_orders(key_path):
    environment = session(REHEARSAL, key_path).environment()

    assert environment["control_url"] == "demo-control"
    assert environment["stand_ins"] == {
        venue: {"rest_url": NO_URL, "control_url": f"{venue}-control"} for venue in ("production", "demo")
    }


def test_the_account_of_a_stand_in_is_never_taken_for_the_venues_own(key_path):
    demo = {"data": {"venue": "demo"}, "execution": {"venue": "demo"}}
    real = session(
        demo, key_path, KALSHI_DEMO_KEY_ID="demo-exchange", KALSHI_DEMO_PRIVATE_KEY_PATH=str(key_path)
    )
    stand_in = session(REHEARSAL, key_path)

    assert stand_in.execution.key_id == real.execution.key_id
    assert stand_in.account_dir.name.startswith("demo-standin-")
    assert stand_in.execution.account8 != real.execution.account8


def test_an_exchange_that_already_runs_is_used_with_its_key(key_path):
    running = {
        "rest_url": NO_URL,
        "ws_url": "ws://127.0.0.1:1/ws",
        "key_id": "k",
        "private_key_path": str(key_path),
    }
    config = {"venues": {"loopback": running}}

    assert Config.model_validate(config).own_exchanges() == {}
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
    running = {
        "rest_url": NO_URL,
        "ws_url": "ws://127.0.0.1:1/ws",
        "key_id": "k",
        "private_key_path": str(key_path),
    }

    assert session({}, key_path).data.reads_per_s == 1_000
    assert session({"venues": {"loopback": running}}, key_path).data.reads_per_s == 10


def test_accounts_have_their_own_folders(key_path):
    demo = {"data": {"venue": "demo"}, "execution": {"venue": "demo"}}

    folders = [session({}, key_path).account_dir, session(demo, key_path, **demo_key(key_path)).account_dir]

    assert [folder.name.split("-")[0] for folder in folders] == ["loopback", "demo"]
    assert len(folders[0].name) == len("loopback-") + 8


@pytest.mark.parametrize(("data", "is_one_venue"), [("demo", True), ("production", False)])
def test_actors_are_told_whether_the_data_venue_executes(key_path, data, is_one_venue):
    config = {"data": {"venue": data}, "execution": {"venue": "demo"}}
    production = {"KALSHI_PROD_KEY_ID": "prod-key", "KALSHI_PROD_PRIVATE_KEY_PATH": str(key_path)}

    made = session(config, key_path, **production, **demo_key(key_path))

    assert made.settings()["is_one_venue"] == is_one_venue


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


def test_names_of_sessions_sort_by_time():
    starts_s = (1_700_000_000, 1_700_000_001, 1_800_000_000)
    names = [
        session_name(start_s * 1_000_000, drawn) for start_s in starts_s for drawn in (0, 7, 35, 36**4 - 1)
    ]

    assert names == sorted(set(names))


def test_a_market_map_is_refused_where_books_and_orders_are_at_one_venue(key_path):
    exchange = ExchangeAddress(NO_URL, "ws://127.0.0.1:1/ws", "key", str(key_path), None, 1_000)

    with pytest.raises(PreflightRefused, match="books and orders are at one venue"):
        make_session(
            Config(), name="s1", started_us=0, exchanges={"loopback": exchange}, keys={}, renamed={"A": "B"}
        )
