"""The figures of the whole system are what its actors reported, and null where nobody did."""

import copy

import pytest

from tests.web.reports import ENVIRONMENT, REPORTS
from web.status import failing_parts, status_json, trader_json, warnings

ABOUT = {"session": "s1", "environment": ENVIRONMENT, "started_us": 0}
PUSHES = {"p50": None, "p99": None, "n": 0}

# interface.md, the JSON of /rl/status but for books_hash, which the page adds
PROMISED = {
    "session": None,
    "state": None,
    "state_reason": None,
    "ages_s": None,
    "environment": {
        "data",
        "execution",
        "data_label",
        "execution_label",
        "account",
        "counterparty",
        "control_url",
        "stand_ins",
    },
    "uptime_s": None,
    "markets": {"subscribed", "live", "stale", "degraded", "deltas", "deltas_per_s"},
    "decisions": {"total", "HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO", "refused", "hash"},
    "orders": {"sent", "carried", "resting", "filled", "canceled", "rejected", "unknown", "awaiting_fills"},
    "fills": {"count", "contracts", "foreign"},
    "balance": {"available", "reserved", "portfolio_value", "floor"},
    "pnl": {"realised", "unrealised", "fees", "session"},
    "positions": None,
    "latency_ms": {"decision_to_ack", "fill_to_position", "state_to_page"},
    "reconciliation": {"at", "differences", "certificate"},
    "venues": {"data", "execution"},
    "venue": None,
    "clock": None,
    "execution_books": None,
    "market_map": {"wanted", "on_both", "only_data", "only_execution", "renamed", "doubtful"},
    "actors": None,
    "connections": None,
    "database": {"kind", "state", "why", "behind", "dropped", "alarms", "lanes", "tapes"},
}


def status_of(sources, **ages_s):
    ages_s = dict.fromkeys(sources, 0.4) | ages_s
    return status_json(sources, ABOUT, now_us=5_000_000, ages_s=ages_s, state_to_page=PUSHES)


@pytest.mark.parametrize("sources", [{}, REPORTS], ids=["before any report", "with all reports"])
def test_every_promised_figure_is_there(sources):
    status = status_of(sources)

    assert status.keys() == PROMISED.keys()
    assert [key for key, fields in PROMISED.items() if fields and not fields <= status[key].keys()] == []


def test_what_nobody_reported_is_null_and_not_zero():
    status = status_of({})

    assert (status["balance"]["available"], status["orders"]["sent"], status["positions"]) == (
        None,
        None,
        None,
    )
    assert (status["markets"]["live"], status["actors"], status["state"]) == (None, None, "starting")


def test_a_database_is_only_as_ready_as_the_recorder_that_says_so():
    sources = copy.deepcopy(REPORTS)
    assert status_of(sources)["database"]["state"] == "ready"

    sources["Supervisor"]["actors"].append({"name": "Recorder", "pid": 0, "state": "restarting"})

    told = status_of(sources)["database"]
    assert (told["state"], told["kind"]) == ("restarting", "embedded")
    assert told["why"] == "the Recorder is restarting; what is recorded waits in the state folder"


def test_the_tapes_of_all_watchers_are_told_together_with_the_most_that_is_left_out():
    tape = {"rows": 9, "bytes": 90, "waiting_bytes": 40, "shedding": "nothing", "gaps": 1, "trouble": ""}
    worse = {**tape, "shedding": "changes", "waiting_bytes": 50, "trouble": "no room"}
    sources = {"MarketWatcher-0": {"tape": worse}, "MarketWatcher-1": {"tape": tape}}

    told = status_of(sources)["database"]["tapes"]

    assert told == {"waiting_bytes": 50, "gaps": 2, "shedding": "changes", "trouble": "no room"}
    assert status_of({})["database"]["tapes"] is None


