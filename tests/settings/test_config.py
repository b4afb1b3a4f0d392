"""A configuration says what it may, and each mistake is told at its place."""

from decimal import Decimal
from typing import get_args

import pytest

from settings.config import Config
from settings.config_file import CONFIG_DIR, MOST_TOLD, find, load
from settings.config_tree import ConfigError, Override
from settings.venue_settings import ExecutionVenueName, VenueName


def problems_of(tmp_path, text, *overrides):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(path), overrides=[Override("--set", key, value) for key, value in overrides])
    return [str(problem).replace(f"{path}:", "") for problem in caught.value.problems]


@pytest.mark.parametrize("path", sorted(CONFIG_DIR.glob("*.yaml")), ids=lambda path: path.name)
def test_every_configuration_that_comes_with_the_program_is_valid(path):
    assert load(path.name).path == path


def test_local_yaml_says_exactly_what_is_the_default_anyway():
    assert load(None).config == Config()


def test_local_yaml_explains_every_key_that_there_is():
    text = find(None).read_text()

    def keys(values):
        for key, value in values.items():
            yield key
            yield from keys(value) if isinstance(value, dict) else ()

    assert [key for key in keys(Config().model_dump()) if f"{key}:" not in text] == []


BAD = {
    "a word that is nearly a venue": (
        "data: {venue: prodction}",
        "1:15: data.venue: must be one of 'production', 'demo' or 'loopback', not 'prodction'; "
        "did you mean production?",
    ),
    "orders to production": (
        "execution:\n  venue: production\n",
        "2:10: execution.venue: orders never go to production; choose demo or loopback",
    ),
    "an unknown key": (
        "risk:\n  max_positon: 5\n",
        "2:3: risk.max_positon: unknown key; did you mean max_position?",
    ),
    "an unknown section": ("rsik: {}\n", "1:1: rsik: unknown key; did you mean risk?"),
    "a misspelt option": (
        "strategy: {options: {contract: 5}}",
        "1:22: strategy.options.contract: unknown key; did you mean contracts?",
    ),
    "a key given twice": (
        "web: {port: 1, port: 2}",
        "1:16: web.port: given twice; first at 1:7",
    ),
    "no markets": ("markets: {count: 0}", "1:18: markets.count: must be at least 1, not 0"),
    "half a market": ("markets: {count: 1.5}", "1:18: markets.count: must be a whole number, not 1.5"),
    "a market named twice": (
        "markets: {tickers: [A, B, A]}",
        "1:20: markets.tickers: names A more than once",
    ),
    "a ticker with a blank behind it": (
        "markets: {tickers: ['KX-1 ']}",
        "1:20: markets.tickers: 'KX-1 ' has a blank in it, and no ticker has",
    ),
    "a series named twice": ("markets: {series: [A, A]}", "1:19: markets.series: names A more than once"),
    "a fallback named twice": (
        "markets: {fallback: [B, A, B, A]}",
        "1:21: markets.fallback: names A, B more than once",
    ),
    "a rank that is none": (
        "markets: {rank: volumes}",
        "1:17: markets.rank: must be one of 'activity', 'volume' or 'close', not 'volumes'; "
        "did you mean volume?",
    ),
    "a refresh without a pause": (
        "markets: {refresh_s: 0.5}",
        "1:22: markets.refresh_s: must be at least 1.0, not 0.5",
    ),
    "too many shards": (
        "markets: {shards: 99}",
        "1:19: markets.shards: must be auto or a whole number from 1 to 16, not 99",
    ),
    "yes as money": (
        "risk: {balance_floor: yes}",
        "1:23: risk.balance_floor: must be a number, not 'yes'",
    ),
    "true as money": (
        "risk: {balance_floor: true}",
        "1:23: risk.balance_floor: must be a number, not true or false",
    ),
    "money with a leading zero": (
        "risk: {balance_floor: 0500}",
        "1:23: risk.balance_floor: must be a number, not '0500'; "
        "a leading zero means octal to some programs: write 500",
    ),
    "a number of orders with a leading zero": (
        "risk: {max_open_orders: 010}",
        "1:25: risk.max_open_orders: must be a whole number, not '010'; "
        "a leading zero means octal to some programs: write 10",
    ),
    "a leading zero in quotes": (
        "risk: {balance_floor: '0500.50'}",
        "1:23: risk.balance_floor: must be a number, not '0500.50'; "
        "a leading zero means octal to some programs: write 500.50",
    ),
    "thousands apart": (
        "risk: {max_exposure: 1_000}",
        "1:22: risk.max_exposure: must be a number, not '1_000'; write 1000",
    ),
    "an hour as seconds": (
        "risk: {order_ttl_s: 1:30}",
        "1:21: risk.order_ttl_s: must be a number, not '1:30'",
    ),
    "a date as a port": (
        "web: {port: 2001-12-31}",
        "1:13: web.port: must be a whole number, not '2001-12-31'",
    ),
    "a switch that is a yes": (
        "loopback: {control: yes}",
        "1:21: loopback.control: must be true or false, not 'yes'",
    ),
    "more decimals than a float can tell": (
        "risk: {max_exposure: 0.10000000000000000001}",
        "1:22: risk.max_exposure: may have 4 decimals, not 0.10000000000000000001",
    ),
    "money below nothing": (
        "risk: {balance_floor: -1}",
        "1:23: risk.balance_floor: must be at least 0, not -1",
    ),
    "money that is no number": (
        "loopback: {balance: much}",
        "1:21: loopback.balance: must be a number, not 'much'",
    ),
    "endless money": (
        "loopback: {balance: .inf}",
        "1:21: loopback.balance: must be a number, not '.inf'",
    ),
    "a part of a hundredth contract": (
        "risk: {max_position: 1.234}",
        "1:22: risk.max_position: may have 2 decimals, not 1.234",
    ),
    "a resume level below the floor": (
        "risk: {balance_floor: 700, balance_resume: 600}",
        "1:44: risk.balance_resume: must be at least balance_floor (700), not 600",
    ),
    "a floor above the resume level that is not said": (
        "risk: {balance_floor: 700}",
        "1:7: risk.balance_resume: must be at least balance_floor (700), not 600",
    ),
    "orders above the limit on orders": (
        "strategy: {options: {contracts: 50}}",
        "1:33: strategy.options.contracts: must be at most risk.max_contracts_per_order (10), not 50",
    ),
    "orders above the limit on positions": (
        "{risk: {max_position: 4}, strategy: {options: {contracts: 5}}}",
        "1:59: strategy.options.contracts: must be at most risk.max_position (4), not 5",
    ),
    "time as a word": ("risk: {order_ttl_s: soon}", "1:21: risk.order_ttl_s: must be a number, not 'soon'"),
    "no such style": (
        "strategy: {options: {style: crosses}}",
        "1:29: strategy.options.style: must be one of 'join' or 'cross', not 'crosses'; did you mean cross?",
    ),
    "demo at a production address": (
        "venues: {demo: {rest_url: 'https://api.elections.kalshi.com/x', ws_url: 'wss://demo-api.kalshi.co/x'}}",
        "1:27: venues.demo.rest_url: is a production host, and orders never go to production",
    ),
    "demo's socket at a production address": (
        "venues: {demo: {rest_url: 'https://demo-api.kalshi.co/x', ws_url: 'wss://external-api-ws.kalshi.com./x'}}",
        "1:67: venues.demo.ws_url: is a production host, and orders never go to production",
    ),
    "demo at another venue's address": (
        "venues: {demo: {rest_url: 'https://venue.example/x', ws_url: 'wss://demo-api.kalshi.co/x'}}",
        "1:27: venues.demo.rest_url: is no address for orders: orders go only to https addresses under "
        "kalshi.co, and to exchanges of this program at 127.0.0.1",
    ),
    "half an address": (
        "venues: {production: {rest_url: 'http://127.0.0.1:1/x'}}",
        "1:22: venues.production: rest_url and ws_url must be given together",
    ),
    "an exchange without its key": (
        "venues: {loopback: {rest_url: 'http://127.0.0.1:1/x', ws_url: 'ws://127.0.0.1:1/x', key_id: k}}",
        "1:10: venues.loopback.private_key_path: is missing",
    ),
    "a page for everybody": (
        "web: {host: 0.0.0.0}",
        "1:13: web.host: 0.0.0.0 can be reached by others, so web.token must be set too",
    ),
    "a port that is none": ("web: {port: 70000}", "1:13: web.port: must be at most 65535, not 70000"),
    "a list for a section": ("web: [1]", "1:6: web: must be a section of keys, not [1]"),
    "a switch that is a word": (
        "loopback: {control: maybe}",
        "1:21: loopback.control: must be true or false, not 'maybe'",
    ),
}


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_a_mistake_is_told_with_its_place_and_what_is_wrong(tmp_path, text, line):
    assert problems_of(tmp_path, text) == [line]


