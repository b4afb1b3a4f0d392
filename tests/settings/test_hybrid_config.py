"""Data from production, orders to demo: as a file, as a flag over any file, and on this machine."""

import re

import pytest

from settings.config_file import CONFIG_DIR, load
from settings.config_tree import ConfigError, Override

HYBRID = ("production", "demo")


def venues(config):
    return config.data.venue, config.execution.venue


def test_the_hybrid_configuration_watches_production_and_trades_on_demo():
    assert venues(load("hybrid.yaml").config) == HYBRID


def test_the_rehearsal_is_the_hybrid_configuration_with_stand_ins():
    hybrid, rehearsal = load("hybrid.yaml").config, load("hybrid-rehearsal.yaml").config

    assert rehearsal.model_copy(update={"stand_ins": hybrid.stand_ins}) == hybrid
    assert set(rehearsal.own_exchanges()) == set(HYBRID)


def test_the_stand_ins_of_the_rehearsal_differ_in_clock_and_activity():
    own = load("hybrid-rehearsal.yaml").config.own_exchanges()

    assert {venue: each.activity for venue, each in own.items()} == {"production": "brisk", "demo": "demo"}
    assert own["demo"].rate == 0
    assert own["demo"].clock_offset_s != own["production"].clock_offset_s


@pytest.mark.parametrize("name", [path.name for path in CONFIG_DIR.glob("*.yaml")])
def test_the_flag_lays_the_venues_over_every_configuration_and_leaves_its_limits(name):
    plain, laid = load(name).config, load(name, hybrid_flag="--hybrid").config

    assert venues(laid) == HYBRID
    assert (laid.risk, laid.strategy, laid.markets) == (plain.risk, plain.strategy, plain.markets)


def test_the_flag_keeps_the_stand_ins_of_a_configuration():
    assert set(load("hybrid-rehearsal.yaml", hybrid_flag="--hybrid").config.own_exchanges()) == set(HYBRID)


def test_a_key_on_the_command_line_is_laid_over_the_flag():
    loaded = load(None, hybrid_flag="--hybrid", overrides=[Override("--set", "data.venue", "demo")])

    assert venues(loaded.config) == ("demo", "demo")


def test_it_is_told_where_a_venue_of_the_flag_was_written():
    origin = load(None, hybrid_flag="--hybrid").origins["data", "venue"]

    assert re.search(r"hybrid\.yaml:\d+:\d+ \(--hybrid\)$", origin)


def test_a_configuration_without_venues_gets_them_all_the_same(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("markets: {count: 5}\n")

    laid = load(str(path), hybrid_flag="--hybrid").config

    assert (venues(laid), laid.markets.count) == (HYBRID, 5)


def test_a_venue_with_an_address_has_no_stand_in(tmp_path):
    path = tmp_path / "mine.yaml"
    urls = "{rest_url: http://127.0.0.1:9/trade-api/v2, ws_url: ws://127.0.0.1:9/trade-api/ws/v2}"
    path.write_text(f"venues: {{demo: {urls}}}\nstand_ins:\n  demo: {{}}\n")

    with pytest.raises(
        ConfigError, match=r":3:3: stand_ins: demo is to be played here, and venues\.demo has an"
    ):
        load(str(path))


BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZ"


@pytest.mark.parametrize("field", ["key_id_env", "private_key_path_env", "key_id", "private_key_path"])
@pytest.mark.parametrize("key", ["-----BEGIN RSA PRIVATE KEY-----", BODY])
def test_a_key_in_the_configuration_is_refused_and_not_shown(field, key):
    with pytest.raises(ConfigError) as refused:
        load(None, overrides=[Override("--set", f"credentials.demo.{field}", key)])

    assert "holds a key" in str(refused.value)
    assert key not in str(refused.value)