def test_what_two_actors_left_out_of_other_subaccounts_is_one_figure():
    sources = copy.deepcopy(REPORTS)
    sources["FillProcessor"]["reconciliation"]["left_out"] = {"fill of subaccount 1": 2}
    sources["OrderManager"]["left_out"] = {"fill of subaccount 1": 1, "order of subaccount 1": 3}

    told = status_of(sources)["reconciliation"]["left_out"]

    assert told == {"fill of subaccount 1": 3, "order of subaccount 1": 3}


def test_figures_are_those_of_their_actors():
    status = status_of(REPORTS)

    assert status["state"] == "trading"
    assert status["balance"] == REPORTS["OrderManager"]["balance"]
    assert status["positions"] == 2
    assert status["uptime_s"] == 5.0
    assert status["connections"][1]["name"] == "MarketWatcher-0/market data 0"


def test_markets_are_summed_over_the_shards():
    second = REPORTS["MarketWatcher-0"] | {"subscribed": 10, "unknown": {}}

    markets = status_of(REPORTS | {"MarketWatcher-1": second})["markets"]

    assert (markets["subscribed"], markets["deltas_per_s"], markets["unknown"]) == (1010, 1001.0, 3)


def test_names_that_are_not_traded_are_warnings_and_no_failure():
    missing = [
        {"setting": "markets.tickers", "sentence": "'a ' is not listed; did you mean 'A'?"},
        {"setting": "markets.tickers", "sentence": "'B' is closed"},
    ]
    told = {"at_us": 1, "chosen": 3, "fallback": "", "missing": missing}

    assert warnings(REPORTS | {"Supervisor": {**REPORTS["Supervisor"], "discovery": told}}) == {
        "markets.tickers": "'a ' is not listed; did you mean 'A'?, 'B' is closed"
    }
    assert warnings(REPORTS) == warnings({}) == {}


def test_fewer_markets_of_both_venues_than_are_wanted_are_a_warning():
    shares = {"wanted": 1_000, "on_both": 987, "only_data": 13, "only_execution": 0, "renamed": 0}

    assert warnings({"Supervisor": {"market_map": shares}}) == {
        "markets": "987 of the 1,000 wanted are traded by both venues"
    }


def test_lines_of_the_map_that_join_unrelated_markets_are_warnings():
    shares = {"wanted": 1, "on_both": 1, "doubtful": ["A B may be two markets", "C D may be two markets"]}

    assert warnings({"Supervisor": {"market_map": shares}}) == {
        "markets.map": "A B may be two markets, C D may be two markets"
    }


def test_a_fallback_in_use_is_a_warning():
    told = {"at_us": 1, "chosen": 3, "fallback": "nothing is open", "missing": []}

    assert warnings({"Supervisor": {"discovery": told}}) == {"markets.fallback": "in use: nothing is open"}


def test_a_fallback_of_the_markets_is_told_with_its_reason():
    told = {"at_us": 1, "chosen": 3, "fallback": "nothing is open"}

    supervisor = {**REPORTS["Supervisor"], "discovery": told}

    assert status_of(REPORTS | {"Supervisor": supervisor})["markets"]["discovery"] == told
    assert status_of(REPORTS)["markets"]["discovery"] is None


def test_the_trader_status_lists_what_is_held_and_what_rests():
    trader = trader_json(REPORTS, ages_s={"OrderManager": 3.14})

    assert [row["position"] for row in trader["positions"]] == ["10.00", "-2.50"]
    assert trader["closed"] == []
    assert trader["open_orders"][0]["order"] == "order_7"
    assert trader["ages_s"] == {"OrderManager": 3.1}


def test_a_market_that_is_flat_again_is_no_position_but_has_brought_something():
    flat = {"ticker": "MARKET-OUT", "position": "0.00", "cost": "0.0000", "realised": "2.0000", "fees": "0"}
    reports = changed("FillProcessor", ["positions"], [*REPORTS["FillProcessor"]["positions"], flat])

    trader = trader_json(reports, ages_s={})

    assert "MARKET-OUT" not in {row["ticker"] for row in trader["positions"]}
    assert trader["closed"] == [flat]
    assert trader_json({}, ages_s={})["closed"] is None