def test_all_mistakes_are_told_at_once(tmp_path):
    text = "data: {venue: x}\nmarkets: {count: 0}\nrisk: {nothing: 1}\n"

    told = problems_of(tmp_path, text)

    assert [line.split(": ")[1] for line in told] == ["data.venue", "markets.count", "risk.nothing"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("risk: {a: [}\n", "1:12: not YAML: expected the node content, but found '}'"),
        ("- a\n- b\n", "1:1: must be a mapping of sections"),
        ("web:\n  port: \0\n", "2:9: the character U+0000 cannot be seen and may not be in a configuration"),
        ("web: {port: 1}\n---\nweb: {port: 2}\n", "2:1: a second document; a configuration is one"),
        ("web: &a {port: *a}", "1:6: anchor &a: a configuration has no references; write the value itself"),
    ],
    ids=["a bracket too few", "a list", "a NUL", "two documents", "a section inside itself"],
)
def test_what_is_no_configuration_at_all_is_told_too(tmp_path, text, line):
    assert line in problems_of(tmp_path, text)


def test_of_thousands_of_mistakes_the_first_are_told_and_all_are_counted(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("\n".join(f"section{i}: {i}" for i in range(5000)))

    with pytest.raises(ConfigError) as caught:
        load(str(path))

    *told, count = caught.value.lines()
    assert told[0].startswith(f"{path}:1:1: section0: unknown key")
    assert len(told) == MOST_TOLD
    assert count == "5,000 problems, of which these are the first 50"


def test_a_value_that_is_wrong_is_shown_as_far_as_a_line_reaches(tmp_path):
    (line,) = problems_of(tmp_path, f"web: {{port: {'x' * 100_000}}}")

    assert line.startswith("1:13: web.port: must be a whole number, not 'xxx")
    assert len(line) < 200


@pytest.mark.parametrize("text", ["0500", "010", "1_000", "1:40", "yes", "2001-12-31", ".inf", "0x10"])
def test_a_flag_is_read_as_the_file_is(tmp_path, text):
    for key in ("risk.balance_floor", "risk.max_open_orders", "risk.order_ttl_s", "loopback.control"):
        section, name = key.split(".")
        (in_file,) = problems_of(tmp_path, f"{section}: {{{name}: {text}}}")
        (in_flag,) = problems_of(tmp_path, "{}", (key, text))

        assert in_flag.removeprefix("--set: ") == in_file.split(": ", 1)[1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[A, B", "not YAML: expected ',' or ']', but got '<stream end>'"),
        ("*a", "alias *a: a configuration has no references; write the value itself"),
        ("!!python/name:os.system x", "tag tag:yaml.org,2002:python/name:os.system: a configuration has no "
         "tags; write the value itself"),
        ("[" * 10_000, "more than 10 levels deep; no setting is"),
        ("\udcff", "not UTF-8 text: the byte 0xFF"),
    ],
)  # fmt: skip
def test_a_flag_that_cannot_be_read_is_told_as_the_file_is(tmp_path, text, problem):
    assert problems_of(tmp_path, "{}", ("markets.tickers", text)) == [f"--set: markets.tickers: {problem}"]


def test_a_key_deeper_than_any_is_refused(tmp_path):
    key = ".".join(["strategy", "options", *"x" * 10_000])

    assert problems_of(tmp_path, "{}", (key, "1")) == [
        f"--set: {key}: more than 10 levels deep; no setting is"
    ]


@pytest.mark.parametrize("name", ["x" * 5_000, "configs"])
def test_what_cannot_be_a_file_is_refused_in_words(name):
    with pytest.raises(ConfigError, match=r"cannot be read: File name too long|no such configuration file"):
        load(name)


def test_names_that_look_like_something_else_stay_text(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text("markets: {tickers: [NO, on, 2026-11-30, 1:30, 0123, 1_000, ~x]}")

    tickers = load(str(path)).config.markets.tickers

    assert tickers == ("NO", "on", "2026-11-30", "1:30", "0123", "1_000", "~x")


def test_numbers_are_read_as_people_write_them(tmp_path):
    path = tmp_path / "numbers.yaml"
    path.write_text("risk: {balance_floor: .5, balance_resume: 1e3, max_exposure: 20., max_open_orders: 1e2}"
                    "\nmarkets: {refresh_s: 2.5}\nloopback: {balance: 1.5e3}")  # fmt: skip

    config = load(str(path)).config

    assert (config.risk.balance_floor, config.risk.balance_resume) == (Decimal("0.5"), 1000)
    assert (config.risk.max_exposure, config.risk.max_open_orders) == (20, 100)
    assert (config.markets.refresh_s, str(config.loopback.balance)) == (2.5, "1500")


def test_a_file_that_is_not_there_names_those_that_are():
    with pytest.raises(
        ConfigError, match=r"^local\.yml: no such configuration file; did you mean local\.yaml\?$"
    ):
        load("local.yml")


def test_a_flag_lies_over_the_file_and_is_named_when_it_is_wrong(tmp_path):
    assert problems_of(tmp_path, "web: {port: 1}", ("web.port", "x"), ("web.prot", "1")) == [
        "--set: web.port: must be a whole number, not 'x'",
        "--set: web.prot: unknown key; did you mean port?",
    ]


def test_what_a_flag_makes_wrong_of_a_section_is_told_at_the_flag_and_not_in_the_file(tmp_path):
    text = (
        "venues: {demo: {rest_url: https://demo-api.kalshi.co/trade-api/v2, "
        "ws_url: wss://demo-api.kalshi.co/trade-api/ws/v2}}\nstand_ins: {}"
    )
    flag = ("stand_ins.demo.markets", "5")

    (problem,) = problems_of(tmp_path, text, ("web.port", "1"), flag)

    assert problem.startswith("--set stand_ins.demo.markets=…: stand_ins: demo is to be played here, and ")


def test_a_limit_that_a_flag_sets_below_what_the_file_has_is_told_at_the_flag(tmp_path):
    text = "strategy: {options: {contracts: 5}}"

    assert problems_of(tmp_path, text, ("risk.max_position", "3")) == [
        "--set risk.max_position=…: strategy.options.contracts: must be at most risk.max_position (3), not 5"
    ]


def test_what_a_section_lacks_that_only_flags_have_made_is_told_at_the_last_flag(tmp_path):
    flags = [("venues.loopback.rest_url", "http://127.0.0.1:1/v2"), ("venues.loopback.ws_url", "ws://x")]

    problems = problems_of(tmp_path, "venues: {}", *flags)

    assert "--set venues.loopback.ws_url=…: venues.loopback.key_id: is missing" in problems


def test_what_the_file_says_wrong_is_told_in_the_file_whatever_flags_say_beside_it(tmp_path):
    text = "risk: {balance_floor: 100, balance_resume: 50}"

    (problem,) = problems_of(tmp_path, text, ("risk.max_position", "7"))

    assert problem == "1:44: risk.balance_resume: must be at least balance_floor (100), not 50"


def test_a_floor_raised_by_flag_takes_the_resume_level_with_it():
    risk = load(None, overrides=[Override("--set", "risk.balance_floor", "9000")]).config.risk

    assert (risk.balance_floor, risk.balance_resume) == (9000, 9000)


def test_a_floor_and_a_resume_level_given_by_flag_must_fit():
    flags = {"risk.balance_floor": "9000", "risk.balance_resume": "8000"}
    overrides = [Override("--set", key, text) for key, text in flags.items()]

    with pytest.raises(ConfigError, match="must be at least balance_floor"):
        load(None, overrides=overrides)


def test_a_section_whose_keys_are_all_commented_out_is_empty(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("venues:\n  # demo: {}\nrisk:\n")

    assert load(str(path)).config == Config()


def test_an_option_of_the_strategy_reaches_it(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("strategy: {options: {hold: 0.9, contracts: 3}}")

    options = load(str(path)).config.strategy.options

    assert (options.for_strategy(), options.contracts_e2()) == ({"hold": 0.9}, 300)


def test_dollars_become_exact_integers():
    limits = load(None, overrides=[Override("--set", "risk.max_exposure", "0.0001")]).config.limits()

    assert (limits.max_exposure_e6, limits.balance_floor_e6) == (100, 500_000_000)


def test_a_configuration_survives_the_message_it_travels_in():
    config = Config.model_validate({"risk": {"max_position": Decimal("0.01")}, "markets": {"tickers": ["A"]}})

    assert Config.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("markets", "cores", "shards"),
    [({"count": 1}, 2, 1), ({"count": 5000}, 2, 1), ({"count": 5001}, 2, 2), ({"count": 20_000}, 16, 2),
     ({"count": 20_000}, 1, 1), ({"count": 20_000, "shards": 3}, 1, 3), ({"count": 2, "shards": 16}, 16, 2),
     ({"tickers": ["A"], "shards": 4}, 4, 1)],
)  # fmt: skip
def test_there_are_as_many_shards_as_asked_for_and_never_more_than_markets(markets, cores, shards):
    assert Config.model_validate({"markets": markets}).markets.shard_count(cores=cores) == shards


def test_the_type_of_the_venue_that_executes_has_no_production_member():
    assert "production" in get_args(VenueName)
    assert "production" not in get_args(ExecutionVenueName)