def changed(source, path, value):
    reports = copy.deepcopy(REPORTS)
    place = reports[source]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return reports


FAILING = {
    "an actor": (
        changed("Supervisor", ("actors", 1, "state"), "restarting"),
        {"OrderManager": "restarting"},
    ),
    "a connection": (
        changed("FillProcessor", ("connections", 0, "state"), "down"),
        {"FillProcessor/private stream": "down", "execution venue": "execution is down"},
    ),
    "a venue": (
        changed("MarketWatcher-0", ("venue",), {"state": "down", "reason": "no book is live: refused"}),
        {"data venue": "data is down: no book is live: refused"},
    ),
    "old data": (
        changed("MarketWatcher-0", ("connections", 0, "data_age_s"), 31.0),
        {"market data": "31 s old"},
    ),
}


@pytest.mark.parametrize(("sources", "failing"), FAILING.values(), ids=FAILING)
def test_the_part_that_fails_is_named(sources, failing):
    assert failing_parts(sources, ages_s={"Supervisor": 0.4}) == failing


def test_old_data_is_no_failure_while_no_market_trades():
    sources = changed("MarketWatcher-0", ("connections", 0, "data_age_s"), 900.0)
    sources["MarketWatcher-0"]["venue"] = {"state": "idle", "reason": "none of its markets trades now"}

    assert failing_parts(sources, ages_s={"Supervisor": 0.4}) == {}


def test_a_quiet_private_stream_is_no_failure():
    sources = changed("FillProcessor", ("connections", 0, "data_age_s"), 900.0)

    assert failing_parts(sources, ages_s={"Supervisor": 0.4}) == {}


def test_a_supervisor_that_is_silent_is_what_fails():
    silent = {"Supervisor": 5.1, "Selector": 9.0}

    assert failing_parts(REPORTS, ages_s=silent) == {"Supervisor": "last reported 5 s ago"}
    assert failing_parts({}, ages_s={}) == {"Supervisor": "has not reported yet"}


def test_an_actor_that_is_not_heard_fails_though_the_supervisor_says_that_it_runs():
    ages_s = {"Supervisor": 0.4, "OrderManager": 6.0, "FillProcessor": 4.0}

    assert failing_parts(REPORTS, ages_s=ages_s) == {"OrderManager": "last reported 6 s ago"}
    assert status_of(REPORTS, OrderManager=6.0)["actors"][1]["state"] == "silent"


def test_a_frozen_supervisor_lets_nobody_read_that_orders_are_sent():
    fresh, frozen = status_of(REPORTS, Supervisor=2.4), status_of(REPORTS, Supervisor=3.0)

    assert (fresh["state"], fresh["state_reason"]) == ("trading", "")
    assert frozen["state"] == "starting"
    assert frozen["state_reason"] == "nothing heard from the Supervisor for 3 s, which last said trading"
    assert frozen["ages_s"]["Supervisor"] == 3.0


@pytest.mark.parametrize("state", ["paused", "halted"])
def test_what_lasts_until_it_is_lifted_stays_told_while_the_supervisor_is_silent(state):
    said = changed("Supervisor", ("state",), state)
    said["Supervisor"]["state_reason"] = "user: asked"
    status = status_of(said, Supervisor=7.9)

    assert status["state"] == state
    assert status["state_reason"] == "user: asked; nothing heard from the Supervisor for 7 s"


def test_a_program_that_is_stopping_expects_no_word_any_more():
    said = changed("Supervisor", ("state",), "stopping")

    assert status_of(said, Supervisor=7.9)["state_reason"] == ""


def test_whatever_holds_all_orders_back_is_a_warning_and_no_failure():
    held = {"state": "reconciling", "state_reason": "OrderManager: the venue pauses trading"}

    told = warnings(REPORTS | {"Supervisor": {**REPORTS["Supervisor"], **held}})

    assert told["trading"] == "reconciling (OrderManager: the venue pauses trading)"
